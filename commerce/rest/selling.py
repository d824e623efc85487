"""Through which sales channel a caller buys or sells: decided by who calls, never by what the request says."""

from django.http import HttpRequest
from rest_framework.request import Request

from commerce.bulk import columns_of, read
from commerce.channels.models import Location, Role, SalesChannel
from commerce.rest.access import location_ids, role_of
from commerce.rest.problems import Problem

Kind = SalesChannel.Kind
KINDS: dict[str, str] = {
    Role.STORE: Kind.STORE,
    Role.WAREHOUSE: Kind.STORE,
    Role.AGENT: Kind.CALL_CENTER,
    Role.BACK_OFFICE: Kind.CALL_CENTER,
}


class NoSalesChannel(Problem):
    """Nothing is sold through this caller's channel here."""

    code = "no_sales_channel"
    status = 409


def channel_of(request: HttpRequest | Request) -> str:
    """The kind of the caller's sales channel, as the timeline names it; shoppers are on the web."""
    return KINDS.get(role_of(request), Kind.WEB)


def location_of(request: HttpRequest | Request) -> Location | None:
    """The store in which a clerk or till sells, if it is one."""
    bound_to = location_ids(request) if channel_of(request) == Kind.STORE else None
    return Location.objects.get(pk=next(iter(bound_to))) if bound_to and len(bound_to) == 1 else None


SELLS_HERE = f"""
SELECT {columns_of(SalesChannel, "s")} FROM channels_saleschannel s
WHERE s.kind = %(kind)s AND (%(locations)s::bigint[] IS NULL OR EXISTS (
    SELECT FROM channels_saleschannel_locations l WHERE l.saleschannel_id = s.id AND l.location_id = ANY(%(locations)s)
))
ORDER BY s.id LIMIT 1
"""  # noqa: S608 (our own names)


def sales_channel_of(request: HttpRequest | Request) -> SalesChannel:
    """The caller's sales channel, of a store the one that sells there; raises NoSalesChannel."""
    kind = channel_of(request)
    bound_to = location_ids(request) if kind == Kind.STORE else None
    here = None if bound_to is None else list(bound_to)
    for channel in read(SalesChannel, SELLS_HERE, {"kind": kind, "locations": here}):
        return channel
    raise NoSalesChannel("nothing is sold through this channel yet; the back office must set it up")
