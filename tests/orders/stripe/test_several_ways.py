"""Paid in several ways at once: a page stands open at Stripe while a gift card, cash or a link pays the same order."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.timeline.actors import Actor
from notifications.models import Message
from orders import buying, payments
from orders.buying import Means
from orders.credits import ledger
from orders.credits.models import Credit
from orders.drafting import Terms
from orders.models import Fulfillment, Order, Payment, Refund, Todo
from orders.pickups import collect, mark_ready
from orders.receivables import agreements
from orders.stripe import asking, gateway
from orders.stripe.looking import look_soon
from orders.stripe.models import Checkout
from tests.factories import MONDAY, staff
from tests.orders.calling import log_in, post

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "1")
STAMP = {"by": CLERK, "channel": "call_center", "at": MONDAY}


@pytest.fixture(autouse=True)
def now():
    clock.move(MONDAY - clock.now())


def gift_card(amount: int) -> tuple[Credit, str]:
    return ledger.issue_gift_card(amount=amount, currency="EUR", by=CLERK, at=MONDAY)


def owed(shop, *, person=None) -> Order:
    """Two mugs that a transfer is waited for."""
    cart = shop.cart(quantity=2)
    if person:
        type(cart).objects.filter(pk=cart.pk).update(person=person)
        cart.refresh_from_db()
    terms = Terms(expected_total=2500, pickup_at=shop.store, email="" if person else "eva@example.com")
    return buying.buy(cart, terms=terms, means=Means("bank_transfer"), **STAMP)


def pay(order: Order, client: Client | None = None, **said: object):
    return post(client or Client(), f"/api/v1/orders/{order.public_id}/payments/", said)


def told(payment: Payment, shop) -> None:
    """Stripe has told of it, and it was looked at."""
    look_soon(payment, at=MONDAY)
    shop.work()


def money() -> list[tuple[str, int, int, str]]:
    rows = Payment.objects.exclude(tender="bank_transfer").order_by("pk")
    return list(rows.values_list("tender", "amount", "refunded", "status"))


def test_a_checkout_that_a_gift_card_pays_while_its_page_stands_open_is_placed_and_the_page_closed(shop, peer):
    payment = shop.asked()
    card, code = gift_card(5000)

    answer = pay(payment.order, gift_card=code)
    shop.look(payment, MONDAY + timedelta(minutes=2))

    card.refresh_from_db()
    assert (answer.status_code, answer.json()["status"]) == (201, "placed")
    assert [session["status"] for session in peer.store.all("checkout.session")] == ["expired"]
    assert (money(), card.balance) == ([("stripe", 2500, 0, "canceled"), ("credit", 2500, 0, "captured")], 2500)
    assert Order.objects.get().status == "placed"


def test_what_she_paid_on_the_page_as_well_goes_back_by_itself(shop):
    payment = shop.asked()
    _card, code = gift_card(5000)
    pay(payment.order, gift_card=code)

    shop.press_pay(payment)
    told(payment, shop)

    assert (Order.objects.get().status, Refund.objects.get().reason) == ("placed", "surplus")
    assert money() == [("stripe", 2500, 2500, "captured"), ("credit", 2500, 0, "captured")]


def test_what_a_page_brings_beyond_a_part_that_a_gift_card_paid_goes_back_by_itself(shop):
    payment = shop.asked()
    _card, code = gift_card(1000)
    pay(payment.order, gift_card=code)

    shop.press_pay(payment)
    told(payment, shop)

    assert Order.objects.get().status == "placed"
    assert money() == [("stripe", 2500, 1000, "captured"), ("credit", 1000, 0, "captured")]


def test_a_checkout_that_is_covered_is_placed_when_its_page_runs_out_not_given_up(shop):
    payment = shop.asked()
    card, _code = gift_card(5000)
    payments.spend_credit(payment.order, card, **STAMP)  # and whoever did that died before it was placed

    shop.look(payment, MONDAY + timedelta(minutes=33))

    assert Order.objects.get().status == "placed"
    assert money() == [("stripe", 2500, 0, "canceled"), ("credit", 2500, 0, "captured")]


def test_of_what_a_bank_keeps_only_what_is_owed_is_taken(shop, settings):
    settings.CAPTURE_AT_HANDOVER = ["web"]
    order = owed(shop)
    payment = shop.asked(order)
    payments.take_manual(order, tender="cash", amount=1000, **STAMP)

    shop.press_pay(payment)
    told(payment, shop)
    kept = Order.objects.get().payment_status
    hand_over(shop)

    assert (kept, Order.objects.get().payment_status) == ("authorized", "captured")
    assert money() == [("stripe", 1500, 0, "captured"), ("cash", 1000, 0, "captured")]
    assert [(i["status"], i["amount_received"]) for i in shop.peer.store.all("payment_intent")] == [("succeeded", 1500)]


def hand_over(shop) -> None:
    part = Fulfillment.objects.select_related("order").get()
    mark_ready(part, **STAMP)
    part.refresh_from_db()
    collect(part, code=part.pickup_code, **STAMP)
    shop.work()


def test_an_order_in_parts_that_was_collected_is_still_paid_by_card_and_by_link(shop, lucia):
    order, hers = owed(shop, person=lucia), log_in(lucia.user)
    agreements.agree(order, kind="installments", parts=agreements.in_three(order, at=MONDAY), **STAMP)
    hand_over(shop)

    first = pay(order, hers, tender="stripe", amount=834)
    link = pay(order, log_in(staff("agent")), tender="payment_link", amount=834)

    assert Order.objects.get().status == "completed"
    assert (first.status_code, link.status_code) == (201, 201)
    assert hers.post(f"/o/{order.public_id}/pay/").status_code == 302


def test_an_agent_who_asks_by_link_while_a_page_stands_open_has_a_link_sent_and_the_page_closed(shop, peer):
    order = owed(shop)
    page = shop.asked(order)

    asked = pay(order, log_in(staff("agent")), tender="payment_link")
    shop.work()
    shop.look(page, MONDAY + timedelta(minutes=2))

    assert asked.status_code == 201
    assert Message.objects.filter(purpose="payment_link").count() == 1
    assert [session["status"] for session in peer.store.all("checkout.session")] == ["expired"]
    assert list(Checkout.objects.order_by("pk").values_list("kind", "payment__status")) == [
        ("page", "canceled"),
        ("link", "pending"),
    ]


def test_a_checkout_whose_page_gave_way_to_a_link_waits_for_the_link(shop):
    page = shop.asked()

    asking.ask(page.order, kind="link", **STAMP)
    shop.work()
    shop.look(page, MONDAY + timedelta(minutes=2))

    assert Order.objects.get().status == "draft"
    assert sorted(status for *_, status in money()) == ["canceled", "pending"]


def test_a_payment_that_stripe_will_not_take_gives_her_the_cart_back_as_its_page_says(shop, monkeypatch):
    order = shop.draft()
    asked = asking.ask(order, **STAMP)

    def refuse(asked: gateway.Asked) -> gateway.Page:
        raise gateway.Failed("amount_too_small")

    monkeypatch.setattr(gateway, "open_page", refuse)
    shop.work()

    page = Client().get(f"/pay/{asked.public_id}/", headers={"accept-language": "en"}).content.decode()
    order = Order.objects.select_related("cart").get()
    assert "Your cart is as you left it." in page
    assert (order.status, order.cart.status, money()) == ("canceled", "open", [("stripe", 2500, 0, "failed")])
    assert not Todo.objects.exists()
