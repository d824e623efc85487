"""What is owed of an order: what it costs now less what we have. Nothing that was given back is asked for again."""

from datetime import timedelta

import pytest

from commerce import clock
from commerce.timeline.actors import Actor
from commerce.timeline.tasks import run_due
from orders import abandoning, buying, cancel, checkout, payments, refunds
from orders.buying import Means
from orders.credits import ledger
from orders.drafting import Terms
from orders.models import Order, Payment, Todo
from orders.receivables import agreements
from orders.receivables.models import Agreement
from orders.standing import balance_of
from orders.statement import statement
from tests.audits import violations
from tests.factories import MONDAY
from tests.orders.calling import log_in, post

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "1")
STAMP = {"by": CLERK, "channel": "call_center", "at": MONDAY}
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def now():
    clock.move(MONDAY - clock.now())


@pytest.fixture
def owed(shop, lucia) -> Order:
    """Two mugs for 25 euros that a transfer is waited for."""
    terms = Terms(expected_total=2500, pickup_at=shop.store)
    return buying.buy(shop.cart(2, person=lucia), terms=terms, means=Means("bank_transfer"), **STAMP)


def in_three(order: Order) -> Agreement:
    return agreements.agree(order, kind="installments", parts=agreements.in_three(order, at=MONDAY), **STAMP)


def pay(order: Order, amount: int) -> Payment:
    return payments.take_manual(order, tender="cash", amount=amount, **STAMP)


def test_goodwill_in_the_middle_of_an_agreement_is_a_gift_and_the_agreement_is_kept(owed, lucia):
    agreed = in_three(owed)
    refunds.give_back(pay(owed, 834), amount=200, reason="goodwill", **STAMP)

    between = [(due.amount, due.is_overdue) for due in statement(lucia, at=MONDAY)]
    page = log_in(lucia.user).get(f"/o/{owed.public_id}/").context["owed"]
    for _ in range(2):
        pay(owed, 833)
    for days in (29, 30, 31, 59, 60, 61):
        run_due(at=MONDAY + days * DAY)

    agreed.refresh_from_db()
    assert (between, page) == ([(833, False), (833, False)], 1666)
    assert (agreed.status, statement(lucia, at=MONDAY)) == ("kept", [])
    assert not Todo.objects.filter(closed_at=None, kind="agreement_broken").exists()
    assert violations("orders.money_audit.RULES") == []


def test_the_statement_names_what_is_owed_of_an_order_of_which_something_was_given_back(owed, lucia):
    first = pay(owed, 1000)
    refunds.give_back(first, amount=1000, reason="goodwill", **STAMP)

    assert Order.objects.get().payment_status == "refunded"
    assert [due.amount for due in statement(lucia, at=MONDAY)] == [1500]


@pytest.mark.parametrize("reason", ["goodwill", "returned", "unserved", "outside"])
def test_what_was_given_back_is_not_asked_for_again(owed, lucia, settings, reason):
    settings.STRIPE_API_KEY = "sk_test"
    refunds.give_back(pay(owed, 2500), amount=1000, reason=reason, **STAMP)
    hers, door = log_in(lucia.user), f"/api/v1/orders/{owed.public_id}/payments/"

    answer = post(hers, door, {"tender": "stripe"})

    assert (answer.status_code, answer.json()["code"]) == (409, "already_paid")
    assert hers.get(f"/o/{owed.public_id}/").context["owed"] == 0
    assert statement(lucia, at=MONDAY) == []


def test_what_came_too_much_and_went_back_pays_nothing(owed):
    first, _second = pay(owed, 1000), pay(owed, 500)
    refunds.give_back(first, amount=400, reason="surplus", **STAMP)

    assert balance_of(owed).left == 1400


def test_a_checkout_that_is_taken_up_again_is_owed_whole_after_what_was_paid_went_back(shop):
    card, _code = ledger.issue_gift_card(amount=1000, currency="EUR", by=CLERK, at=MONDAY)
    terms = Terms(expected_total=2500, pickup_at=shop.store, email="eva@example.com")
    draft = checkout.prepare(shop.cart(2), terms=terms, **STAMP)
    payments.spend_credit(draft, card, **STAMP)
    abandoning.call_off(draft, **STAMP)

    abandoning.take_up_again(Order.objects.select_related("cart").get(), at=MONDAY)

    again = balance_of(Order.objects.get())
    assert (again.left, again.covered) == (2500, False)


def test_nobody_agrees_to_pay_for_what_was_canceled_or_is_not_ordered_yet(owed, shop, agent):
    cancel.cancel(owed, **STAMP)
    terms = Terms(expected_total=1250, pickup_at=shop.store, email="eva@example.com")
    draft = checkout.prepare(shop.cart(), terms=terms, **STAMP)

    for order in (owed, draft):
        wish = {"kind": "installments", "in_three": True}
        refused = post(agent, f"/api/v1/orders/{order.public_id}/agreements/", wish)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_payable")
    assert not Agreement.objects.filter(status="open").exists()
