"""Changing prices: a change is looked at first, then published; what was there before stays explained."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from commerce.catalog.models import Variant
from commerce.money import tax_within
from commerce.pricing.models import Price, PriceList

Terms = tuple[int, int | None]
"""An amount, and the higher one it is compared with, if any."""


@dataclass(frozen=True)
class Change:
    """One price that would be another. `margin` is what is left of it without tax and cost, in basis points."""

    variant_id: int
    sku: str
    before: Terms | None
    after: Terms
    margin_before: int | None
    margin_after: int | None

    @property
    def sells_below_cost(self) -> bool:
        """Whether each unit sold would lose money."""
        return self.margin_after is not None and self.margin_after < 0


def preview(
    price_list: PriceList,
    wanted: Mapping[int, Terms],
    *,
    min_quantity: int = 1,
    tax_basis_points: int,
    at: datetime,
) -> list[Change]:
    """What setting these prices would change; nothing is written. What stays as it is, is left out."""
    current = current_prices(price_list, wanted, min_quantity=min_quantity, at=at)
    known = Variant.objects.in_bulk(list(wanted))

    def margin(amount: int | None, cost: int | None) -> int | None:
        taxed = price_list.tax_included and amount is not None
        return margin_of((amount or 0) - (tax_within(amount or 0, tax_basis_points) if taxed else 0), cost)

    changes = []
    for pk, terms in wanted.items():
        if (before := current.get(pk)) == terms:
            continue
        cost, earlier = known[pk].cost, before[0] if before else None
        changes.append(
            Change(
                variant_id=pk,
                sku=known[pk].sku,
                before=before,
                after=terms,
                margin_before=margin(earlier, cost),
                margin_after=margin(terms[0], cost),
            )
        )
    return changes


def margin_of(net: int, cost: int | None) -> int | None:
    """What is left of an amount without tax once its cost is taken off, in basis points; None where it is not known."""
    return None if net <= 0 or cost is None else (net - cost) * 10_000 // net


@transaction.atomic
def set_prices(price_list: PriceList, wanted: Mapping[int, Terms], *, min_quantity: int = 1, at: datetime) -> int:
    """Set amount and earlier amount by variant id, from `at` on; returns how many were something else.

    They are one new version of the list. Two who publish at once get two versions: the list's row is the lock.
    """
    current = current_prices(price_list, wanted, min_quantity=min_quantity, at=at)
    changed = {variant: terms for variant, terms in wanted.items() if current.get(variant) != terms}
    if not changed:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pricing_pricelist SET version = version + 1 WHERE id = %s RETURNING version", [price_list.pk]
        )
        price_list.version = cursor.fetchone()[0]
    Price.objects.bulk_create(
        Price(
            price_list=price_list,
            variant_id=variant,
            amount=amount,
            compare_at=compare_at,
            min_quantity=min_quantity,
            starts_at=at,
            version=price_list.version,
        )
        for variant, (amount, compare_at) in changed.items()
    )
    return len(changed)


def current_prices(
    price_list: PriceList, variants: Mapping[int, object], *, min_quantity: int = 1, at: datetime
) -> dict[int, Terms]:
    """What a list says of these variants at an instant."""
    rows = (
        Price.objects.filter(price_list=price_list, variant__in=variants, min_quantity=min_quantity, starts_at__lte=at)
        .order_by("variant_id", "-starts_at", "-version")
        .distinct("variant_id")
    )
    return {variant: (amount, was) for variant, amount, was in rows.values_list("variant", "amount", "compare_at")}
