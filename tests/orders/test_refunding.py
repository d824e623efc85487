"""Refunds by staff: over the API and the page, within limits, with a second person above, the way each part came."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce.approvals.models import Approval
from commerce.timeline.actors import Actor
from orders import payments, refunding, refunds
from orders.credits import ledger
from orders.models import Order, Payment, Refund
from orders.refunding import NothingToRefund
from orders.refunds import RefundTooLarge
from tests.factories import MONDAY, order, staff
from tests.orders.calling import log_in, post

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "1")
DAY = timedelta(days=1)
STAMP = {"by": CLERK, "channel": "call_center", "at": MONDAY}


def paid(*parts: tuple[str, int]) -> Order:
    row = order(total=sum(amount for _, amount in parts))
    for tender, amount in parts:
        made = Payment.objects.create(
            order=row, tender=tender, amount=amount, currency="EUR", status="captured", captured_at=MONDAY
        )
        if tender == "credit":
            card, _ = ledger.issue_gift_card(amount=amount, currency="EUR", by=CLERK, at=MONDAY)
            ledger.spend(card, payment=made, by=CLERK, at=MONDAY)
    return row


def door(of: Order) -> str:
    return f"/api/v1/orders/{of.public_id}/refunds/"


@pytest.fixture
def agent() -> Client:
    return log_in(staff("agent"))


@pytest.fixture
def boss() -> Client:
    return log_in(staff("back_office"))


def test_a_small_refund_goes_back_at_once(agent):
    of = paid(("cash", 3000))

    answer = post(agent, door(of), {"amount": 1200, "reason": "goodwill"})

    assert answer.status_code == 201
    assert [(r["tender"], r["amount"], r["status"]) for r in answer.json()["refunds"]] == [("cash", 1200, "succeeded")]
    seen = agent.get(door(of)).json()
    assert (seen["refundable"], len(seen["refunds"])) == (1800, 1)


def test_each_part_goes_back_the_way_it_came_the_last_first(agent):
    of = paid(("credit", 1000), ("cash", 500), ("stripe", 2000))

    answer = post(agent, door(of), {"amount": 3000, "reason": "returned"})

    parts = [(r["tender"], r["amount"], r["status"]) for r in answer.json()["refunds"]]
    assert parts == [("stripe", 2000, "pending"), ("cash", 500, "succeeded"), ("credit", 500, "succeeded")]


def test_more_than_a_role_may_give_alone_waits_for_a_second_person(agent, boss):
    of = paid(("cash", 30_000))

    answer = post(agent, door(of), {"amount": 20_000, "reason": "goodwill"})
    approval = answer.json()["approval"]
    own = post(agent, f"/api/v1/approvals/{approval['id']}/", {"granted": True})
    before = Refund.objects.count()
    granted = post(boss, f"/api/v1/approvals/{approval['id']}/", {"granted": True})

    assert (answer.status_code, approval["status"]) == (202, "open")
    assert (own.status_code, own.json()["code"]) == (403, "not_a_second_person")
    assert before == 0
    assert (granted.status_code, granted.json()["status"]) == (200, "granted")
    assert Refund.objects.values_list("amount", "status").get() == (20_000, "succeeded")


def test_many_small_refunds_of_one_order_are_no_way_around_the_limit(agent):
    of = paid(("cash", 30_000))

    codes = [post(agent, door(of), {"amount": 2500, "reason": "goodwill"}).status_code for _ in range(3)]

    assert codes == [201, 201, 202]


def test_what_was_given_back_meanwhile_is_not_given_again_by_a_late_yes(agent, boss):
    of = paid(("cash", 10_000))
    waiting = post(agent, door(of), {"amount": 8_000, "reason": "goodwill"}).json()["approval"]["id"]
    post(boss, door(of), {"amount": 9_000, "reason": "returned"})

    late = post(boss, f"/api/v1/approvals/{waiting}/", {"granted": True})

    assert (late.status_code, late.json()["code"]) == (409, "refund_too_large")
    assert (Approval.objects.get().status, Refund.objects.count()) == ("open", 1)


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 0, "reason": "goodwill"},
        {"amount": -1, "reason": "goodwill"},
        {"amount": 1.5, "reason": "goodwill"},
        {"amount": "100", "reason": "goodwill"},
        {"amount": 2**63, "reason": "goodwill"},
        {"amount": 100, "reason": "surplus"},
        {"amount": 100},
        {"amount": 100, "reason": "goodwill", "tender": "cash"},
    ],
)
def test_what_is_no_refund_is_refused_by_field(agent, body):
    assert post(agent, door(paid(("cash", 1000))), body).status_code == 400
    assert Refund.objects.count() == 0


def test_more_than_is_with_us_is_refused_with_what_is():
    with pytest.raises(RefundTooLarge) as refusal:
        refunding.refund(paid(("cash", 1000)), amount=1001, reason="goodwill", role="back_office", **STAMP)
    assert refusal.value.facts == {"available": 1000}

    with pytest.raises(NothingToRefund):
        refunding.refund(order(), amount=1, reason="goodwill", role="back_office", **STAMP)


def test_the_page_shows_what_was_paid_gives_back_and_says_what_waits(agent, boss):
    of = paid(("cash", 30_000))
    page = f"/o/{of.public_id}/refund/"

    small = agent.post(page, {"amount": "12,50", "reason": "goodwill"}, follow=True).content.decode()
    large = agent.post(page, {"amount": "200", "reason": "goodwill"}, follow=True).content.decode()
    wrong = agent.post(page, {"amount": "12,505", "reason": "goodwill"})
    waiting = boss.get("/approvals/").content.decode()

    assert "12,50" in small
    assert "segunda persona" in large
    assert (wrong.status_code, Refund.objects.count()) == (422, 1)
    assert "200,00" in waiting
    boss.post(f"/approvals/{Approval.objects.get().public_id}/", {"granted": "1"})
    assert Order.objects.get().payments.get().refunded == 21_250


def test_what_goes_back_to_a_gift_card_that_has_ended_can_be_spent():
    card, code = ledger.issue_gift_card(amount=5000, currency="EUR", by=CLERK, at=MONDAY, ends_at=MONDAY + DAY)
    row = order(total=1250, payment_status="due")
    payment = payments.spend_credit(row, card, **STAMP)

    refunds.give_back(payment, amount=1250, reason="goodwill", **(STAMP | {"at": MONDAY + 2 * DAY}))

    found = ledger.find_gift_card(code, at=MONDAY + 90 * DAY)
    assert found.balance == 5000
