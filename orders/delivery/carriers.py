"""The port to carriers: one small HTTP API, which a real carrier's is translated to by a gateway of the retailer's.

POST <base>/v1/parcels          {"reference": …, "carrier": …, "to": {…}}, Idempotency-Key: the reference; with
                                "window": {"from": …, "until": …} where one was agreed with her
GET  <base>/v1/parcels/<reference>
→ {"tracking_number": "…", "label": "<base64 of a PDF>"}
GET  <base>/v1/parcels/<reference>/news
→ {"news": [as the carrier's webhook tells them, see orders.carrier]}
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import httpx
from django.conf import settings

from orders.delivery import slots
from orders.delivery.models import Booking

TIMEOUT = httpx.Timeout(10, connect=5)
LONGEST = 60


@dataclass(frozen=True)
class Booked:
    """A parcel that the carrier will take."""

    tracking_number: str
    label: bytes


class Refused(Exception):
    """The carrier does not take it; the message is a code, nobody's data."""


class Unclear(Exception):
    """Nobody knows whether it was booked; the message is a code."""


def book(booking: Booking) -> Booked:
    """Ask the carrier to take a parcel, under the booking's own key; raises Refused, Unclear."""
    answer = call("POST", "/v1/parcels", key=booking.public_id, body=body_of(booking))
    if 400 <= answer.status_code < 500 and answer.status_code not in (408, 409, 429):
        raise Refused(f"carrier {answer.status_code}")
    return read(answer)


def look_up(booking: Booking) -> Booked | None:
    """What became of a booking that was not answered; nothing where the carrier does not know it. Raises Unclear."""
    answer = call("GET", f"/v1/parcels/{booking.public_id}")
    return None if answer.status_code == 404 else read(answer)


def news_of(booking: Booking) -> list[dict[str, Any]]:
    """All that a carrier has to tell of a parcel, as its webhooks do; raises Unclear."""
    answer = call("GET", f"/v1/parcels/{booking.public_id}/news")
    if answer.status_code == 404:
        return []
    try:
        said = answer.json()["news"] if answer.status_code == 200 else None
        told = [dict(news) for news in said or ()]
    except (ValueError, KeyError, TypeError) as problem:
        raise Unclear("the carrier's answer makes no sense") from problem
    if said is None:
        raise Unclear(f"carrier {answer.status_code}")
    return [news for news in told if isinstance(news.get("id"), str) and 0 < len(news["id"]) <= LONGEST]


def call(method: str, path: str, *, key: str = "", body: dict[str, Any] | None = None) -> httpx.Response:
    """One request; raises Unclear where nobody answers."""
    secret = settings.CARRIER_API_KEY
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    if key:
        headers["Idempotency-Key"] = key
    try:
        return httpx.request(method, settings.CARRIER_API_BASE + path, json=body, headers=headers, timeout=TIMEOUT)
    except httpx.HTTPError as problem:
        raise Unclear(f"carrier did not answer: {type(problem).__name__}") from problem


def read(answer: httpx.Response) -> Booked:
    """The tracking number and label of an answer; raises Unclear where it makes no sense."""
    try:
        said = answer.json() if answer.status_code in (200, 201) else {}
        number, label = str(said["tracking_number"]), base64.b64decode(said["label"], validate=True)
    except (ValueError, KeyError, TypeError, binascii.Error) as problem:
        raise Unclear(f"carrier {answer.status_code}") from problem
    if not 0 < len(number) <= LONGEST or not label.startswith(b"%PDF"):
        raise Unclear("the carrier's answer makes no sense")
    return Booked(number, label)


def body_of(booking: Booking) -> dict[str, Any]:
    """A parcel as the carrier is told of it, with the window that was agreed with her."""
    to = booking.fulfillment.address
    names = ("recipient", "street", "postal_code", "city", "country", "phone")
    address = {name: getattr(to, name) for name in names} if to else {}
    said: dict[str, Any] = {"reference": booking.public_id, "carrier": booking.carrier, "to": address}
    if window := slots.windows_of([booking.fulfillment]).get(booking.fulfillment_id):
        said["window"] = {"from": window.starts_at.isoformat(), "until": window.ends_at.isoformat()}
    return said
