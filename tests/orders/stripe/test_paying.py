"""A web shopper pays at Stripe's page: one draft, one payment, one order, whoever tells us and how often."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce.carts import edits
from commerce.carts.models import Cart
from commerce.timeline.actors import SYSTEM, VISITOR
from commerce.timeline.models import Entry, Task
from commerce.timeline.tasks import run_due
from inventory.models import Hold, Stock
from orders import abandoning, checkout
from orders.models import Fulfillment, Order, Payment, Refund, Todo
from orders.payments import AlreadyPaid
from orders.stripe import asking
from orders.stripe.asking import CannotAsk, StripeNotConnected
from orders.stripe.looking import look_soon
from tests.factories import MONDAY
from tests.orders.calling import post
from tests.orders.stripe.conftest import set_clock
from tests.peers.stripe import payments as peers_payments

pytestmark = pytest.mark.django_db
STAMP = {"by": VISITOR, "channel": "web", "at": MONDAY}
FIVE = timedelta(minutes=5)


def told(order: Order) -> list[str]:
    entries = Entry.objects.filter(journey=order.journey_id).exclude(type__regex="^(message|document)[.]")
    return list(entries.order_by("number").values_list("type", flat=True))


def states(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.status, order.payment_status


def counters() -> tuple[int, int, int]:
    return Stock.objects.values_list("on_hand", "held", "allocated").get(variant__sku="TAZA")


def test_a_page_is_opened_by_a_worker_under_the_payments_own_id(shop, peer):
    payment = shop.asked()

    assert (payment.status, payment.amount, payment.currency, payment.tender) == ("pending", 2500, "EUR", "stripe")
    assert states(payment.order) == ("draft", "due")
    [session] = peer.store.all("checkout.session")
    assert (session["id"], session["url"]) == (payment.stripe.page, payment.stripe.url)
    assert (session["amount_total"], session["currency"], session["client_reference_id"]) == (
        2500,
        "eur",
        payment.public_id,
    )
    assert [key for _, _, key in peer.requests] == [f"page-{payment.public_id}"]


def test_what_was_paid_becomes_one_order_when_somebody_looks(shop):
    payment = shop.asked()
    shop.press_pay(payment)

    look_soon(payment, at=MONDAY)
    shop.work()

    assert states(payment.order) == ("placed", "captured")
    payment.refresh_from_db()
    assert (payment.status, payment.captured_at, payment.reference[:3]) == ("captured", MONDAY, "pi_")
    assert Fulfillment.objects.count() == 1
    assert counters() == (5, 0, 2)
    assert told(payment.order)[-6:] == [
        "checkout.started",
        "payment.asked",
        "payment.page_opened",
        "payment.captured",
        "order.placed",
        "fulfillment.promised",
    ]


def test_looking_again_changes_nothing(shop):
    payment = shop.asked()
    shop.press_pay(payment)
    for _ in range(3):
        look_soon(payment, at=MONDAY)
        shop.work()

    assert Order.objects.count() == Payment.objects.count() == Fulfillment.objects.count() == 1
    assert told(payment.order).count("payment.captured") == told(payment.order).count("order.placed") == 1


def test_if_nobody_tells_us_we_look_ourselves(shop, clock):
    payment = shop.asked()
    shop.press_pay(payment)

    shop.work(clock(FIVE))

    assert states(payment.order) == ("placed", "captured")


def test_an_open_page_is_looked_at_again_and_again_until_its_time_is_over(shop, clock):
    payment = shop.asked()

    shop.work(clock(FIVE))
    shop.work(clock(2 * FIVE))
    assert states(payment.order) == ("draft", "due")
    shop.work(clock(timedelta(minutes=45)))

    payment.refresh_from_db()
    assert (payment.status, states(payment.order)) == ("canceled", ("canceled", "failed"))
    assert Cart.objects.get().status == "open"
    assert counters() == (5, 0, 0)
    assert told(payment.order)[-2:] == ["payment.ended", "checkout.abandoned"]
    assert not Task.objects.filter(status="pending", handler__startswith="orders.").exists()


def test_the_page_is_closed_at_stripe_before_the_checkout_is_given_up(shop, peer):
    payment = shop.asked()
    peer.control("clock", ahead=0)  # Stripe's clock is behind ours, so its page is still open

    shop.work(MONDAY + timedelta(minutes=45))

    assert [session["status"] for session in peer.store.all("checkout.session")] == ["expired"]
    assert states(payment.order) == ("canceled", "failed")


def test_goods_are_held_as_long_as_somebody_can_pay(shop, clock):
    payment = shop.asked()
    shop.work(clock(timedelta(minutes=30)))
    shop.press_pay(payment)

    shop.work(clock(timedelta(minutes=45)))

    assert states(payment.order) == ("placed", "captured")


def test_a_declined_card_leaves_the_checkout_open_for_another(shop):
    payment = shop.asked()

    assert shop.press_pay(payment, "declined").status_code == 402
    look_soon(payment, at=MONDAY)
    shop.work()
    assert states(payment.order) == ("draft", "due")

    shop.press_pay(payment)
    look_soon(payment, at=MONDAY)
    shop.work()
    assert states(payment.order) == ("placed", "captured")


def test_a_second_tab_gets_the_same_page(shop):
    payment = shop.asked()

    again = asking.ask(payment.order, **STAMP)

    assert again == payment
    assert Payment.objects.count() == 1


def test_a_paid_order_asks_for_nothing(shop):
    payment = shop.asked()
    shop.press_pay(payment)
    look_soon(payment, at=MONDAY)
    shop.work()

    with pytest.raises(AlreadyPaid):
        asking.ask(payment.order, **STAMP)


def test_a_checkout_that_was_given_up_asks_for_nothing(shop):
    order = shop.draft()
    abandoning.give_up(order, **STAMP)

    with pytest.raises(CannotAsk):
        asking.ask(order, **STAMP)


def test_without_a_key_nobody_is_asked(shop, settings):
    settings.STRIPE_API_KEY = ""

    with pytest.raises(StripeNotConnected):
        asking.ask(shop.draft(), **STAMP)


def test_an_amount_that_stripe_refuses_ends_the_attempt_and_another_checkout_may_follow(shop, peer):
    order = shop.draft()
    payment = asking.ask(order, **STAMP)
    Payment.objects.filter(pk=payment.pk).update(currency="")

    shop.work()

    payment.refresh_from_db()
    assert (payment.status, states(order)) == ("failed", ("canceled", "failed"))
    assert told(order)[-2:] == ["payment.failed", "checkout.abandoned"]
    assert Cart.objects.get().status == "open"


@pytest.mark.parametrize("fault", ["lose_answer", "error", "error_after", "limit"])
def test_an_unclear_answer_opens_no_second_page(shop, peer, fault):
    payment = asking.ask(shop.draft(), **STAMP)
    peer.control("faults", kind=fault, path="/v1/checkout/sessions", times=2)
    asking_again(shop)

    payment.refresh_from_db()
    [session] = peer.store.all("checkout.session")
    assert payment.stripe.page == session["id"]


def asking_again(shop) -> None:
    """Let the worker try until it is through; pauses between tries are skipped."""
    for _ in range(4):
        Task.objects.update(retry_at=None)
        run_due(at=MONDAY)


class TestLatePayment:
    """A payment that comes when the checkout is over."""

    def test_is_served_if_the_cart_is_as_it_was(self, shop, clock):
        payment = shop.asked()
        gone = abandoned(shop, payment)

        shop.press_pay(payment)
        look_soon(payment, at=MONDAY)
        shop.work()

        assert states(gone) == ("placed", "captured")
        assert Cart.objects.get().status == "ordered"
        assert counters() == (5, 0, 2)
        assert told(gone)[-4:] == ["payment.captured", "payment.came_late", "order.placed", "fulfillment.promised"]

    def test_goes_back_if_the_goods_are_gone(self, shop, peer):
        payment = shop.asked()
        gone = abandoned(shop, payment)
        Stock.objects.update(on_hand=0)

        shop.press_pay(payment)
        look_soon(payment, at=MONDAY)
        shop.work()

        assert states(gone) == ("canceled", "refunded")
        assert told(gone)[-5:] == [
            "payment.captured",
            "payment.came_late",
            "payment.unserved",
            "refund.started",
            "payment.refunded",
        ]
        assert [(refund["amount"], refund["status"]) for refund in peer.store.all("refund")] == [(2500, "succeeded")]

    def test_goes_back_if_the_shopper_went_on_without_it(self, shop, peer):
        payment = shop.asked()
        gone = abandoned(shop, payment)
        edits.set_quantity(
            Cart.objects.get(), variant=shop.mug, quantity=1, **(STAMP | {"at": MONDAY + timedelta(minutes=1)})
        )

        shop.press_pay(payment)
        look_soon(payment, at=MONDAY)
        shop.work()

        assert states(gone) == ("canceled", "refunded")
        assert Cart.objects.get().status == "open"
        assert Refund.objects.values_list("amount", "reason", "status").get() == (2500, "unserved", "succeeded")

    def test_goes_back_if_the_draft_still_stands_but_others_took_the_goods(self, shop, peer, clock):
        payment = shop.asked()
        at = clock(timedelta(minutes=25))
        shop.press_pay(payment)
        Stock.objects.update(on_hand=0, held=0)
        Hold.objects.update(status="expired", ended_at=MONDAY)

        look_soon(payment, at=at)
        shop.work(at)

        assert states(payment.order) == ("canceled", "refunded")
        assert told(payment.order)[-5:] == [
            "payment.captured",
            "payment.unserved",
            "refund.started",
            "checkout.abandoned",
            "payment.refunded",
        ]


def abandoned(shop, payment: Payment) -> Order:
    """A checkout that somebody gave up while its page stood open."""
    Order.objects.filter(pk=payment.order_id).update(created_at=MONDAY)
    return abandoning.give_up(payment.order, **STAMP)


def test_money_that_comes_twice_goes_back_once(shop, peer):
    payment = shop.asked()
    shop.press_pay(payment)
    look_soon(payment, at=MONDAY)
    shop.work()
    second = stray_intent(peer, payment)

    for _ in range(3):
        payment.refresh_from_db()
        look_soon(payment, intent=second, at=MONDAY)
        shop.work()

    assert states(payment.order) == ("placed", "captured")
    assert list(Payment.objects.order_by("pk").values_list("amount", "refunded", "status")) == [
        (2500, 0, "captured"),
        (2500, 2500, "captured"),
    ]
    assert [refund["payment_intent"] for refund in peer.store.all("refund")] == [second]
    assert told(payment.order)[-4:] == ["payment.captured", "payment.surplus", "refund.started", "payment.refunded"]
    assert not Todo.objects.exists()


def stray_intent(peer, payment: Payment) -> str:
    """A second intent that says it is for our payment, and is paid."""
    fields = {
        "amount": str(payment.amount),
        "currency": "eur",
        "confirm": "true",
        "payment_method": "pm_card_visa",
        "metadata": {"payment": payment.public_id},
    }
    return peers_payments.create(peer.store, fields)["id"]


def test_finalize_is_the_same_for_all_and_works_once(shop):
    payment = shop.asked()
    shop.press_pay(payment)
    look_soon(payment, at=MONDAY)
    shop.work()

    order = checkout.finalize(payment.order, by=SYSTEM, channel="web", at=MONDAY)

    assert order.status == "placed"
    assert told(order).count("order.placed") == 1


def test_a_page_that_a_late_worker_opens_lasts_as_long_as_stripe_wants(shop, peer):
    payment = asking.ask(shop.draft(), by=VISITOR, channel="web", at=MONDAY)
    late = MONDAY + timedelta(minutes=4)
    set_clock(peer, late)

    shop.work(late)

    payment.stripe.refresh_from_db()
    assert payment.stripe.page.startswith("cs_")
    assert payment.stripe.expires_at == late + asking.PAGE_LASTS
    assert Hold.objects.get().expires_at == payment.stripe.expires_at + asking.MARGIN


def test_who_comes_back_from_paying_for_a_guests_order_learns_that_it_is_paid_and_no_more(shop):
    payment, payer = shop.asked(), Client()
    shop.press_pay(payment)
    look_soon(payment, at=MONDAY)
    shop.work()
    door = f"/api/v1/orders/{payment.order.public_id}/"
    named = payer.get(door).json()["payments"][0]["id"]

    page = payer.get(f"/pay/{named}/back/")

    canceled = post(payer, door + "cancel/")
    assert (page.status_code, "25,00" in page.content.decode()) == (200, True)
    assert payer.get(f"/o/{payment.order.public_id}/").status_code == 302
    assert (canceled.status_code, canceled.json()["code"]) == (403, "second_fact_missing")
