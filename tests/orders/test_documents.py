"""Papers: numbers without gaps, figures that add up, a PDF that says them."""

import base64
import random
import re
import zlib
from datetime import timedelta

import pytest
import segno
from django.db import transaction

from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from orders import refunds
from orders.documents import issuing, printing, summary
from orders.documents.issuing import NothingToIssue
from orders.documents.models import Document, Series
from orders.models import Order, OrderLine, Payment, Refund
from tests.factories import MONDAY, order, variant
from tests.races import at_once

CLERK = Actor("staff", "1")
STAMP = {"by": CLERK, "channel": "store", "at": MONDAY}


def bought(*lines: tuple[int, int], delivery: int = 0) -> Order:
    """A paid order of lines (gross, rate)."""
    goods = sum(gross for gross, _ in lines)
    taxes = [gross - round(gross * 10_000 / (10_000 + rate)) for gross, rate in lines]
    delivery_tax = delivery - round(delivery * 10_000 / 12_100)
    row = order(total=goods + delivery, goods_total=goods, delivery_total=delivery, tax_total=sum(taxes) + delivery_tax)
    for ordinal, ((gross, rate), tax) in enumerate(zip(lines, taxes, strict=True), start=1):
        OrderLine.objects.create(
            order=row,
            ordinal=ordinal,
            sku=f"SKU-{ordinal}",
            title="Taza de loza ñandú",
            quantity=1,
            unit_price=gross,
            goods_total=gross,
            total=gross,
            tax=tax,
            tax_basis_points=rate,
        )
    Payment.objects.create(
        order=row, tender="cash", amount=row.total, currency="EUR", status="captured", captured_at=MONDAY
    )
    return row


@pytest.mark.django_db
def test_each_paper_is_issued_once_with_the_next_number_of_its_series():
    first, second = bought((1210, 2100)), bought((1210, 2100))

    made = [issuing.issue(one, kind="receipt", **STAMP).title for one in (first, second, first)]
    made.append(issuing.issue(first, kind="invoice", **STAMP).title)

    assert made == ["R2026-000001", "R2026-000002", "R2026-000001", "F2026-000001"]
    assert Entry.objects.filter(type="document.issued").count() == 3


@pytest.mark.django_db
def test_what_is_not_placed_or_not_paid_has_no_receipt():
    draft = order(status="draft", payment_status="none")
    due = order(payment_status="due")

    for one, kind in ((draft, "confirmation"), (draft, "receipt"), (due, "receipt")):
        with pytest.raises(NothingToIssue):
            issuing.issue(one, kind=kind, **STAMP)
    assert issuing.issue(due, kind="confirmation", **STAMP).number == 1


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_though_some_who_take_one_fail():
    orders = [bought((1210, 2100)) for _ in range(24)]
    chance = random.Random(20261122)
    fails = [chance.random() < 0.4 for _ in orders]

    def work(i: int) -> None:
        with transaction.atomic():
            issuing.issue(orders[i], kind="receipt", **STAMP)
            if fails[i]:
                raise RuntimeError("changed her mind")

    at_once(24, work)

    numbers = sorted(Document.objects.values_list("number", flat=True))
    assert numbers == list(range(1, fails.count(False) + 1))
    assert Series.objects.get().last_number == len(numbers)


@pytest.mark.django_db
def test_taxes_stand_by_rate_and_add_up_with_delivery():
    variant()  # brings the tax rates, of which delivery has the standard one
    row = bought((1210, 2100), (2200, 1000), (605, 2100), delivery=495)

    facts = issuing.issue(row, kind="receipt", **STAMP).facts

    assert [(tax["basis_points"], tax["gross"]) for tax in facts["taxes"]] == [(2100, 2310), (1000, 2200)]
    assert sum(tax["gross"] for tax in facts["taxes"]) == row.total
    assert sum(tax["tax"] for tax in facts["taxes"]) == row.tax_total
    assert all(tax["net"] + tax["tax"] == tax["gross"] for tax in facts["taxes"])


@pytest.mark.django_db
def test_a_credit_note_takes_off_what_was_given_back_rate_by_rate():
    row = bought((1210, 2100), (2200, 1000))
    issuing.issue(row, kind="receipt", **STAMP)
    refund = refunds.give_back(Payment.objects.get(), amount=1705, reason="returned", **STAMP)

    note = issuing.issue_credit_note(Refund.objects.get(pk=refund.pk), **STAMP)

    assert (note.title, note.facts["total"]) == ("A2026-000001", -1705)
    assert [(tax["basis_points"], tax["gross"]) for tax in note.facts["taxes"]] == [(2100, -605), (1000, -1100)]
    rates = summary.vat(MONDAY - timedelta(days=1), MONDAY + timedelta(days=1))
    assert [(rate["basis_points"], rate["gross"], rate["documents"]) for rate in rates] == [
        (2100, 605, 2),
        (1000, 1100, 2),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["es", "en"])
def test_a_pdf_says_the_figures(language):
    row = bought(*[(1210, 2100)] * 60)
    document = issuing.issue(row, kind="receipt", **STAMP)

    content = printing.pdf(document, language=language)

    assert content[:5] == b"%PDF-"
    assert content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") >= 2
    assert content == printing.pdf(document, language=language)


def drawn(pdf: bytes) -> str:
    """What a PDF's pages draw, as PDF's own commands."""
    streams = re.findall(rb"stream\r?\n(.*?)~>", pdf, re.DOTALL)
    return "".join(zlib.decompress(base64.a85decode(stream)).decode("latin-1") for stream in streams)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["receipt", "invoice"])
def test_paper_says_the_sum_and_the_policy_and_its_code_leads_to_the_timeline(kind, settings):
    document = issuing.issue(bought((1210, 2100)), kind=kind, **STAMP)

    said = drawn(printing.pdf(document, language="en"))

    found = re.findall(r"n ([\d.]+) ([\d.]+) ([\d.]+) \3 re", said)
    squares = [(float(x), float(y), float(side)) for x, y, side in found]
    left, top = min(x for x, _, _ in squares), max(y for _, y, _ in squares)
    cells = {(round((x - left) / side), round((top - y) / side)) for x, y, side in squares}
    address = f"{settings.PUBLIC_URL}/o/{document.order.public_id}/"
    matrix = segno.make(address, error="m", micro=False).matrix
    assert cells == {(column, row) for row, line in enumerate(matrix) for column, dark in enumerate(line) if dark}
    assert "12.10" in said
    assert f"Return policy {document.facts['return_policy']}" in said


@pytest.mark.django_db
def test_what_was_issued_cannot_be_changed():
    document = issuing.issue(bought((1210, 2100)), kind="receipt", **STAMP)

    with pytest.raises(Exception, match="append"):
        Document.objects.filter(pk=document.pk).update(number=7)
