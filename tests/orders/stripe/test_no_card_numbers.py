"""No card number is anywhere: not in a row, a log line, a message, whoever typed one where none belongs."""

import json
import logging

import pytest
from django.test import Client

from commerce.timeline.actors import VISITOR
from commerce.timeline.tasks import run_due
from notifications.messages import tell
from notifications.models import Attempt
from orders import buying
from orders.buying import Means
from orders.drafting import Terms
from orders.models import Order, Todo
from orders.stripe.looking import look_soon
from tests.factories import MONDAY
from tests.orders.stripe.card_search import card_numbers, everything_stored

CARD = "4242424242424242"


def test_the_search_finds_what_it_is_for():
    assert card_numbers(f"paid with {CARD}, 4000 0000 0000 0002 or 4242424242424241") == [CARD, "4000 0000 0000 0002"]


@pytest.mark.django_db
@pytest.mark.parametrize("planted", ["a row", "a message that was sent", "a log line"])
def test_a_number_that_is_planted_is_found_so_that_finding_none_means_something(planted, shop, caplog):
    caplog.set_level(logging.DEBUG)
    payment = shop.asked()
    if planted == "a row":
        Todo.objects.create(kind="drift", subject="x", cause=f"card {CARD}", opened_at=MONDAY)
    elif planted == "a message that was sent":
        told = tell(payment.order.person, purpose="payment_link", subject=payment.public_id, at=MONDAY)
        Attempt.objects.create(
            message=told, contact_channel="email", transport="outbox", text=f"your card {CARD}", started_at=MONDAY
        )
    else:
        logging.getLogger("orders").warning("card %s", CARD)

    assert card_numbers(everything_stored() + caplog.text) == [CARD]


@pytest.mark.django_db
def test_a_purchase_at_stripe_leaves_no_card_number_anywhere(shop, peer, caplog):
    caplog.set_level(logging.DEBUG)
    payment = shop.asked()
    shop.press_pay(payment, "declined")
    shop.press_pay(payment)
    look_soon(payment, at=MONDAY)
    run_due(at=MONDAY)

    assert Order.objects.get().status == "placed"
    assert card_numbers(everything_stored()) == []
    assert card_numbers(caplog.text) == []


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["gift_card", "tender", "card", "card_number"])
def test_a_card_number_that_is_typed_into_the_api_is_refused_and_not_kept(field, shop, caplog):
    caplog.set_level(logging.DEBUG)
    opened = Client().post(
        "/api/v1/carts/",
        json.dumps({"lines": [{"sku": "TAZA", "quantity": 1}]}),
        content_type="application/json",
        headers={"Idempotency-Key": "2f6b1c9d-8a41-4e01"},
    )
    cart = opened.json()["id"]

    body = {"expected_total": 1250, "pickup_location": "centro", "email": "eva@example.com", "tender": "stripe"}
    refused = Client().post(
        f"/api/v1/carts/{cart}/checkout/",
        json.dumps(body | {field: CARD}),
        content_type="application/json",
        headers={"Idempotency-Key": "2f6b1c9d-8a41-4e02"},
    )

    assert refused.status_code in (400, 404)
    assert card_numbers(everything_stored()) == []
    assert card_numbers(caplog.text) == []


@pytest.mark.django_db
def test_nothing_that_we_send_to_stripe_has_room_for_a_card(shop, peer):
    cart = shop.cart()
    terms = Terms(expected_total=1250, pickup_at=shop.store, email="eva@example.com")
    buying.buy(cart, terms=terms, means=Means("stripe"), by=VISITOR, channel="web", at=MONDAY)
    shop.work()

    [session] = peer.store.all("checkout.session")
    assert card_numbers(json.dumps(session)) == []
    assert session["url"].startswith(peer.url)
