"""Files that others fetch by themselves, at a fixed address, with a user name and a password as their forms ask for.

The user name is the sales channel's code; the password is a key made for this alone (`manage.py feed_key`), so whoever
fetches prices and stock can do nothing else with it.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from io import StringIO

from django.http import HttpRequest, HttpResponse

from commerce import clock
from commerce.channels.models import SalesChannel
from commerce.links import links
from commerce.links.links import LinkExpired, LinkNotFound
from inventory.outgoing import write_google, write_plain
from inventory.places import serving

PURPOSE = "feed"


def local_inventory(request: HttpRequest, code: str) -> HttpResponse:
    """Google Merchant's local inventory of a sales channel's stores."""
    return written(request, code, write_google, content_type="text/tab-separated-values; charset=utf-8")


def stock(request: HttpRequest, code: str) -> HttpResponse:
    """Every shelf of a sales channel's locations, as CSV."""

    def write(stream: StringIO, *, sales_channel: SalesChannel, at: datetime) -> int:
        places = list(serving(sales_channel).values_list("pk", flat=True))
        return write_plain(stream, locations=places, at=at)

    return written(request, code, write, content_type="text/csv; charset=utf-8")


def written(request: HttpRequest, code: str, write: Callable[..., int], *, content_type: str) -> HttpResponse:
    """What a function writes of a sales channel, for whoever shows the channel's key."""
    channel = channel_of_key(request, code)
    if channel is None:
        return HttpResponse(
            "a user name and a password are needed here\n",
            status=401,
            content_type="text/plain; charset=utf-8",
            headers={"WWW-Authenticate": 'Basic realm="feeds", charset="UTF-8"'},
        )
    stream = StringIO()
    write(stream, sales_channel=channel, at=clock.now())
    return HttpResponse(stream.getvalue(), content_type=content_type, headers={"Cache-Control": "private, no-store"})


def channel_of_key(request: HttpRequest, code: str) -> SalesChannel | None:
    """The sales channel whose key was shown; none where it was another's, or none at all."""
    scheme, _, told = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, key = base64.b64decode(told, validate=True).decode().partition(":")
        link = links.find(PURPOSE, key, at=clock.now())
    except (binascii.Error, UnicodeDecodeError, LinkNotFound, LinkExpired):
        return None
    if name != code or link.subject != code:
        return None
    return SalesChannel.objects.filter(code=code).first()
