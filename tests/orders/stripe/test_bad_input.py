"""What goes wrong around money, row by row of our list of bad inputs, as far as no other test stands for a row.

Elsewhere: signatures, stamps, accounts and modes in test_hooks; duplicates, disorder and lateness in test_chaos;
parallel refunds in tests/orders/test_refunds, gift cards in test_buying; quantities, prices and coupons with the carts.
"""

from datetime import timedelta

import pytest
from django.db import OperationalError

from commerce import clock
from commerce.carts import edits
from commerce.carts.edits import CartClosed
from commerce.inbox.models import InboundEvent
from commerce.timeline.actors import VISITOR, Actor
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from orders import buying, refunds
from orders.buying import Means
from orders.credits import ledger
from orders.drafting import Terms
from orders.models import Order, Payment, Refund, Todo
from orders.refunds import RefundTooLarge
from orders.stripe.hooks import LOOK_AT_DISPUTE, LOOK_AT_REFUND, plan
from orders.stripe.looking import look_soon
from orders.stripe.models import Dispute
from tests.factories import MONDAY
from tests.orders.stripe.test_hooks import event, post
from tests.peers.stripe import refunds as peers_refunds

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "1")
STAMP = {"by": CLERK, "channel": "store", "at": MONDAY}


def paid(shop, *, seen: bool = True) -> Payment:
    payment = shop.asked()
    shop.press_pay(payment)
    if seen:
        look_soon(payment, at=MONDAY)
        shop.work()
    payment.refresh_from_db()
    return payment


def intent_of(peer, payment: Payment) -> str:
    return peer.store.get("checkout.session", payment.stripe.page)["payment_intent"]


def test_an_event_that_is_sent_again_two_days_later_does_nothing(shop, settings):
    settings.STRIPE_WEBHOOK_SECRET = "whsec_test"
    payment = paid(shop, seen=False)
    body = event("evt_again", thing={"id": payment.stripe.page})
    post(body)
    shop.work()
    entries = Entry.objects.count()
    clock.move(timedelta(days=2))

    again = post(body)

    assert (again.status_code, again.json()["status"]) == (200, "known")
    assert (InboundEvent.objects.count(), Entry.objects.count()) == (1, entries)


def test_one_fact_under_two_ids_is_one_fact(shop, settings):
    settings.STRIPE_WEBHOOK_SECRET = "whsec_test"
    payment = paid(shop, seen=False)

    for identifier in ("evt_one", "evt_two"):
        post(event(identifier, thing={"id": payment.stripe.page}))
        shop.work()

    assert Entry.objects.filter(type="payment.captured").count() == 1
    assert Order.objects.filter(status="placed").count() == 1


def test_an_event_of_another_version_of_the_api_says_no_less(shop, settings):
    settings.STRIPE_WEBHOOK_SECRET = "whsec_test"
    payment = paid(shop, seen=False)

    post(event(api_version="2019-02-11", thing={"id": payment.stripe.page}))
    shop.work()

    assert Order.objects.get().status == "placed"


def test_an_event_of_a_type_that_nobody_knows_is_stored_and_passed_over(shop, settings):
    settings.STRIPE_WEBHOOK_SECRET = "whsec_test"

    answer = post(event(type="brand.new", kind="brand_new_thing"))
    shop.work()

    assert answer.status_code == 200
    assert InboundEvent.objects.values_list("status", "reason").get() == ("ignored", "nothing that we follow")


def test_while_the_database_is_gone_stripe_hears_no_yes_and_the_event_comes_in_later(shop, settings, monkeypatch):
    settings.STRIPE_WEBHOOK_SECRET = "whsec_test"
    payment = paid(shop, seen=False)
    body = event(thing={"id": payment.stripe.page})

    def gone(*args, **named):
        raise OperationalError("the connection is closed")

    with monkeypatch.context() as patched:
        patched.setattr("commerce.inbox.hooks.receive", gone)
        refused = post(body, raises=False)
    nothing = InboundEvent.objects.count()
    taken = post(body)
    shop.work()

    assert (refused.status_code >= 500, nothing, taken.status_code) == (True, 0, 200)
    assert Order.objects.get().status == "placed"


def test_a_refund_that_is_told_before_its_payment_becomes_ours(shop, peer):
    payment = paid(shop, seen=False)
    intent = intent_of(peer, payment)
    peers_refunds.create(peer.store, {"payment_intent": intent, "amount": "700"})

    plan(LOOK_AT_REFUND, intent, {"intent": intent}, at=MONDAY)
    shop.work()
    shop.work(MONDAY + timedelta(minutes=2))

    assert Order.objects.get().payment_status == "partly_refunded"
    assert Refund.objects.values_list("amount", "reason").get() == (700, "outside")


def test_a_dispute_that_is_told_before_its_payment_is_about_its_order(shop, peer):
    payment = paid(shop, seen=False)
    made = peers_refunds.dispute(peer.store, {"payment_intent": intent_of(peer, payment)})

    plan(LOOK_AT_DISPUTE, made["id"], {"dispute": made["id"]}, at=MONDAY)
    shop.work()
    shop.work(MONDAY + timedelta(minutes=2))

    assert Dispute.objects.get().payment == payment
    assert Todo.objects.values_list("kind", "order").get() == ("dispute", payment.order_id)


def test_a_cart_is_not_changed_in_another_tab_while_its_bank_page_is_open(shop):
    order = shop.draft()

    with pytest.raises(CartClosed):
        edits.set_quantity(order.cart, variant=shop.mug, quantity=5, by=VISITOR, channel="web", at=MONDAY)


def test_what_costs_nothing_never_reaches_stripe(shop, peer):
    _card, code = ledger.issue_gift_card(amount=5000, currency="EUR", by=CLERK, at=MONDAY)
    terms = Terms(expected_total=1250, pickup_at=shop.store, email="eva@example.com")

    buying.buy(shop.cart(), terms=terms, means=Means("stripe", code), by=VISITOR, channel="web", at=MONDAY)
    run_due(at=MONDAY)

    assert (Order.objects.get().status, peer.requests) == ("placed", [])


def test_what_a_bank_took_back_is_not_given_back_as_well(shop, peer):
    payment = paid(shop)
    peers_refunds.dispute(peer.store, {"payment_intent": payment.reference})

    refund = refunds.give_back(payment, amount=1000, reason="goodwill", **STAMP)
    run_due(at=MONDAY)

    refund.refresh_from_db()
    payment.refresh_from_db()
    assert (refund.status, payment.refunded) == ("failed", 0)
    assert Todo.objects.filter(kind="refund_failed", subject=refund.public_id).exists()


@pytest.mark.parametrize("amount", [-1, 0, 2501, 2**63 - 1])
def test_what_is_no_refund_of_this_payment_asks_stripe_nothing(shop, peer, amount):
    payment = paid(shop)
    before = len(peer.requests)

    with pytest.raises(RefundTooLarge):
        refunds.give_back(payment, amount=amount, reason="goodwill", **STAMP)
    run_due(at=MONDAY)

    assert [r for r in peer.requests[before:] if "refund" in r[1]] == []
