"""Papers come by themselves: each once, when it is due, whoever or whatever made it due."""

from datetime import timedelta

import pytest

from commerce.timeline.actors import Actor
from commerce.timeline.models import Task
from commerce.timeline.tasks import run_due
from orders import buying, payments, refunds
from orders.buying import Means
from orders.documents.models import Document
from orders.drafting import Terms
from orders.models import Order, Payment
from orders.till_facts import TillFact, TillLine
from orders.tills import record_sales
from tests.factories import MONDAY, sales_channel, staff
from tests.orders.calling import log_in

pytestmark = pytest.mark.django_db
STAMP = {"by": Actor("staff", "1"), "channel": "call_center", "at": MONDAY}


def kinds() -> list[str]:
    return list(Document.objects.order_by("pk").values_list("kind", flat=True))


def work() -> None:
    run_due(at=MONDAY)
    assert not Task.objects.exclude(last_error="").exists()


def test_a_paid_order_has_its_confirmation_and_receipt(shop):
    shop.order(2)

    work()

    assert kinds() == ["confirmation", "receipt"]
    assert Document.objects.get(kind="receipt").facts["total"] == 2500
    assert Document.objects.get(kind="receipt").facts["return_policy"]


def test_what_is_not_paid_yet_has_its_receipt_when_it_is(shop):
    terms = Terms(expected_total=1250, pickup_at=shop.store, email="eva@example.com")
    order = buying.buy(shop.cart(), terms=terms, means=Means("bank_transfer"), **STAMP)
    work()
    assert kinds() == ["confirmation"]

    payments.take_manual(order, tender="bank_transfer", amount=1000, **STAMP)
    work()
    assert kinds() == ["confirmation"]
    payments.take_manual(order, tender="bank_transfer", **STAMP)
    work()

    assert kinds() == ["confirmation", "receipt"]
    assert [p["amount"] for p in Document.objects.get(kind="receipt").facts["payments"]] == [1000, 250]


def test_each_refund_has_its_credit_note_once(shop):
    shop.order(2)
    work()

    for amount in (500, 700):
        refunds.give_back(Payment.objects.get(), amount=amount, reason="goodwill", **STAMP)
        work()

    assert kinds() == ["confirmation", "receipt", "credit_note", "credit_note"]
    assert [d.facts["total"] for d in Document.objects.filter(kind="credit_note").order_by("pk")] == [-500, -700]


@pytest.mark.parametrize(("key", "papers"), [("page:1", ["receipt"]), ("till-7:1", [])])
def test_our_page_prints_receipts_and_a_till_its_own(shop, key, papers):
    line = TillLine(1, shop.mug.pk, "TAZA", "Taza", 1, 1250, 0, 1250)
    sale = TillFact(key, "sale", MONDAY, shop.store.pk, (line,), tender="cash")

    record_sales([sale], sales_channel=sales_channel("store"), by=STAMP["by"], at=MONDAY)
    work()

    assert kinds() == papers


def test_the_shopper_and_the_tax_office_find_them(shop):
    order = shop.order(2)
    work()
    receipt = Document.objects.get(kind="receipt")
    boss = log_in(staff("back_office"))

    paper = boss.get(f"/api/v1/orders/{order.public_id}/documents/{receipt.public_id}/")
    span = {"since": MONDAY.isoformat(), "until": (MONDAY + timedelta(days=1)).isoformat()}
    rates = boss.get("/api/v1/vat/", span).json()["rates"]

    assert paper.content[:5] == b"%PDF-"
    assert [(rate["gross"], rate["net"] + rate["tax"]) for rate in rates] == [(2500, 2500)]
    assert Order.objects.get().documents.count() == 2
