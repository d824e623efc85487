"""`manage.py reconcile stripe`: what nobody told us is found and repaired; what cannot be is put on the list."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from commerce import clock
from commerce.timeline.models import Entry
from orders.cases.models import Case
from orders.models import Order, Payment, Refund, Todo
from orders.stripe.looking import look_soon
from tests.factories import MONDAY
from tests.peers.stripe import payments as peers_payments
from tests.peers.stripe import refunds as peers_refunds

pytestmark = pytest.mark.django_db


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


def test_without_a_key_it_says_so(settings):
    settings.STRIPE_API_KEY = ""

    with pytest.raises(CommandError, match="STRIPE_API_KEY is not set"):
        run()
