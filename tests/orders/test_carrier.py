"""A carrier's webhook: signed, stored once, handled later; what cannot be meant is refused in the open."""

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from commerce import clock
from commerce.inbox import signatures
from commerce.inbox.models import InboundEvent
from commerce.inbox.receiving import handle_again
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from orders import shipments
from orders.models import Fulfillment, Todo
from tests.factories import MONDAY
from tests.orders.shop import fresh, open_shop

pytestmark = pytest.mark.django_db
HOOK = "/hooks/carrier/"


@pytest.fixture
def parcel() -> Fulfillment:
    stamp = {"by": shipments.Actor("staff", "1"), "channel": "store", "at": MONDAY}
    return shipments.hand_over(open_shop().parcel(), carrier="Veloz", tracking_number="MX1", **stamp)


def news(client: Client, *, secret: str | None = None, **said):
    whole = {
        "id": "1",
        "tracking_number": "MX1",
        "status": "out_for_delivery",
        "occurred_at": "2020-11-24T08:00:00Z",
        "expected_at": "2020-11-24T11:30:00+01:00",
    }
    body = json.dumps({name: value for name, value in (whole | said).items() if value is not None}).encode()
    signature = signatures.stamp(body, secret=secret or settings.CARRIER_SECRET, at=clock.now())
    return client.post(HOOK, body, content_type="application/json", headers={"Carrier-Signature": signature})


def outcome() -> tuple[str, str]:
    """What became of the only event, once the worker has looked at it."""
    run_due(at=clock.now() + timedelta(seconds=1))
    return InboundEvent.objects.values_list("status", "reason").get()


def test_news_are_answered_at_once_and_handled_by_the_worker(client, parcel):
    assert news(client).status_code == 200
    assert fresh(parcel.order).status == "handed_to_carrier"

    assert outcome() == ("handled", "")

    seen = fresh(parcel.order)
    assert (seen.status, seen.expected_at.isoformat()) == ("out_for_delivery", "2020-11-24T10:30:00+00:00")
    told = Entry.objects.get(type="fulfillment.out_for_delivery")
    assert (told.actor, told.channel, told.occurred_at.isoformat()) == (
        "carrier",
        "carrier",
        "2020-11-24T08:00:00+00:00",
    )


def test_the_same_news_twice_are_one_event(client, parcel):
    assert [news(client).status_code, news(client).status_code] == [200, 200]
    assert outcome() == ("handled", "")


def test_a_forged_signature_is_refused(client, parcel):
    assert news(client, secret="another").status_code == 400
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("identity", [None, "", 7, "x" * 61])
def test_news_without_an_id_are_refused(identity, client, parcel):
    answer = news(client, id=identity)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        ({"tracking_number": "MX9"}, "failed", "no parcel has this number"),
        ({"tracking_number": None}, "failed", "no parcel has this number"),
        ({"tracking_number": 7}, "failed", "no parcel has this number"),
        ({"carrier": "Lenta"}, "failed", "no parcel has this number"),
        ({"status": "lost_in_space"}, "ignored", "this status means nothing to us"),
        ({"status": ["delivered"]}, "ignored", "this status means nothing to us"),
        ({"status": "canceled"}, "ignored", "this status means nothing to us"),
        ({"occurred_at": None}, "failed", "occurred_at is missing"),
        ({"occurred_at": "yesterday"}, "failed", "occurred_at must be an instant"),
        ({"occurred_at": "2020-11-24T08:00:00"}, "failed", "occurred_at must be an instant"),
        ({"occurred_at": "2020-13-24T08:00:00Z"}, "failed", "occurred_at must be an instant"),
        ({"expected_at": 7}, "failed", "expected_at must be an instant"),
        ({"expected_at": "9999-12-31T23:59:59Z"}, "failed", "expected_at must be an instant"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "failed", "occurred_at must be an instant"),
    ],
)
def test_what_cannot_be_meant_stays_visible_and_changes_nothing(said, status, reason, client, parcel):
    assert news(client, **said).status_code == 200

    found = outcome()

    assert (found[0], found[1][: len(reason)]) == (status, reason)
    assert fresh(parcel.order).status == "handed_to_carrier"


def test_news_of_a_parcel_nobody_knows_are_a_matter_on_the_list_until_it_is_known(client, parcel):
    news(client, tracking_number="MX9")
    outcome()

    todo = Todo.objects.get(kind="parcel")
    assert (todo.closed_at, todo.cause) == (None, "news of a carrier: no parcel has this number")

    Fulfillment.objects.filter(pk=parcel.pk).update(tracking_number="MX9")
    handle_again(InboundEvent.objects.get(), at=clock.now())
    assert outcome()[0] == "handled"
    todo.refresh_from_db()
    assert todo.closed_at
