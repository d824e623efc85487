"""What stands in place of an erased address: enough to know it again if it comes late, too little to read it.

A webhook or a till's batch that tells of the time before an erasure must not bring the erased person back. So her
address leaves a keyed digest. Whoever has neither the key nor the address learns nothing from it.
"""

from collections.abc import Iterable
from datetime import datetime

from django.utils.crypto import salted_hmac

from commerce.customers.models import ContactPoint, Person
from commerce.ids import secret_keys

MARK = "erased:"


def tomb(kind: str, value: str, *, secret: str | None = None) -> str:
    """What is kept of an address, given in its one spelling."""
    digest = salted_hmac("erased address", f"{kind}:{value}", secret=secret, algorithm="sha256").hexdigest()
    return MARK + digest[:40]


def tombs_of(kind: str, value: str) -> list[str]:
    """What may have been kept of an address, under this key and those that were in use before."""
    return [tomb(kind, value, secret=key) for key in secret_keys()]


def erased_since(addresses: Iterable[tuple[str, str]], *, happened_at: datetime) -> Person | None:
    """Whoever had one of these addresses and was erased after that instant: what happened then is nobody's now."""
    for kind, value in addresses:
        points = ContactPoint.objects.filter(
            kind=kind, value__in=tombs_of(kind, value), person__erased_at__gte=happened_at
        )
        if point := points.select_related("person").order_by("-person__erased_at").first():
            return point.person
    return None
