"""Prices as CSV: sku, min_quantity, price, compare_at; out of a list, and into one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction

from commerce.catalog.models import Variant
from commerce.csv_files import Fault, Row, read
from commerce.money import LARGEST_PRICE, BadAmount, exponent, parse
from commerce.pricing.models import Price, PriceList
from commerce.pricing.publishing import Change, Terms, preview, set_prices

COLUMNS = ("sku", "min_quantity", "price", "compare_at")


@dataclass
class PriceFile:
    """A file as it was read: prices by least quantity and variant, and what is wrong with its other rows."""

    wanted: dict[int, dict[int, Terms]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def parse_file(path: Path, *, price_list: PriceList) -> PriceFile:
    """Read a price file to its end; nothing is written. Raises Unreadable."""
    found = PriceFile()
    known = dict(Variant.objects.values_list("sku", "pk"))
    for row in read(path, required=["sku", "price"]):
        if isinstance(row, Fault):
            found.faults.append(row)
            continue
        try:
            variant, quantity, terms = price_of(row, known, currency=price_list.currency)
        except FaultyCell as problem:
            found.faults.append(Fault(row.number, problem.column, problem.reason))
            continue
        prices = found.wanted.setdefault(quantity, {})
        if variant in prices:
            found.faults.append(Fault(row.number, "sku", "stands here twice with this quantity"))
        prices.setdefault(variant, terms)
    return found


class FaultyCell(Exception):
    """A cell that cannot be taken."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def price_of(row: Row, known: dict[str, int], *, currency: str) -> tuple[int, int, Terms]:
    """One row as variant, least quantity and terms; raises FaultyCell."""
    sku = row.cells["sku"].strip()
    if sku not in known:
        raise FaultyCell("sku", f"“{sku[:60]}” is not known")
    typed = row.cells.get("min_quantity", "").strip() or "1"
    if not (typed.isascii() and typed.isdigit() and 1 <= int(typed) < 2**31):
        raise FaultyCell("min_quantity", f"“{typed[:40]}” is no number of units")
    amount = amount_in(row, "price", currency)
    was = amount_in(row, "compare_at", currency) if row.cells.get("compare_at", "").strip() else None
    if was is not None and was <= amount:
        raise FaultyCell("compare_at", "is not above the price")
    return known[sku], int(typed), (amount, was)


def amount_in(row: Row, column: str, currency: str) -> int:
    """A cell's amount in minor units; raises FaultyCell."""
    try:
        amount = parse(row.cells[column], currency)
    except BadAmount as problem:
        raise FaultyCell(column, str(problem)) from problem
    if amount < 0:
        raise FaultyCell(column, "is below zero")
    if amount > LARGEST_PRICE:
        raise FaultyCell(column, "is higher than any price")
    return amount


def changes(found: PriceFile, *, price_list: PriceList, tax_basis_points: int, at: datetime) -> list[Change]:
    """What a file would change."""
    return [
        change
        for quantity, wanted in found.wanted.items()
        for change in preview(price_list, wanted, min_quantity=quantity, tax_basis_points=tax_basis_points, at=at)
    ]


@transaction.atomic
def publish(found: PriceFile, *, price_list: PriceList, at: datetime) -> int:
    """Set the prices of a file from an instant on, all or none; returns how many were something else."""
    return sum(
        set_prices(price_list, wanted, min_quantity=quantity, at=at) for quantity, wanted in found.wanted.items()
    )


def export(price_list: PriceList, *, at: datetime) -> Iterator[tuple[str, int, str, str]]:
    """A list's prices at an instant, as rows of such a file."""
    rows = (
        Price.objects.filter(price_list=price_list, starts_at__lte=at)
        .order_by("variant_id", "min_quantity", "-starts_at", "-version")
        .distinct("variant_id", "min_quantity")
        .values_list("variant__sku", "min_quantity", "amount", "compare_at")
    )
    for sku, quantity, amount, was in rows:
        yield sku, quantity, plain(amount, price_list.currency), "" if was is None else plain(was, price_list.currency)


def plain(amount: int, currency: str) -> str:
    """An amount as it stands in files: 12.50."""
    digits = exponent(currency)
    whole, rest = divmod(amount, 10**digits)
    return f"{whole}.{rest:0{digits}}" if digits else str(whole)
