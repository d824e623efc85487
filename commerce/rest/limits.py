"""How often somebody may knock: counted in PostgreSQL, one statement each, so that requests at once all count."""

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from commerce.rest.authentication import actor_of
from commerce.rest.models import LimitCount
from commerce.rest.problems import Problem

STAFF = ("staff", "device", "user")


class TooManyRequests(Problem):
    """The limit is reached until a moment that the answer names."""

    code = "too_many_requests"
    status = 429


@dataclass(frozen=True)
class Limit:
    """At most `count` times within a span of time, for each subject (an email, a network address).

    `of_staff` is how often somebody of the staff, or a till, may: counted by herself, for a shop has one address.
    """

    name: str
    count: int
    within: timedelta
    of_staff: int = 0


SPEND = """
INSERT INTO rest_limitcount AS known (name, subject, count, ends_at)
VALUES (%(name)s, %(subject)s, 1, clock_timestamp() + %(within)s)
ON CONFLICT (name, subject) DO UPDATE SET
    count = CASE WHEN known.ends_at <= clock_timestamp() THEN 1 ELSE known.count + 1 END,
    ends_at = CASE WHEN known.ends_at <= clock_timestamp() THEN excluded.ends_at ELSE known.ends_at END
RETURNING count, extract(epoch FROM ends_at - clock_timestamp())
"""


def spend(limit: Limit, subject: str) -> None:
    """Count one knock; raises TooManyRequests.

    The count is committed at once: a refusal further on must not give it back. So it belongs in the door, before the
    use case's transaction. It runs on the database's clock, which nobody moves.
    """
    values: dict[str, Any] = {"name": limit.name, "subject": digest(subject), "within": limit.within}
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(SPEND, values)
        count, seconds = cursor.fetchone()
    if count > limit.count:
        raise TooManyRequests("too often; please wait a while", retry_after=max(1, math.ceil(seconds)))


def knock(limit: Limit, request: HttpRequest | Request) -> None:
    """Count one knock of whoever calls: by network address, or of the staff by herself; raises TooManyRequests."""
    actor = actor_of(request)
    if limit.of_staff and actor.kind in STAFF:
        spend(replace(limit, count=limit.of_staff), str(actor))
    else:
        spend(limit, network_address(request))


def check(limit: Limit, subject: str) -> None:
    """Look without counting, where only what goes wrong is counted; raises TooManyRequests."""
    full = LimitCount.objects.filter(
        name=limit.name, subject=digest(subject), count__gte=limit.count, ends_at__gt=Now()
    ).annotate(left=F("ends_at") - Now())
    for found in full:
        raise TooManyRequests("too often; please wait a while", retry_after=max(1, int(found.left.total_seconds())))


def forgive(limit: Limit, subject: str) -> None:
    """Begin to count again: whoever knocked was right in the end."""
    LimitCount.objects.filter(name=limit.name, subject=digest(subject)).delete()


def digest(subject: str) -> str:
    """What is stored of a subject: an email or a network address is personal data, and this is not."""
    return salted_hmac("limit", subject, algorithm="sha256").hexdigest()


def network_address(request: HttpRequest | Request) -> str:
    """Where a request comes from; behind proxies, the address that our outermost proxy saw.

    Only as many hops of X-Forwarded-For are believed as there are proxies of ours: the rest is the caller's own words.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    trusted: int = settings.TRUSTED_PROXIES
    seen = hops[-trusted] if trusted and len(hops) >= trusted else str(request.META.get("REMOTE_ADDR", ""))
    try:
        address = ip_address(seen)
    except ValueError:
        return seen
    # One subscriber has a whole /64 of IPv6 addresses to come from.
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else seen


class PerAddress(BaseThrottle):
    """For the API: each network address may call a view as often as its `limits` say (none: no count, no cost).

    `limits_of_fields` count only where the body has that field: a code may be tried so often, the rest as one likes.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Counts the call; raises TooManyRequests."""
        by_field = getattr(view, "limits_of_fields", {})
        body: Any = request.data if by_field else {}
        tried = [limit for field, limit in by_field.items() if body.get(field)]
        for limit in (*getattr(view, "limits", ()), *tried):
            knock(limit, request)
        return True
