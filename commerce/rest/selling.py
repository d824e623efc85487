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


def sales_channel_of(request: HttpRequest | Request) -> SalesChannel:
    """The caller's sales channel, of a store the one that sells there; raises NoSalesChannel."""
    channels = SalesChannel.objects.filter(kind=channel_of(request))
    if channel_of(request) == Kind.STORE and (bound_to := location_ids(request)):
        channels = channels.filter(locations__in=bound_to)
    channel = channels.first()
    if channel is None:
        raise NoSalesChannel("nothing is sold through this channel yet; the back office must set it up")
    return channel
