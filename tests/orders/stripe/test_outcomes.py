"""Every pair of a payment's status here and its state at Stripe has one result, and so has money for every order."""

import contextlib
from itertools import product

import pytest
from django.core.management import call_command
from django.db import transaction

from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry
from orders import outside, shipments
from orders.lifecycle import SHIPMENT
from orders.models import Order, Payment, Refund, Todo
from orders.shipments import RANK
from orders.stripe import disputes, refunding, settling
from orders.stripe.gateway import STATES, Seen, SeenDispute, SeenRefund, State
from orders.stripe.models import Checkout, Dispute
from orders.stripe.outcomes import (
    DISPUTES,
    DISPUTES_CLOSED,
    DISPUTES_OPEN,
    MEANING,
    REFUND_STATES,
    REFUNDS,
    STEPS,
    RefundStep,
    Step,
)
from tests.factories import MONDAY, fulfillment, order

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
    assert (entries > 0) == (step not in (Step.NOTHING, Step.WAIT))
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


@pytest.mark.django_db
@pytest.mark.parametrize(("before", "state"), list(product(Refund.Status.values, REFUND_STATES)))
def test_each_state_of_a_refund_leads_where_its_step_says_and_a_second_time_nowhere(before, state):
    payment = payment_of("captured")
    counted = 0 if before == "failed" else 400
    Payment.objects.update(refunded=counted)
    refund = Refund.objects.create(
        payment=payment, amount=400, reason="goodwill", status=before, reference="re_1", created_at=MONDAY
    )
    seen = SeenRefund("re_1", "pi_1", 400, state, refund.public_id)

    for _ in range(2):
        with transaction.atomic():
            refunding.settle(Order.objects.get(), Refund.objects.get(), seen, at=MONDAY)

    step = REFUNDS[before][state]
    after = {RefundStep.SUCCEED: "succeeded", RefundStep.FAIL: "failed"}.get(step, before)
    assert Refund.objects.get().status == after
    assert Payment.objects.get().refunded == (0 if after == "failed" else 400)
    assert Todo.objects.exists() == (step == RefundStep.FAIL)


@pytest.mark.django_db
@pytest.mark.parametrize("known", DISPUTES)
@pytest.mark.parametrize("status", [*DISPUTES_OPEN, *DISPUTES_CLOSED])
def test_each_status_of_a_dispute_has_its_result(known, status):
    payment = payment_of("captured")
    told = {"new": (), "open": ("needs_response",), "closed": ("needs_response", "lost")}[known]
    for earlier in told:
        disputes.settle(Order.objects.get(), payment, dispute(earlier), at=MONDAY)

    for _ in range(2):
        disputes.settle(Order.objects.get(), payment, dispute(status), at=MONDAY)

    on_the_list = Todo.objects.filter(kind="dispute", closed_at=None).exists()
    assert on_the_list == (DISPUTES[known][status] in ("put on the list", "kept on the list"))
    assert Dispute.objects.get().status == status


def dispute(status: str) -> SeenDispute:
    return SeenDispute("dp_1", "pi_1", 1000, "EUR", "fraudulent", status, MONDAY)


@pytest.mark.django_db
@pytest.mark.parametrize(("before", "news"), list(product(SHIPMENT, RANK)))
def test_each_piece_of_a_carriers_news_has_its_result_in_every_state(before, news):
    row = fulfillment(kind="shipment", status=before, carrier="veloz", tracking_number="MX1")

    for _ in range(2):
        with contextlib.suppress(shipments.UnknownParcel):
            shipments.carrier_event("MX1", news, occurred_at=MONDAY, by=SYSTEM, at=MONDAY)

    result = outside.carried(before, news)
    row.refresh_from_db()
    assert row.status == (before if result in ("refuse", "note") else result)
    assert Entry.objects.filter(type=f"fulfillment.{news}").count() == (result != "refuse")


def test_every_table_has_a_result_in_every_cell_and_stands_in_the_readme():
    for table in outside.TABLES:
        assert all(set(row) == set(table.told) for row in table.rows.values())
        assert all(cell for row in table.rows.values() for cell in row.values())
    call_command("lifecycles", check=True)
