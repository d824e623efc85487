"""Numbers, clocks and names at their edges: told back where they cannot be, booked where they can, never a fault."""

from datetime import timedelta

import pytest

from commerce.clock import now
from commerce.wiring import AUDITS
from inventory.models import Stock
from orders.journal.models import Fact
from orders.models import Order
from tests.audits import violations
from tests.orders.journal.sending import TillOf, line
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": 100_000}, "lines.1.quantity"),
        ({"quantity": 2**31}, "lines.1.quantity"),
        ({"quantity": 2**63}, "lines.1.quantity"),
        ({"quantity": -1}, "lines.1.quantity"),
        ({"quantity": True}, "lines.1.quantity"),
        ({"quantity": 1.0}, "lines.1.quantity"),
        ({"total": 10**12 + 1}, "lines.1.total"),
        ({"unit_price": 2**63}, "lines.1.unit_price"),
        ({"discount": -5}, "lines.1.discount"),
    ],
)
def test_a_number_that_cannot_be_is_told_back_with_its_place(
    shop: Shop, caja: TillOf, changes: dict[str, object], field: str
) -> None:
    bad, good = caja.sale(line(shop.mug)), caja.sale(line(shop.mug))
    bad["lines"] = [line(shop.mug) | changes]

    facts = caja.send(bad, good).json()["facts"]

    assert [(each["result"], each["field"]) for each in facts] == [("refused", field), ("new", None)]


@pytest.mark.parametrize("sequence", [0, -1, 10**12, 2**63, "1", 1.0, None, True])
def test_a_number_of_the_sequence_that_cannot_be_is_told_back(shop: Shop, caja: TillOf, sequence: object) -> None:
    facts = caja.send(caja.sale(line(shop.mug)) | {"sequence": sequence}).json()["facts"]

    assert [(each["result"], each["field"]) for each in facts] == [("refused", "sequence")]


def test_the_highest_number_of_all_has_its_order_number_and_leaves_a_gap(shop: Shop, caja: TillOf) -> None:
    answer = caja.send(caja.sale(line(shop.mug)) | {"sequence": 10**12 - 1}).json()

    assert (answer["facts"][0]["result"], answer["missing"]) == ("new", [[1, 10**12 - 2]])
    assert Order.objects.get().number == f"T{caja.device.pk}-999999999999"


def test_what_no_shelf_can_hold_is_told_back_and_spoils_no_other(shop: Shop, caja: TillOf) -> None:
    Stock.objects.filter(variant=shop.mug, location=shop.store).update(on_hand=-(2**31) + 100)
    facts = [caja.sale(line(shop.mug, quantity=quantity, price=0)) for quantity in (10, 99_999, 20)]

    answer = caja.send(*facts).json()

    assert [(each["result"], each["field"]) for each in answer["facts"]] == [
        ("new", None),
        ("refused", "lines"),
        ("new", None),
    ]
    assert (Order.objects.count(), answer["missing"]) == (2, [[2, 2]])


def test_the_dearest_receipt_of_all_is_booked_to_the_cent(shop: Shop, caja: TillOf) -> None:
    most = {"quantity": 99_999, "unit_price": 10**12, "discount": 10**12, "total": 10**12}
    lines = [line(shop.mug) | most for _ in range(100)]

    assert caja.results(caja.sale(*lines) | {"tenders": [{"tender": "cash", "amount": 10**12}]}) == ["new"]

    assert Order.objects.get().total == 10**14
    assert violations(*AUDITS) == []


@pytest.mark.parametrize(
    ("claimed", "flag"),
    [
        ("9999-12-31T23:59:59+00:00", "in_the_future"),
        ("9999-12-31T23:59:59-23:59", "told back"),
        ("0001-01-01T00:00:00+00:00", "too_long_ago"),
        ("0001-01-01T00:00:00+23:59", "told back"),
        ("0001-01-01T00:00:00", "too_long_ago"),
        ("1970-01-01T00:00:00Z", "too_long_ago"),
        ("2099-06-01T00:00:00Z", "in_the_future"),
        ("0000-01-01T00:00:00Z", "told back"),
        ("2026-13-01T00:00:00Z", "told back"),
    ],
)
@pytest.mark.parametrize("sent", ["right", "first", "last"])
def test_a_clock_at_its_edge_is_flagged_or_told_back(
    shop: Shop, caja: TillOf, claimed: str, flag: str, sent: str
) -> None:
    sale = caja.sale(line(shop.mug)) | {"occurred_at": claimed}
    clocks = {"right": now().isoformat(), "first": "0001-01-01T00:00:00Z", "last": "9999-12-31T23:59:59Z"}

    fact = caja.send(sale, sent_at=clocks[sent]).json()["facts"][0]

    if flag == "told back":
        assert (fact["result"], fact["field"]) == ("refused", "occurred_at")
        return
    assert fact["result"] == "new"
    assert {"in_the_future", "too_long_ago"}.intersection(fact["flags"]) or sent != "right"
    assert sent != "right" or flag in fact["flags"]
    assert now() - Fact.objects.get().occurred_at < timedelta(days=61)


@pytest.mark.parametrize(
    "uuid",
    [
        "{00000000-0000-4000-8000-00000000000}",
        "urn:uuid:00000000-0000-4000-8000-000000000001",
        "00000000000040008000000000000001",
        "0000000000004000800000000000-0-0-0-1",
        "00000000-0000-4000-8000-00000000000g",
        "",
        7,
        None,
    ],
)
def test_a_uuid_in_another_form_is_told_back(shop: Shop, caja: TillOf, uuid: object) -> None:
    facts = caja.send(caja.sale(line(shop.mug)) | {"uuid": uuid}).json()["facts"]

    assert [(each["result"], each["field"]) for each in facts] == [("refused", "uuid")]


def test_a_uuid_in_capitals_is_the_same_one(shop: Shop, caja: TillOf) -> None:
    sale = caja.sale(line(shop.mug))

    assert caja.results(sale, sale | {"uuid": sale["uuid"].upper()}) == ["new", "known"]
