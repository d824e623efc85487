"""However it is paid: at once, with a gift card and something else, by a link, by transfer, in parts."""

from datetime import timedelta

import pytest

from commerce.carts import edits
from commerce.timeline.actors import VISITOR, Actor
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from inventory.models import Stock
from orders import buying, cancel, payments, refunds
from orders.buying import Means, TenderNotYours, for_shopper
from orders.checkout import TenderMissing
from orders.credits import ledger
from orders.credits.ledger import NotEnoughCredit, UnknownGiftCard
from orders.credits.models import Credit, CreditMovement
from orders.drafting import Terms
from orders.models import Order, Payment, Todo
from orders.payments import TooMuch
from orders.receivables import agreements
from orders.receivables.agreements import WrongParts
from orders.receivables.models import Agreement
from tests.factories import MONDAY, location, person, sales_channel, stock, variant
from tests.factories import order as an_order
from tests.races import at_once

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "1")
STAMP = {"by": CLERK, "channel": "call_center", "at": MONDAY}
DAY = timedelta(days=1)


@pytest.fixture
def store():
    return location("centro")


@pytest.fixture
def mug(store):
    made = variant(sku="TAZA", price=1250)
    stock(made, store, on_hand=5)
    return made


def buy(mug, store, **means) -> Order:
    web = sales_channel("web", locations=(store,))
    cart = edits.open_cart(sales_channel=web, lines=[(mug, 2)], by=VISITOR, at=MONDAY)
    terms = Terms(expected_total=2500, pickup_at=store, email="eva@example.com")
    return buying.buy(cart, terms=terms, means=Means(**means), **STAMP)


def gift_card(amount: int, **fields) -> tuple[Credit, str]:
    return ledger.issue_gift_card(amount=amount, currency="EUR", by=CLERK, at=MONDAY, **fields)


def told(*types: str) -> list[str]:
    return list(Entry.objects.filter(type__in=types).order_by("pk").values_list("type", flat=True))


def test_a_gift_card_pays_first_and_cash_the_rest(mug, store):
    card, code = gift_card(1000)

    order = buy(mug, store, gift_card=code.lower(), tender="cash")

    assert (order.status, order.payment_status) == ("placed", "captured")
    assert list(Payment.objects.order_by("pk").values_list("tender", "amount")) == [("credit", 1000), ("cash", 1500)]
    card.refresh_from_db()
    assert card.balance == 0
    assert list(CreditMovement.objects.order_by("pk").values_list("kind", "amount")) == [
        ("issued", 1000),
        ("spent", -1000),
    ]


def test_a_gift_card_that_is_enough_needs_no_tender_and_keeps_the_rest(mug, store):
    card, code = gift_card(4000)

    order = buy(mug, store, gift_card=code)

    card.refresh_from_db()
    assert (order.status, order.payment_status, card.balance) == ("placed", "captured", 1500)


def test_a_gift_card_that_is_not_enough_needs_a_tender_and_nothing_is_taken_without(mug, store):
    card, code = gift_card(1000)

    with pytest.raises(TenderMissing):
        buy(mug, store, gift_card=code)

    card.refresh_from_db()
    assert (card.balance, Order.objects.count()) == (1000, 0)
    assert Stock.objects.get().held == 0


@pytest.mark.parametrize("code", ["", "NOBODYKNOWSTHIS", "0" * 40])
def test_a_code_that_nobody_issued_pays_nothing(code):
    with pytest.raises(UnknownGiftCard):
        ledger.find_gift_card(code, at=MONDAY)


def test_a_gift_card_that_has_ended_pays_nothing():
    _, code = gift_card(1000, ends_at=MONDAY)

    with pytest.raises(UnknownGiftCard):
        ledger.find_gift_card(code, at=MONDAY)


def test_each_part_goes_back_the_way_it_came(mug, store):
    card, code = gift_card(1000)
    order = buy(mug, store, gift_card=code, tender="cash")

    cancel.cancel(order, **STAMP)

    card.refresh_from_db()
    assert (card.balance, Order.objects.get().payment_status) == (1000, "refunded")
    assert CreditMovement.objects.filter(kind="given_back").count() == 1


def test_store_credit_is_granted_once_for_each_reason():
    eva = person("Eva")

    for _ in range(2):
        credit = ledger.grant(eva, amount=500, currency="EUR", key="goodwill-1", by=CLERK, at=MONDAY)
    ledger.grant(eva, amount=300, currency="EUR", key="goodwill-2", by=CLERK, at=MONDAY)

    credit.refresh_from_db()
    assert credit.balance == 800


@pytest.mark.django_db(transaction=True)
def test_of_32_who_spend_the_last_of_a_gift_card_one_wins():
    card, _ = gift_card(1000)
    orders = [
        Payment.objects.create(order=an_order(), tender="credit", amount=600, currency="EUR", status="captured")
        for _ in range(32)
    ]

    outcomes = at_once(32, lambda i: ledger.spend(card, payment=orders[i], by=CLERK, at=MONDAY))

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, NotEnoughCredit) for outcome in outcomes) == 31
    card.refresh_from_db()
    assert card.balance == 400 == sum(CreditMovement.objects.values_list("amount", flat=True))


def test_a_transfer_is_expected_and_the_order_stands_meanwhile(mug, store):
    order = buy(mug, store, tender="bank_transfer")

    assert (order.status, Order.objects.get().payment_status) == ("placed", "due")
    assert Agreement.objects.values_list("kind", "status").get() == ("bank_transfer", "open")
    assert Stock.objects.get().allocated == 2

    payments.take_manual(order, tender="bank_transfer", **STAMP)

    assert Order.objects.get().payment_status == "captured"
    assert Agreement.objects.get().status == "kept"
    assert list(Payment.objects.order_by("pk").values_list("amount", "status")) == [
        (2500, "canceled"),
        (2500, "captured"),
    ]


def test_a_part_of_a_transfer_leaves_the_rest_expected(mug, store):
    order = buy(mug, store, tender="bank_transfer")

    payments.take_manual(order, tender="bank_transfer", amount=1000, **STAMP)

    assert Order.objects.get().payment_status == "due"
    assert list(Payment.objects.order_by("pk").values_list("amount", "status")) == [
        (1500, "pending"),
        (1000, "captured"),
    ]
    with pytest.raises(TooMuch):
        payments.take_manual(order, tender="bank_transfer", amount=1501, **STAMP)


def test_a_day_that_goes_by_unpaid_breaks_the_agreement_after_one_reminder(mug, store):
    order = buy(mug, store, tender="bank_transfer")

    run_due(at=MONDAY + 4 * DAY)
    run_due(at=MONDAY + 5 * DAY)
    run_due(at=MONDAY + 6 * DAY)

    assert told("agreement.made", "payment.due_soon", "agreement.broken", "agreement.kept") == [
        "agreement.made",
        "payment.due_soon",
        "agreement.broken",
    ]
    todo = Todo.objects.get()
    assert (todo.kind, todo.order) == ("agreement_broken", order)

    payments.take_manual(order, tender="bank_transfer", by=CLERK, channel="store", at=MONDAY + 7 * DAY)
    assert Order.objects.get().payment_status == "captured"


def test_three_parts_are_counted_in_their_order_and_kept(mug, store):
    order = buy(mug, store, tender="bank_transfer")
    parts = [(900, MONDAY + 10 * DAY), (800, MONDAY + 40 * DAY), (800, MONDAY + 70 * DAY)]
    agreement = agreements.agree(order, kind="installments", parts=parts, **STAMP)

    for day, amount in ((9, 900), (39, 800), (69, 800)):
        run_due(at=MONDAY + day * DAY)
        payments.take_manual(
            order, tender="bank_transfer", amount=amount, by=CLERK, channel="store", at=MONDAY + day * DAY
        )
    run_due(at=MONDAY + 100 * DAY)

    agreement.refresh_from_db()
    assert (agreement.status, Order.objects.get().payment_status) == ("kept", "captured")
    assert list(agreement.installments.values_list("paid_at", flat=True)) == [MONDAY + d * DAY for d in (9, 39, 69)]
    assert told("agreement.broken") == []
    assert told("payment.due_soon") == ["payment.due_soon"] * 3


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [(2499, MONDAY + DAY)],
        [(2501, MONDAY + DAY)],
        [(2500, MONDAY)],
        [(1250, MONDAY + 2 * DAY), (1250, MONDAY + DAY)],
        [(1250, MONDAY + DAY), (1250, MONDAY + DAY)],
        [(2600, MONDAY + DAY), (-100, MONDAY + 2 * DAY)],
    ],
)
def test_parts_that_are_not_what_is_owed_are_refused(mug, store, parts):
    order = buy(mug, store, tender="bank_transfer")

    with pytest.raises(WrongParts):
        agreements.agree(order, kind="installments", parts=parts, **STAMP)


def test_canceling_what_is_not_paid_gives_the_goods_back_and_ends_the_agreement(mug, store):
    order = buy(mug, store, tender="bank_transfer")

    cancel.cancel(order, **STAMP)
    run_due(at=MONDAY + 30 * DAY)

    assert (Order.objects.get().status, Agreement.objects.get().status) == ("canceled", "ended")
    assert Stock.objects.get().allocated == 0
    assert told("agreement.broken") == []


def test_a_shopper_says_herself_that_she_paid_only_where_that_is_allowed(settings):
    settings.SHOPPERS_MAY_DECLARE_PAID = False

    for tender in ("manual", "cash", "card_terminal"):
        with pytest.raises(TenderNotYours):
            for_shopper(Means(tender))
    assert for_shopper(Means("stripe")).tender == "stripe"


def test_links_are_sent_by_staff_alone(settings):
    settings.SHOPPERS_MAY_DECLARE_PAID = True

    with pytest.raises(TenderNotYours):
        for_shopper(Means("payment_link"))


def test_a_refund_to_a_gift_card_in_two_parts_is_counted_twice(mug, store):
    card, code = gift_card(2500)
    buy(mug, store, gift_card=code)
    payment = Payment.objects.get()

    refunds.give_back(payment, amount=1000, reason="returned", **STAMP)
    refunds.give_back(payment, amount=1500, reason="returned", **STAMP)

    card.refresh_from_db()
    assert card.balance == 2500
