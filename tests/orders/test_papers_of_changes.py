"""What an order's papers say together is what it is: after a change, after goods came back, to the cent of tax."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce.carts import edits
from commerce.pricing.models import TaxRate
from commerce.timeline.actors import VISITOR, Actor
from commerce.timeline.models import Task
from commerce.timeline.tasks import run_due
from orders import buying, cancel, refunds
from orders.buying import Means
from orders.changes import editing
from orders.documents import summary
from orders.documents.following import kinds_due
from orders.documents.models import Document
from orders.drafting import Terms
from orders.models import Fulfillment, Order, Payment, Refund
from orders.pickups import collect, mark_ready
from orders.returns import receiving, settling, starting
from orders.returns.starting import Back
from tests.factories import LONG_AGO, MONDAY, stock, variant
from tests.orders.calling import post

pytestmark = pytest.mark.django_db
STAMP = {"by": Actor("staff", "1"), "channel": "call_center", "at": MONDAY}
DAY = timedelta(days=1)


def work() -> None:
    run_due(at=MONDAY)
    assert list(Task.objects.exclude(last_error="").values_list("handler", "last_error")) == []


def papers() -> list[tuple[str, int]]:
    said = Document.objects.exclude(kind="confirmation").order_by("pk")
    return [(paper.kind, paper.facts["total"]) for paper in said]


def vat() -> list[tuple[int, int, int]]:
    """Rate, gross and tax, of rates of which something is left."""
    rates = summary.vat(MONDAY - DAY, MONDAY + DAY)
    return [(r["basis_points"], r["gross"], r["tax"]) for r in rates if r["gross"] or r["tax"] or r["net"]]


def test_an_order_that_grew_has_another_receipt_of_the_difference_once_that_is_paid(shop):
    order = shop.order(2)
    work()

    editing.edit(order, {shop.mug.pk: 3}, expected_total=3750, tender="cash", **STAMP)
    work()

    assert papers() == [("receipt", 2500), ("receipt", 1250)]
    assert [p["amount"] for p in Document.objects.filter(kind="receipt").order_by("pk").last().facts["payments"]] == [
        1250
    ]
    assert vat() == [(2100, 3750, Order.objects.get().tax_total)]


def test_what_shrank_and_grew_again_and_is_not_paid_yet_is_on_no_receipt(shop, settings):
    settings.STRIPE_API_KEY = "sk_test_nobody"
    order = shop.order(2)
    work()
    editing.edit(order, {shop.mug.pk: 1}, expected_total=1250, **STAMP)
    work()

    editing.edit(order, {shop.mug.pk: 2}, expected_total=2500, tender="payment_link", **STAMP)

    assert papers() == [("receipt", 2500), ("credit_note", -1250)]
    assert kinds_due(Order.objects.get()) == []


def test_an_order_that_shrank_has_its_credit_note(shop):
    order = shop.order(3)
    work()

    editing.edit(order, {shop.mug.pk: 1}, expected_total=1250, **STAMP)
    work()

    assert papers() == [("receipt", 3750), ("credit_note", -2500)]
    assert Refund.objects.get().reason == "changed"
    assert vat() == [(2100, 1250, Order.objects.get().tax_total)]


def test_an_order_that_shrank_before_its_receipt_needs_none(shop):
    order = shop.order(2)

    editing.edit(order, {shop.mug.pk: 1}, expected_total=1250, **STAMP)
    work()

    assert papers() == [("receipt", 1250)]


def test_an_order_that_costs_as_much_for_goods_of_another_rate_says_so(shop):
    book = book_in(shop, price=1250)
    order = shop.order(2)
    work()

    editing.edit(order, {shop.mug.pk: 1, book.pk: 1}, expected_total=2500, **STAMP)
    work()

    assert papers() == [("receipt", 2500), ("receipt", 0)]
    assert [(rate, gross) for rate, gross, _ in vat()] == [(2100, 1250), (400, 1250)]


def book_in(shop, *, price: int):
    """A book, taxed at 4 %."""
    book = variant(sku="LIBRO", price=price)
    TaxRate.objects.create(country="ES", category="superreduced", starts_at=LONG_AGO, basis_points=400)
    type(book.product).objects.filter(pk=book.product_id).update(tax_category="superreduced")
    stock(book, shop.store, on_hand=5)
    return book


def test_goods_that_came_back_are_credited_at_their_own_rate(shop):
    book = book_in(shop, price=1040)
    cart = edits.open_cart(sales_channel=shop.web, lines=[(shop.mug, 1), (book, 1)], by=VISITOR, at=MONDAY)
    terms = Terms(expected_total=2290, pickup_at=shop.store, email="eva@example.com")
    order = buying.buy(cart, terms=terms, means=Means("cash"), **STAMP)
    work()
    part = Fulfillment.objects.select_related("order").get()
    mark_ready(part, **STAMP)
    part.refresh_from_db()
    collect(part, code=part.pickup_code, **STAMP)

    come_back(order, "LIBRO", shop)
    work()

    assert papers() == [("receipt", 2290), ("credit_note", -1040)]
    assert [(rate, gross) for rate, gross, _ in vat()] == [(2100, 1250)]


def come_back(order: Order, sku: str, shop) -> None:
    """One of a line comes back to the store."""
    back = [Back(order.lines.get(sku=sku).public_id, 1, "unwanted")]
    order = Order.objects.get(pk=order.pk)
    returned = starting.announce(
        order, back=back, way="store", outcome="refund", sales_channel=order.sales_channel, **STAMP
    )
    receiving.receive(returned, location=shop.store, **STAMP)
    found = [receiving.Found(one.ordinal, one.quantity, "sellable") for one in returned.lines.all()]
    receiving.inspect(returned, found=found, **STAMP)
    settling.settle(returned, **STAMP)


def test_refunds_in_parts_take_all_the_tax_off_to_the_cent(shop):
    shop.order(1)
    work()

    for amount in (417, 417, 416):
        refunds.give_back(Payment.objects.get(), amount=amount, reason="goodwill", **STAMP)
    work()

    assert vat() == []


def test_money_that_a_bank_keeps_has_no_receipt(shop):
    order = shop.order(2)
    Payment.objects.update(status="authorized", captured_at=None)
    Order.objects.update(payment_status="authorized")

    answer = post(Client(), f"/api/v1/orders/{order.public_id}/documents/", {"kind": "receipt"})

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_issue")


@pytest.mark.parametrize("kind", ["receipt", "invoice"])
def test_a_canceled_order_has_no_paper_of_goods(shop, kind):
    order = shop.order(2)
    cancel.cancel(order, **STAMP)

    answer = post(Client(), f"/api/v1/orders/{order.public_id}/documents/", {"kind": kind})

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_issue")
    assert vat() == []
