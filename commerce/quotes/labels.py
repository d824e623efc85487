"""Shelf labels: which prices of a store are not what their label says, whatever made them change."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.quotes.models import ShelfLabel
from commerce.quotes.tags import PriceTag, price_tags
from commerce.timeline.actors import Actor


@dataclass(frozen=True)
class Label:
    """One label that must be printed: the new price, and what the old one says, if there is one."""

    variant: Variant
    tag: PriceTag
    before: int | None


def changed(
    location: Location,
    variant_ids: Collection[int],
    *,
    sales_channel: SalesChannel,
    at: datetime,
    language: str = "",
) -> list[Label]:
    """The labels that a store needs for these goods, by SKU; what hangs there and is still right is left out."""
    tags = price_tags(list(variant_ids), sales_channel=sales_channel, location_id=location.pk, at=at, language=language)
    hung = {label.variant_id: label for label in ShelfLabel.objects.filter(location=location, variant__in=tags)}
    wrong = [pk for pk, tag in tags.items() if pk not in hung or says(tag) != says(hung[pk])]
    variants = Variant.objects.select_related("product").in_bulk(wrong)
    labels = [Label(variants[pk], tags[pk], hung[pk].amount if pk in hung else None) for pk in wrong]
    return sorted(labels, key=lambda label: label.variant.sku)


def says(label: PriceTag | ShelfLabel) -> tuple[int | None, ...]:
    """What stands on a label; a new version with the same price needs no new one."""
    return label.amount, label.was, label.lowest, label.unit_price


@transaction.atomic
def hang(location: Location, labels: Sequence[Label], *, by: Actor, at: datetime) -> None:
    """Remember that these labels hang in a store now."""
    ShelfLabel.objects.bulk_create(
        (
            ShelfLabel(
                location=location,
                variant=label.variant,
                amount=label.tag.amount,
                was=label.tag.was,
                lowest=label.tag.lowest,
                unit_price=label.tag.unit_price,
                version=label.tag.version[:60],
                hung_at=at,
                hung_by=str(by)[:60],
            )
            for label in labels
        ),
        update_conflicts=True,
        unique_fields=["location", "variant"],
        update_fields=["amount", "was", "lowest", "unit_price", "version", "hung_at", "hung_by"],
    )
