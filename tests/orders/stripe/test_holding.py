"""Money that a bank keeps for us: captured when the goods leave, or in time, or let go; and what banks ask back."""

from datetime import timedelta

import pytest

from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Entry, Task
from commerce.timeline.tasks import run_due
from orders import cancel, payments, refunds
from orders.cases.models import Case
from orders.cases.opening import open_case
from orders.models import Fulfillment, Order, Payment, Refund, Todo
from orders.pickups import collect, mark_ready
from orders.statement import dues_of
from orders.stripe.asking import StripeNotConnected
from orders.stripe.hooks import LOOK_AT_DISPUTE, LOOK_AT_REFUND, plan
from orders.stripe.looking import look_soon
from orders.stripe.models import Dispute
from orders.stripe.patience import GRACE
from tests.factories import MONDAY, order, staff
from tests.orders.calling import log_in, post
from tests.peers.stripe import payments as peers_payments
from tests.peers.stripe import refunds as peers_refunds

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "1")
STAMP = {"by": CLERK, "channel": "store", "at": MONDAY}
DAY = timedelta(days=1)


@pytest.fixture
def kept(shop, settings) -> Payment:
    """An order whose money the bank keeps."""
    settings.CAPTURE_AT_HANDOVER = ["web"]
    payment = shop.asked()
    shop.press_pay(payment)
    look_soon(payment, at=MONDAY)
    shop.work()
    return Payment.objects.select_related("order", "stripe").get()


@pytest.fixture
def paid(shop) -> Payment:
    """An order whose money we have."""
    payment = shop.asked()
    shop.press_pay(payment)
    look_soon(payment, at=MONDAY)
    shop.work()
    return Payment.objects.select_related("order", "stripe").get()


def standing() -> tuple[str, str, str]:
    order = Order.objects.get()
    return order.status, order.payment_status, Payment.objects.get().status


def test_an_order_is_placed_on_money_that_is_kept(kept):
    assert standing() == ("placed", "authorized", "authorized")
    assert kept.stripe.capture_before is not None


def test_the_money_is_taken_when_the_goods_leave(kept, shop, peer):
    part = Fulfillment.objects.get()
    Fulfillment.objects.update(status="picking")
    part.refresh_from_db()
    mark_ready(part, **STAMP)
    part.refresh_from_db()
    collect(part, code=part.pickup_code, **STAMP)
    shop.work()

    assert standing() == ("completed", "captured", "captured")
    assert [key for method, path, key in peer.requests if path.endswith("/capture")] == [f"capture-{kept.public_id}"]


def test_the_money_is_taken_a_day_before_the_bank_would_let_it_go(kept, shop, clock):
    shop.work(clock(5 * DAY))
    assert standing()[2] == "authorized"

    shop.work(clock(6 * DAY + timedelta(hours=1)))

    assert standing() == ("placed", "captured", "captured")


def test_money_that_the_bank_let_go_is_owed_again_and_stands_on_the_list(kept, peer, shop):
    peer.control("clock", ahead=20 * 24 * 3600)
    look_soon(kept, at=MONDAY)
    shop.work()

    assert standing() == ("placed", "failed", "canceled")
    [owed] = dues_of(Order.objects.get(), at=MONDAY)
    assert (owed.amount, owed.is_overdue) == (2500, True)
    assert Todo.objects.values_list("kind", "subject").get() == ("capture_failed", kept.public_id)

    payments.take_manual(kept.order, tender="cash", **STAMP)

    assert Todo.objects.get().closed_at == MONDAY


def test_canceling_lets_the_money_go(kept, shop, peer):
    cancel.cancel(kept.order, **STAMP)
    shop.work()

    assert standing() == ("canceled", "failed", "canceled")
    assert [intent["status"] for intent in peer.store.all("payment_intent")] == ["canceled"]
    assert not Todo.objects.exists()


def test_canceling_a_paid_order_gives_the_money_back_at_stripe(paid, shop, peer):
    cancel.cancel(paid.order, **STAMP)
    shop.work()

    assert standing() == ("canceled", "refunded", "captured")
    assert [refund["amount"] for refund in peer.store.all("refund")] == [2500]


@pytest.mark.parametrize("fault", ["lose_answer", "error_after", "error"])
def test_an_unclear_refund_is_looked_up_and_not_given_twice(paid, shop, peer, fault):
    from_here = len(peer.store.all("refund"))
    refunds.give_back(paid, amount=700, reason="goodwill", **STAMP)
    peer.control("faults", kind=fault, path="/v1/refunds", times=2)
    for _ in range(3):
        again()

    assert len(peer.store.all("refund")) - from_here == 1
    assert Refund.objects.values_list("amount", "status").get() == (700, "succeeded")


def again() -> None:
    """The worker tries again; the pause before it is skipped."""
    Task.objects.update(retry_at=None)
    run_due(at=MONDAY)


def test_a_refund_that_the_bank_sends_back_is_ours_again_and_stands_on_the_list(paid, shop, peer):
    refunds.give_back(paid, amount=700, reason="goodwill", **STAMP)
    shop.work()
    peer.control(f"refunds/{peer.store.all('refund')[0]['id']}/fail")

    plan(LOOK_AT_REFUND, paid.reference, {"intent": paid.reference}, at=MONDAY)
    shop.work()

    paid.refresh_from_db()
    assert (paid.refunded, Order.objects.get().payment_status) == (0, "captured")
    assert Todo.objects.get().kind == "refund_failed"

    peer.store.all("refund")[0]["status"] = "succeeded"
    plan(LOOK_AT_REFUND, paid.reference, {"intent": paid.reference}, at=MONDAY)
    shop.work()

    assert (Refund.objects.get().status, Todo.objects.get().closed_at) == ("succeeded", MONDAY)


def test_a_dispute_stands_on_the_list_with_its_day_until_it_is_decided(paid, shop, peer):
    made = peer.control("disputes", payment_intent=paid.reference)
    for _ in range(2):
        plan(LOOK_AT_DISPUTE, made["id"], {"dispute": made["id"]}, at=MONDAY)
        shop.work()

    todo = Todo.objects.get()
    assert (todo.kind, todo.subject, todo.order, todo.closed_at) == ("dispute", made["id"], paid.order, None)
    assert todo.due_at == Dispute.objects.get().due_by > MONDAY

    case = Case.objects.get()
    assert (case.kind, case.order, case.person, case.status) == ("billing", paid.order, paid.order.person, "open")
    assert MONDAY < case.resolve_due < todo.due_at

    peer.control(f"disputes/{made['id']}/decide", won=True)
    plan(LOOK_AT_DISPUTE, made["id"], {"dispute": made["id"]}, at=MONDAY)
    shop.work()

    assert Todo.objects.get().closed_at == MONDAY
    types = Entry.objects.filter(type__startswith="dispute.").order_by("pk").values_list("type", flat=True)
    assert list(types) == ["dispute.opened", "dispute.closed"]
    assert Case.objects.values_list("status", "outcome").get() == ("closed", "declined")


def test_a_dispute_that_was_decided_before_we_heard_of_it_opens_no_case(paid, shop, peer):
    made = peer.control("disputes", payment_intent=paid.reference)
    peer.control(f"disputes/{made['id']}/decide", won=False)
    plan(LOOK_AT_DISPUTE, made["id"], {"dispute": made["id"]}, at=MONDAY)
    shop.work()

    assert Dispute.objects.get().status == "lost"
    assert not Case.objects.exists()


def test_a_case_that_she_told_us_herself_is_not_opened_again_and_stays_after_the_dispute(paid, shop, peer):
    hers = open_case("billing", person=paid.order.person, order=paid.order, **STAMP)
    made = peer.control("disputes", payment_intent=paid.reference)
    for won in (None, True):
        if won:
            peer.control(f"disputes/{made['id']}/decide", won=won)
        plan(LOOK_AT_DISPUTE, made["id"], {"dispute": made["id"]}, at=MONDAY)
        shop.work()

    assert list(Case.objects.values_list("pk", "status")) == [(hers.pk, "open")]


def test_a_case_about_something_else_that_we_noticed_ourselves_stays_after_the_dispute(paid, shop, peer):
    drift = open_case("billing", person=paid.order.person, order=paid.order, by=SYSTEM, channel="system", at=MONDAY)
    made = peer.control("disputes", payment_intent=paid.reference)
    for won in (None, True):
        if won:
            peer.control(f"disputes/{made['id']}/decide", won=won)
        plan(LOOK_AT_DISPUTE, made["id"], {"dispute": made["id"]}, at=MONDAY)
        shop.work()

    assert Dispute.objects.get().closed_at == MONDAY
    assert list(Case.objects.values_list("pk", "status")) == [(drift.pk, "open")]


def test_a_refund_of_disputed_money_fails_and_stands_on_the_list(paid, shop, peer):
    peer.control("disputes", payment_intent=paid.reference)

    refunds.give_back(paid, amount=700, reason="goodwill", by=SYSTEM, channel="web", at=MONDAY)
    shop.work()

    assert Refund.objects.get().status == "failed"
    assert Payment.objects.get().refunded == 0
    assert Todo.objects.filter(kind="refund_failed").count() == 1


@pytest.mark.parametrize(("won", "left"), [(None, 0), (False, 0), (True, 2500)])
def test_staff_give_nothing_back_that_a_bank_took_or_has_while_it_decides(paid, shop, peer, won, left):
    made = peer.control("disputes", payment_intent=paid.reference)
    if won is not None:
        peer.control(f"disputes/{made['id']}/decide", won=won)
    plan(LOOK_AT_DISPUTE, made["id"], {"dispute": made["id"]}, at=MONDAY)
    shop.work()
    agent, door = log_in(staff("agent")), f"/api/v1/orders/{paid.order.public_id}/refunds/"

    answer = post(agent, door, {"amount": 700, "reason": "goodwill"})

    assert answer.status_code == (201 if left else 409)
    assert left or answer.json()["code"] == "nothing_to_refund"
    assert agent.get(door).json()["refundable"] == max(left - 700, 0)


def test_what_another_tender_paid_goes_back_though_a_bank_took_the_rest(paid, shop, peer):
    cash = Payment.objects.create(
        order=paid.order, tender="cash", amount=1000, currency="EUR", status="captured", captured_at=MONDAY
    )
    made = peer.control("disputes", payment_intent=paid.reference)
    plan(LOOK_AT_DISPUTE, made["id"], {"dispute": made["id"]}, at=MONDAY)
    shop.work()
    agent, door = log_in(staff("agent")), f"/api/v1/orders/{paid.order.public_id}/refunds/"

    too_much = post(agent, door, {"amount": 1001, "reason": "goodwill"})
    fine = post(agent, door, {"amount": 1000, "reason": "goodwill"})

    assert (too_much.status_code, too_much.json()["code"]) == (409, "refund_too_large")
    assert fine.status_code == 201
    assert Refund.objects.get().payment == cash


def test_what_stripe_calls_a_refund_of_money_that_was_let_go_is_none(kept, shop, peer):
    cancel.cancel(kept.order, **STAMP)
    shop.work()
    let_go_as_a_refund(peer, kept)

    plan(LOOK_AT_REFUND, kept.reference, {"intent": kept.reference}, at=MONDAY)
    shop.work()

    assert standing() == ("canceled", "failed", "canceled")
    assert not Refund.objects.exists()
    assert not Todo.objects.exists()


def test_a_refund_that_is_told_before_its_payment_is_seen_comes_after_it(shop, peer, kept, clock):
    peers_payments.capture(peer.store, peer.store.get("payment_intent", kept.reference), {})
    peers_refunds.create(peer.store, {"payment_intent": kept.reference, "amount": "700"})

    plan(LOOK_AT_REFUND, kept.reference, {"intent": kept.reference}, at=MONDAY)
    shop.work()
    shop.work(clock(GRACE))

    assert standing() == ("placed", "partly_refunded", "captured")
    assert Refund.objects.values_list("amount", "reason", "status").get() == (700, "outside", "succeeded")


def let_go_as_a_refund(peer, payment: Payment) -> None:
    """Stripe may show money that it let go as a refund of the whole."""
    [charge] = peer.store.all("charge")
    facts = {"amount": 2500, "charge": charge["id"], "payment_intent": payment.reference, "currency": "eur"}
    peer.store.new("re", "refund", reason=None, metadata={}, status="succeeded", **facts)


@pytest.mark.parametrize("currency", ["ISK", "UGX", "RSD"])
def test_a_currency_that_stripe_counts_otherwise_is_not_sent_there(shop, currency):
    of = order(currency=currency, payment_status="due", total=500)

    with pytest.raises(StripeNotConnected, match=currency):
        shop.asked(of)

    assert not Payment.objects.exists()
