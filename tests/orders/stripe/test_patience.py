"""An outage at Stripe outlasts every try: what is about money is done when it is over, and nothing is forgotten."""

from datetime import timedelta

import pytest

from commerce.timeline.actors import Actor
from commerce.timeline.models import Task
from commerce.timeline.tasks import MAX_ATTEMPTS, run_due
from orders import cancel, refunds
from orders.models import Payment, Refund, Todo
from orders.stripe.hooks import LOOK_AT_DISPUTE, plan
from orders.stripe.looking import look_soon
from orders.stripe.models import Dispute
from orders.stripe.patience import GRACE
from tests.factories import MONDAY
from tests.peers.stripe.keys import Keys

pytestmark = pytest.mark.django_db
STAMP = {"by": Actor("staff", "1"), "channel": "store", "at": MONDAY}
LATER = MONDAY + timedelta(hours=1)


def paid(shop) -> Payment:
    payment = shop.asked()
    shop.press_pay(payment)
    look_soon(payment, at=MONDAY)
    shop.work()
    return Payment.objects.select_related("order", "stripe").get()


def outage(peer, *, method: str, path: str) -> None:
    """Stripe is silent at a task's last try; then it is over, and an hour later the worker works on."""
    peer.control("faults", kind="error", method=method, path=path, times=10**6)
    Task.objects.filter(status="pending").update(attempts=MAX_ATTEMPTS - 1, retry_at=None)
    run_due(at=MONDAY)
    peer.faults.clear()
    assert Task.objects.filter(due_at=MONDAY + GRACE).exists()
    run_due(at=LATER)


def test_a_refund_goes_out_once_when_stripe_answers_again(shop, peer):
    refunds.give_back(paid(shop), amount=700, reason="goodwill", **STAMP)

    outage(peer, method="POST", path="/v1/refunds")

    assert [refund["amount"] for refund in peer.store.all("refund")] == [700]
    assert Refund.objects.get().status == "succeeded"


def test_a_refund_whose_answers_were_all_lost_is_found_even_after_stripe_forgot_its_key(shop, peer):
    refunds.give_back(paid(shop), amount=700, reason="goodwill", **STAMP)
    peer.control("faults", kind="error_after", path="/v1/refunds", times=1)
    run_due(at=MONDAY)
    peer.keys = Keys()

    outage(peer, method="GET", path="/v1/refunds")

    assert [refund["amount"] for refund in peer.store.all("refund")] == [700]
    assert Refund.objects.get().status == "succeeded"


def test_a_dispute_stands_on_the_list_when_stripe_answers_again(shop, peer):
    made = peer.control("disputes", payment_intent=paid(shop).reference)
    plan(LOOK_AT_DISPUTE, made["id"], {"dispute": made["id"]}, at=MONDAY)

    outage(peer, method="GET", path="/v1/disputes")

    assert Dispute.objects.get().reference == made["id"]
    assert Todo.objects.values_list("kind", "closed_at").get() == ("dispute", None)


def test_kept_money_is_let_go_when_stripe_answers_again(shop, peer, settings):
    settings.CAPTURE_AT_HANDOVER = ["web"]
    cancel.cancel(paid(shop).order, **STAMP)

    outage(peer, method="POST", path="/v1/payment_intents")

    assert [intent["status"] for intent in peer.store.all("payment_intent")] == ["canceled"]
    assert Payment.objects.get().status == "canceled"
