"""What she may be speaking of: her orders of late are offered, so that nobody asks her for a number."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from commerce.customers.models import Person
from commerce.customers.people import people_of
from orders.cases.models import Case, Kind
from orders.models import Order

LOOK_BACK = timedelta(days=90)
MOST = 5

WORDS: tuple[tuple[Kind, str], ...] = (
    (
        Kind.NOT_RECEIVED,
        r"no (me )?(ha |han )?lleg|nunca lleg|no lo he recibido|not arrived|never (came|arrived)|not received",
    ),
    (Kind.MISSING_PART, r"\bfalta|incomplet|missing"),
    (Kind.WRONG_ITEM, r"equivocad|no es (el|la|lo) que|otro (color|modelo|artículo)|wrong"),
    (Kind.DAMAGED, r"\brot[oa]s?\b|mal estado|dañad|defectuos|golpead|rajad|broken|damaged|cracked|faulty"),
    (Kind.LATE, r"tard[ea]|retras|cuándo lleg|late\b|delay"),
    (Kind.BILLING, r"cobr|cargo|factura|charged|invoice|refund|reembols"),
    (Kind.COMPLAINT, r"queja|reclama|complain"),
)
"""Words by which a kind of incident is guessed, the surer ones first; it is only what stands chosen in a list."""


def guess(text: str) -> Kind | None:
    """What kind of incident somebody tells of, if the words say so."""
    lowered = text.lower()
    return next((kind for kind, words in WORDS if re.search(words, lowered)), None)


@dataclass(frozen=True)
class Offer:
    """An order she may be speaking of, and the case about it that goes on, if there is one."""

    order: Order
    goods: str
    case: Case | None


def offers(person: Person, *, at: datetime) -> list[Offer]:
    """Her orders of late, the latest first."""
    found = (
        Order.objects.filter(person__in=people_of(person), placed_at__gte=at - LOOK_BACK)
        .filter(status__in=(Order.Status.PLACED, Order.Status.COMPLETED))
        .prefetch_related("lines", "cases")
        .order_by("-placed_at", "-pk")[:MOST]
    )
    return [
        Offer(
            order,
            goods=", ".join(line.title for line in list(order.lines.all())[:3]),
            case=next((case for case in order.cases.all() if case.status == Case.Status.OPEN), None),
        )
        for order in found
    ]
