"""`manage.py reconcile stripe`: what nobody told us is found and repaired; what cannot be is put on the list."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from commerce import clock
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry, Task
from commerce.timeline.tasks import run_due
from orders import refunds
from orders.cases.models import Case
from orders.models import Order, Payment, Refund, Todo
from orders.stripe.looking import look_soon
from orders.stripe.models import Checkout
from tests.factories import MONDAY
from tests.peers.stripe import payments as peers_payments
from tests.peers.stripe import refunds as peers_refunds

pytestmark = pytest.mark.django_db
STAMP = {"by": SYSTEM, "channel": "web", "at": MONDAY}


@pytest.fixture(autouse=True)
def monday(peer):
    clock.move(MONDAY - clock.now())


def run(*options: str) -> tuple[int, str]:
    """Exit code and what was printed."""
    out = StringIO()
    try:
        call_command("reconcile", "stripe", *options, stdout=out)
    except SystemExit as left:
        return int(str(left.code)), out.getvalue()
    return 0, out.getvalue()


def paid(shop) -> Payment:
    payment = shop.asked()
    shop.press_pay(payment)
    look_soon(payment, at=MONDAY)
    shop.work()
    return Payment.objects.get()


def test_where_both_sides_agree_nothing_is_said(shop):
    paid(shop)

    assert run() == (0, "0 differences, 0 open\n")


def test_a_payment_of_which_nobody_told_us_becomes_its_order(shop):
    payment = shop.asked()
    shop.press_pay(payment)

    code, said = run("--json")

    assert (code, json.loads(said)["open"], len(json.loads(said)["differences"])) == (0, 0, 1)
    assert Order.objects.get().status == "placed"
    assert run() == (0, "0 differences, 0 open\n")


def test_a_refund_made_by_hand_at_stripe_becomes_ours(shop, peer):
    payment = paid(shop)
    peers_refunds.create(peer.store, {"payment_intent": payment.reference, "amount": "700"})

    assert run()[0] == 0
    assert Refund.objects.values_list("amount", "status", "reason").get() == (700, "succeeded", "outside")
    assert Order.objects.get().payment_status == "partly_refunded"


def test_money_without_a_payment_of_ours_stands_on_the_list(shop, peer):
    fields = {"amount": "999", "currency": "eur", "confirm": "true", "payment_method": "pm_card_visa"}
    intent = peers_payments.create(peer.store, fields)

    code, said = run()

    assert code == 1
    assert said.endswith("1 differences, 1 open\n")
    assert Todo.objects.values_list("kind", "subject").get() == ("unknown_money", intent["id"])


def test_an_amount_that_differs_stands_on_the_list_with_its_cause(shop):
    payment = paid(shop)
    Payment.objects.update(amount=2400)

    assert run()[0] == 1
    todo = Todo.objects.get()
    assert (todo.kind, todo.subject, todo.order) == ("drift", payment.public_id, payment.order)
    assert "2400" in todo.cause
    assert "2500" in todo.cause

    run()
    shop.work(clock.now())

    assert Entry.objects.filter(type="payment.differs").count() == 1
    case = Case.objects.get()
    assert (case.kind, case.order, case.opened_in) == ("billing", payment.order, "system")


def test_a_payment_that_stripe_does_not_know_stands_on_the_list_and_the_rest_is_compared(shop, peer):
    lost = paid(shop)
    Checkout.objects.update(intent="pi_nobody_knows")
    Payment.objects.update(reference="pi_nobody_knows")
    lucky = shop.asked()
    shop.press_pay(lucky)

    code, said = run("--json")

    assert code == 1
    assert json.loads(said)["open"] == 1
    [drift] = Todo.objects.filter(kind="drift")
    assert drift.subject == lost.public_id
    assert "pi_nobody_knows" in drift.cause
    assert Payment.objects.get(pk=lucky.pk).status == "captured"


def test_refunds_here_and_there_that_are_more_than_was_paid_stand_on_the_list(shop, peer):
    payment = paid(shop)
    refunds.give_back(payment, amount=1500, reason="goodwill", **STAMP)
    peers_refunds.create(peer.store, {"payment_intent": payment.reference, "amount": "1500"})

    code, said = run("--json")

    assert (code, json.loads(said)["open"]) == (1, 1)
    assert Todo.objects.values_list("kind", "subject").get() == ("drift", payment.public_id)
    assert Payment.objects.get().refunded == 1500


def test_a_refund_that_nobody_sent_for_an_hour_stands_on_the_list_and_leaves_it_once_sent(shop):
    payment = paid(shop)
    refunds.give_back(payment, amount=700, reason="goodwill", **STAMP)
    Task.objects.filter(handler="orders.stripe.refunding.send").update(status="given_up", finished_at=MONDAY)

    assert run() == (0, "0 differences, 0 open\n")  # it may be on its way
    clock.move(timedelta(hours=2))
    assert run()[0] == 1
    assert Todo.objects.values_list("kind", "subject").get() == ("drift", payment.public_id)

    Task.objects.filter(handler="orders.stripe.refunding.send").update(status="pending", finished_at=None)
    run_due(at=clock.now())

    assert run() == (0, "0 differences, 0 open\n")
    assert not Todo.objects.filter(closed_at=None).exists()


def test_a_dispute_of_which_nobody_told_us_stands_on_the_list_and_its_end_is_seen(shop, peer):
    payment = paid(shop)
    made = peer.control("disputes", payment_intent=payment.reference)

    code, said = run("--json")

    assert (code, [one["theirs"] for one in json.loads(said)["differences"]]) == (
        0,
        ["dispute of 2500, needs_response"],
    )
    assert Todo.objects.values_list("kind", "subject", "closed_at").get() == ("dispute", made["id"], None)
    assert run() == (0, "0 differences, 0 open\n")

    peer.control(f"disputes/{made['id']}/decide", won=True)

    assert run()[1].endswith("1 differences, 0 open\n")
    assert Todo.objects.get().closed_at is not None
    assert list(Entry.objects.filter(type__startswith="dispute.").order_by("pk").values_list("type", flat=True)) == [
        "dispute.opened",
        "dispute.closed",
    ]


def test_a_dispute_about_money_that_is_not_ours_stands_on_the_list(shop, peer):
    fields = {"amount": "999", "currency": "eur", "confirm": "true", "payment_method": "pm_card_visa"}
    intent = peers_payments.create(peer.store, fields)
    made = peer.control("disputes", payment_intent=intent["id"])

    assert run()[1].endswith("2 differences, 2 open\n")
    assert set(Todo.objects.values_list("kind", "subject")) == {
        ("unknown_money", intent["id"]),
        ("unknown_money", made["id"]),
    }


def test_without_a_key_it_says_so(settings):
    settings.STRIPE_API_KEY = ""

    with pytest.raises(CommandError, match="STRIPE_API_KEY is not set"):
        run()
