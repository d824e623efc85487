"""Through which sales channel a caller buys or sells: decided by who calls, never by what the request says."""

from django.http import HttpRequest
from rest_framework.request import Request

from commerce.channels.models import Role, SalesChannel
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


SELLS_HERE = """
SELECT s.* FROM channels_saleschannel s
WHERE s.kind = %(kind)s AND (%(locations)s::bigint[] IS NULL OR EXISTS (
    SELECT FROM channels_saleschannel_locations l WHERE l.saleschannel_id = s.id AND l.location_id = ANY(%(locations)s)
))
ORDER BY s.id LIMIT 1
"""


def sales_channel_of(request: HttpRequest | Request) -> SalesChannel:
    """The caller's sales channel, of a store the one that sells there; raises NoSalesChannel."""
    kind = channel_of(request)
    bound_to = location_ids(request) if kind == Kind.STORE else None
    for channel in SalesChannel.objects.raw(SELLS_HERE, {"kind": kind, "locations": bound_to and list(bound_to)}):
        return channel
    raise NoSalesChannel("nothing is sold through this channel yet; the back office must set it up")
