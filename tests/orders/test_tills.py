"""What a till reports is written down once, whatever it says and however often it comes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from commerce.catalog.models import Variant
from commerce.timeline import record as recording
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry, Journey, Task
from commerce.wiring import Follow
from inventory.models import Movement, Stock
from orders.models import Order, OrderLine, Payment
from orders.returns.models import Return
from orders.till_facts import TillFact, TillLine
from orders.tills import record_sales
from tests.factories import MONDAY, location, sales_channel, stock, variant

pytestmark = pytest.mark.django_db

TILL = Actor("device", "caja-1")
LATER = MONDAY + timedelta(hours=2)
STATEMENTS = 19


def line(of: Variant | None, *, ordinal: int = 1, quantity: int = 1, total: int = 1000, discount: int = 0) -> TillLine:
    sku = of.sku if of else "POST"
    return TillLine(ordinal, of.pk if of else None, sku, sku, quantity, total, discount, total)


def fact(*lines: TillLine, key: str = "t:1", kind: str = "sale", **fields: object) -> TillFact:
    place = location()
    return TillFact(key=key, kind=kind, occurred_at=MONDAY, location=place.pk, lines=lines, **fields)


def report(*facts: TillFact, past: bool = False):
    return record_sales(facts, sales_channel=sales_channel("store"), by=TILL, at=LATER, past=past)


@pytest.fixture
def survey_follows(monkeypatch):
    recording.plan.cache_clear()
    monkeypatch.setitem(recording.FOLLOWS, "till.sold", (Follow("tests.survey", after=timedelta(days=1)),))
    yield
    recording.plan.cache_clear()


def test_a_sale_becomes_a_paid_order_with_its_taxes():
    mug = variant()

    report(fact(line(mug, quantity=2, total=1900, discount=100), line(None, ordinal=2, total=350)))

    order = Order.objects.get()
    assert (order.goods_total, order.discount_total, order.total, order.tax_total) == (2350, 100, 2250, 330 + 61)
    assert (order.status, order.payment_status, order.placed_at) == ("completed", "captured", MONDAY)
    assert order.number == str(int(order.number))
    assert list(Payment.objects.order_by("pk").values_list("order", "tender", "amount", "status")) == [
        (order.pk, "till", 2250, "captured")
    ]
    assert list(OrderLine.objects.values_list("variant", "quantity", "goods_total", "discount", "total", "tax")) == [
        (mug.pk, 2, 2000, 100, 1900, 330),
        (None, 1, 350, 0, 350, 61),
    ]


def test_a_sale_takes_its_goods_off_the_shelf_and_says_for_which_line():
    mug = variant()
    shelf = stock(mug, location(), on_hand=5)

    report(fact(line(mug, quantity=2)))

    shelf.refresh_from_db()
    assert shelf.on_hand == 3
    sold = Movement.objects.get(kind="sold")
    assert (sold.quantity, sold.key, sold.occurred_at, sold.recorded_at) == (-2, "t:1:1", MONDAY, LATER)
    assert sold.demand == OrderLine.objects.get().public_id


def test_a_sale_is_a_fact_also_where_the_books_say_nothing_was_left():
    mug = variant()

    report(fact(line(mug, quantity=2)))

    assert Stock.objects.get().on_hand == -2


def test_a_return_brings_goods_back_and_names_what_was_given_back():
    mug = variant()

    report(fact(line(mug, quantity=1, total=990), line(None, ordinal=2, total=200), kind="return"))

    returned = Return.objects.get()
    assert (returned.total, returned.lines.count()) == (1190, 2)
    assert list(Movement.objects.values_list("kind", "quantity")) == [("returned", 1)]
    assert not Order.objects.exists()


def test_an_adjustment_moves_stock_with_its_reason_and_opens_no_journey():
    mug = variant()

    report(fact(replace(line(mug, quantity=-3, total=0), title="water damage"), kind="adjustment"))

    assert list(Movement.objects.values_list("kind", "quantity", "reason")) == [("adjusted", -3, "water damage")]
    assert not Journey.objects.exists()


def test_the_timeline_has_both_clocks_and_ids_only():
    mug = variant()

    report(fact(line(mug), device="caja-1"))

    entry = Entry.objects.get()
    order = Order.objects.get()
    assert (entry.type, entry.number, entry.journey_id, entry.actor) == (
        "till.sold",
        1,
        order.journey_id,
        "device:caja-1",
    )
    assert (entry.occurred_at, entry.recorded_at, entry.channel) == (MONDAY, LATER, "store")
    assert entry.data == {
        "order": order.public_id,
        "number": order.number,
        "key": "t:1",
        "location": location().pk,
        "device": "caja-1",
        "lines": 1,
        "total": 1000,
        "currency": "EUR",
    }


def test_a_fact_that_comes_again_alone_or_among_others_happens_once():
    mug = variant()
    sale, back = fact(line(mug)), fact(line(mug), key="t:2", kind="return")
    lost = fact(line(mug, quantity=-1, total=0), key="t:3", kind="adjustment")

    first = report(sale, lost)
    second = report(back, lost, sale)
    third = report(sale, back, lost)

    assert [[f.key for f in taken.new] for taken in (first, second, third)] == [["t:1", "t:3"], ["t:2"], []]
    assert [f.key for f in third.known] == ["t:1", "t:2", "t:3"]
    assert (Order.objects.count(), Return.objects.count(), Movement.objects.count()) == (1, 1, 3)
    assert Stock.objects.get().on_hand == -1


def test_a_known_key_with_other_content_is_told_and_changes_nothing():
    mug = variant()
    report(fact(line(mug)))

    taken = report(fact(line(mug, total=2000)))

    assert [f.key for f in taken.different] == ["t:1"]
    assert Order.objects.get().total == 1000


def test_what_happens_now_is_followed_and_history_is_not(survey_follows):
    mug = variant()

    report(fact(line(mug)))
    report(fact(line(mug), key="t:2"), past=True)

    assert Entry.objects.filter(type="till.sold").count() == 2
    assert list(Task.objects.values_list("handler", "due_at")) == [("tests.survey", MONDAY + timedelta(days=1))]


def test_the_tax_is_that_of_the_day_and_of_the_kind_of_goods():
    mug = variant()
    book = variant()
    book.product.tax_category = "super_reduced"
    book.product.save()
    long_ago = replace(fact(line(mug), key="t:2"), occurred_at=datetime(2011, 1, 1, tzinfo=UTC))

    report(fact(line(mug), line(book, ordinal=2)), long_ago)

    assert list(OrderLine.objects.order_by("pk").values_list("tax_basis_points", flat=True)) == [2100, 0, 0]


def test_thirty_receipts_cost_no_more_statements_than_one(django_assert_num_queries):
    mug = variant()
    stock(mug, location(), on_hand=100)
    channel = sales_channel("store")
    one = [fact(line(mug))]
    thirty = [fact(line(mug), line(mug, ordinal=2), key=f"u:{n}") for n in range(30)]

    for facts in (one, thirty):
        with django_assert_num_queries(STATEMENTS):
            record_sales(facts, sales_channel=channel, by=TILL, at=LATER, past=True)
