"""Every pair of a payment's status here and its state at Stripe has one result, and so has money for every order."""

from itertools import product

import pytest

from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry
from orders.models import Order, Payment, Refund, Todo
from orders.stripe import settling
from orders.stripe.gateway import STATES, Seen, State
from orders.stripe.models import Checkout
from orders.stripe.outcomes import MEANING, STEPS, Step
from tests.factories import MONDAY, order

EVERY = sorted(product(Payment.Status.values, State))

RESULTS = {
    Step.NOTHING: None,
    Step.WAIT: None,
    Step.KEEP: "authorized",
    Step.TAKE: "captured",
    Step.END: "canceled",
    Step.LOSE: "canceled",
    Step.ASK: None,
}
"""The payment's status after each step; None where it stays."""


def test_every_pair_has_its_step_and_every_step_its_meaning():
    assert {(before, seen) for before, row in STEPS.items() for seen in row} == set(EVERY)
    assert set(MEANING) == set(Step) == set(settling.STEP)
    assert set(settling.SERVE) == set(Order.Status.values)


def test_every_status_of_stripes_is_known():
    assert set(STATES) == {
        "requires_payment_method",
        "requires_confirmation",
        "requires_action",
        "processing",
        "requires_capture",
        "succeeded",
        "canceled",
    }


def payment_of(before: str, *, order_status: str = "placed") -> Payment:
    row = order(status=order_status, payment_status="due", total=1000)
    payment = Payment.objects.create(
        order=row, tender="stripe", amount=1000, currency="EUR", status=before, reference="pi_1"
    )
    Checkout.objects.create(payment=payment, created_at=MONDAY, expires_at=MONDAY, page="cs_1", intent="pi_1")
    return payment


@pytest.mark.django_db
@pytest.mark.parametrize(("before", "state"), EVERY)
def test_each_pair_leads_where_its_step_says_and_a_second_time_nowhere(before, state):
    payment = payment_of(before)
    seen = Seen(state, "pi_1", 1000, "EUR", payment.public_id)

    settle(payment, seen)
    after = Payment.objects.get().status
    entries = Entry.objects.count()
    settle(payment, seen)

    step = STEPS[before][state]
    assert after == (RESULTS[step] or before)
    assert Payment.objects.get().status == after
    assert Entry.objects.count() == entries
    assert (entries > 0) == (step in (Step.KEEP, Step.TAKE, Step.END, Step.LOSE))
    assert Todo.objects.exists() == (step in (Step.ASK, Step.LOSE))


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["placed", "completed", "canceled"])
def test_money_is_never_passed_over_wherever_its_order_stands(status):
    payment = payment_of("pending", order_status=status)

    settle(payment, Seen(State.CAPTURED, "pi_1", 1000, "EUR", payment.public_id))

    goes_back = status == "canceled"
    assert Payment.objects.values_list("status", "refunded").get() == ("captured", 1000 if goes_back else 0)
    assert Refund.objects.exists() == goes_back


@pytest.mark.django_db
def test_another_amount_than_we_have_is_a_matter_for_a_person():
    payment = payment_of("captured")

    settle(payment, Seen(State.CAPTURED, "pi_1", 900, "EUR", payment.public_id))

    assert Todo.objects.values_list("kind", "subject").get() == ("drift", payment.public_id)


def settle(payment: Payment, seen: Seen) -> None:
    settling.settle(Order.objects.get(), payment.pk, seen, by=SYSTEM, at=MONDAY)
