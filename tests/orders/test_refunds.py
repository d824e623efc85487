"""Money goes back once, the way it came, and never more than we have."""

import pytest
from django.db import IntegrityError

from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from orders import refunds
from orders.models import Order, Payment, Refund, Todo
from orders.refunds import RefundTooLarge
from tests.factories import MONDAY, order
from tests.races import at_once

CLERK = Actor("staff", "1")
STAMP = {"by": CLERK, "channel": "store", "at": MONDAY}
ROUNDS = 3


def paid(total: int = 1000, *, tender: str = "cash") -> Payment:
    row = order(total=total)
    return Payment.objects.create(
        order=row, tender=tender, amount=total, currency="EUR", status="captured", captured_at=MONDAY
    )


@pytest.mark.django_db
def test_cash_goes_back_at_once_in_parts():
    payment = paid()

    refunds.give_back(payment, amount=300, reason="goodwill", **STAMP)
    assert Order.objects.get().payment_status == "partly_refunded"
    refunds.give_back(payment, amount=700, reason="returned", **STAMP)

    payment.refresh_from_db()
    assert (payment.refunded, Order.objects.get().payment_status) == (1000, "refunded")
    assert list(Entry.objects.order_by("pk").values_list("type", "data__amount")) == [
        ("payment.refunded", 300),
        ("payment.refunded", 700),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("amount", [0, -1, 1001, 2**32, 2**62])
def test_nothing_and_too_much_are_refused_with_what_is_left(amount):
    payment = paid()

    with pytest.raises(RefundTooLarge) as refusal:
        refunds.give_back(payment, amount=amount, reason="goodwill", **STAMP)

    assert refusal.value.facts == {"available": 1000}
    assert Refund.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["pending", "authorized", "failed", "canceled"])
def test_only_money_that_we_have_goes_back(status):
    payment = paid()
    Payment.objects.update(status=status)

    with pytest.raises(RefundTooLarge):
        refunds.give_back(payment, amount=1, reason="goodwill", **STAMP)


@pytest.mark.django_db
def test_the_database_itself_refuses_to_give_back_more_than_there_is():
    paid()

    with pytest.raises(IntegrityError):
        Payment.objects.update(refunded=1001)


@pytest.mark.django_db
def test_a_refund_that_failed_counts_no_longer_and_stands_on_the_list():
    payment = paid(tender="stripe")
    refund = refunds.give_back(payment, amount=400, reason="goodwill", **STAMP)

    for _ in range(2):
        refunds.fail(Order.objects.get(), refund, reference="re_1", cause="lost card", at=MONDAY)

    payment.refresh_from_db()
    assert (payment.refunded, Order.objects.get().payment_status) == (0, "captured")
    assert Todo.objects.values_list("kind", "subject").get() == ("refund_failed", refund.public_id)


@pytest.mark.django_db(transaction=True)
def test_of_32_refunds_of_60_percent_at_the_same_moment_one_wins():
    for _ in range(ROUNDS):
        payment = paid(tender="stripe")

        outcomes = at_once(32, lambda _, one=payment: refunds.give_back(one, amount=600, reason="goodwill", **STAMP))

        assert sum(isinstance(outcome, Refund) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, RefundTooLarge) for outcome in outcomes) == 31
        assert Payment.objects.get(pk=payment.pk).refunded == 600


@pytest.mark.django_db(transaction=True)
def test_without_lock_and_guard_several_would_win(monkeypatch):
    """The positive control: the race is real, and what stops it is the lock with the guarded UPDATE."""

    def read_then_write(payment: Payment) -> bool:
        seen = Payment.objects.get(pk=payment.pk)
        if seen.refunded + 600 > seen.amount:
            return False
        Refund.objects.create(payment=payment, amount=600, reason="goodwill", created_at=MONDAY)
        Payment.objects.filter(pk=payment.pk).update(refunded=seen.refunded + 600)
        return True

    for _ in range(10):
        payment = paid()
        outcomes = at_once(16, lambda _, payment=payment: read_then_write(payment))
        if outcomes.count(True) > 1:
            return
    pytest.fail("the race never happened, so the test above proves nothing")
