"""After a purchase through every way to pay, a real dump, the logs and the messages hold no card number."""

import logging

import pytest
from django.test import Client

from commerce.carts.models import Cart
from commerce.channels.models import Role
from commerce.ids import public_id
from commerce.inbox.models import InboundEvent
from commerce.timeline.actors import Actor
from commerce.timeline.tasks import run_due
from notifications.models import Attempt
from orders import buying
from orders.buying import Means
from orders.credits import ledger
from orders.drafting import Terms
from orders.models import Order, Payment, Todo
from orders.stripe.looking import look_soon
from orders.stripe.models import KeptCard
from orders.tenders import COUNTED_BY_STAFF, PAYMENT_LINK, STRIPE
from tests import factories
from tests.factories import MONDAY, numbers
from tests.orders.calling import log_in
from tests.orders.stripe.card_search import card_numbers, copied, dump, pg_dump
from tests.orders.stripe.conftest import SECRET, Shop
from tests.orders.stripe.test_hooks import event, post

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CARD = "4242424242424242"
CLERK = Actor("staff", "1")


def buy(shop: Shop, means: Means, *, channel: str = "web") -> Order:
    """A mug, paid in some way."""
    cart = shop.cart()
    if means.payer:
        Cart.objects.filter(pk=cart.pk).update(person=means.payer)
        cart.refresh_from_db()
    email = "" if means.payer else f"shopper-{next(numbers)}@example.com"
    terms = Terms(expected_total=1250, pickup_at=shop.store, email=email, phone="+34600000001")
    return buying.buy(cart, terms=terms, means=means, by=CLERK, channel=channel, at=MONDAY)


def pay(shop: Shop, order: Order, *cards: str) -> None:
    """What the shopper does at Stripe's, and the webhook that tells of it."""
    shop.work()
    payment = Payment.objects.select_related("stripe", "order__journey").get(order=order, tender=STRIPE)
    for card in cards:
        shop.press_pay(payment, card)
    assert post(event(f"evt_{payment.pk}", thing={"id": payment.stripe.page})).status_code == 200
    look_soon(payment, at=MONDAY)
    shop.work()


def sell_at_the_till(shop: Shop, code: str) -> None:
    """A sale on the page of the till, in three parts."""
    factories.sales_channel("store", locations=(shop.store,))
    clerk = log_in(factories.staff(Role.STORE, shop.store))
    clerk.post("/store/centro/sell/", {"q": "TAZA"})
    said = {"tender": "card_terminal", "gift_card": code, "in_cash": "2", "expected_total": 1250}
    clerk.post("/store/centro/sell/pay/", said | {"key": public_id()})


def mails() -> str:
    """Every message as the outbox shows it."""
    office = log_in(factories.staff("back_office"))
    pages = [office.get(f"/outbox/{attempt.public_id}/") for attempt in Attempt.objects.order_by("pk")]
    return "\n".join(page.content.decode() for page in pages)


def test_no_way_to_pay_leaves_a_card_number_in_a_dump_a_log_or_a_message(shop, settings, caplog):
    caplog.set_level(logging.DEBUG)
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    shop.stock.__class__.objects.update(on_hand=50)
    lucia = factories.person("Lucía", email="lucia@example.com", user=factories.User.objects.create_user("lucia"))
    _card, code = ledger.issue_gift_card(amount=2000, currency="EUR", by=CLERK, at=MONDAY)
    ledger.grant(lucia, amount=600, currency="EUR", key="k", by=CLERK, at=MONDAY)

    for tender in sorted(COUNTED_BY_STAFF):
        buy(shop, Means(tender))
    buy(shop, Means(gift_card=code))
    buy(shop, Means("cash", store_credit=True, payer=lucia))
    pay(shop, buy(shop, Means(STRIPE)), "declined", "visa")
    pay(shop, buy(shop, Means(STRIPE, payer=lucia, keep_card=True)), "mastercard")
    pay(shop, buy(shop, Means(PAYMENT_LINK), channel="call_center"), "visa")
    sell_at_the_till(shop, code)
    for place in ("gift_card", "tender", "email"):  # somebody types it where it does not belong
        body = {"way": "centro", "email": "e@example.com", "version": "1", "expected_pickup": "1250"}
        Client().post("/checkout/", body | {"expected_delivery": "1750", place: CARD})
    run_due(at=MONDAY)

    tenders = set(Payment.objects.filter(status="captured").values_list("tender", flat=True))
    assert tenders == {"bank_transfer", "card_terminal", "cash", "credit", "manual", "stripe"} - {"bank_transfer"}
    assert KeptCard.objects.get().last4 == "4444"
    assert Attempt.objects.filter(transport="outbox").count() >= 5
    assert "payment_link" in dump()
    assert (card_numbers(dump()), card_numbers(caplog.text), card_numbers(mails())) == ([], [], [])


def test_a_number_that_is_planted_is_found_in_the_dump_as_text_and_as_bytes(db):
    Todo.objects.create(kind="drift", subject="x", cause=f"card {CARD}", opened_at=MONDAY)
    InboundEvent.objects.create(
        provider="meta", external_id="1", received_at=MONDAY, body=b'{"text": "4000 0000 0000 0002"}', status="handled"
    )

    assert pg_dump() is not None
    assert sorted(card_numbers(dump())) == ["4000 0000 0000 0002", CARD]
    assert CARD in copied()
