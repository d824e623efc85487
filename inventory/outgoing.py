"""Stock as files for others: Google's local inventory, and a plain CSV for whoever has none of our doors."""

import csv
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.csv_files import harmless
from commerce.pricing.price_csv import plain
from commerce.quotes.tags import PriceTag, price_tags
from inventory.availability import available
from inventory.models import Stock
from inventory.opening import NeverOpen, pickup_ready_at

PART = 500
FEW = 3
"""So many units or fewer are “limited availability”."""
LONGEST_ID = 50
"""Google knows no longer ids; what has one cannot be told."""
GOOGLE = ("store_code", "id", "quantity", "price", "sale_price", "availability", "pickup_method", "pickup_sla")
PLAIN = ("location", "sku", "barcode", "on_hand", "held", "allocated", "buffer", "damaged", "incoming", "available")


def write_google(stream: TextIO, *, sales_channel: SalesChannel, at: datetime) -> int:
    """Google Merchant's local inventory, a text file with tabs: each store's units and price; returns how many rows.

    Columns and values: its local inventory data specification, support.google.com/merchants/answer/14819809.
    """
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    writer.writerow(GOOGLE)
    stores = list(sales_channel.locations.filter(kind=Location.Kind.STORE, is_active=True).order_by("pk"))
    ways = {store.pk: pickup_of(store, at=at) for store in stores}
    rows = 0
    variants = Variant.objects.filter(is_active=True, product__status="active").order_by("pk")
    for part in parts([row for row in variants.values_list("pk", "sku") if len(row[1]) <= LONGEST_ID]):
        ids = [pk for pk, _ in part]
        free = available(ids, at=at, locations=[store.pk for store in stores])
        for store in stores:
            prices = price_tags(ids, sales_channel=sales_channel, location_id=store.pk, at=at, language="")
            for pk, sku in part:
                if pk in prices:
                    writer.writerow(google_row(store, sku, free[pk, store.pk], prices[pk], ways[store.pk]))
                    rows += 1
    return rows


def pickup_of(store: Location, *, at: datetime) -> tuple[str, str]:
    """How what lies there can be collected, and when, in Google's words."""
    try:
        ready_at = pickup_ready_at(store, at=at) if store.offers_pickup else None
    except NeverOpen:
        ready_at = None
    if ready_at is None:
        return NO_PICKUP
    zone = ZoneInfo(store.timezone)
    days = (ready_at.astimezone(zone).date() - at.astimezone(zone).date()).days
    return ("buy", SLA[days]) if days < len(SLA) else NO_PICKUP


NO_PICKUP = ("not_supported", "")
SLA = ("same_day", "next_day", "2-day", "3-day", "4-day", "5-day", "6-day")


def google_row(store: Location, sku: str, units: int, tag: PriceTag, way: tuple[str, str]) -> tuple[Any, ...]:
    """A row in Google's words."""
    availability = "out_of_stock" if not units else "limited_availability" if units <= FEW else "in_stock"
    now, was = (plain(each, tag.currency) + f" {tag.currency}" if each else "" for each in (tag.amount, tag.was))
    prices = (was, now) if was else (now, "")
    return store.code, sku, units, *prices, availability, *(way if units else NO_PICKUP)


def write_plain(stream: TextIO, *, at: datetime, locations: Collection[int] | None = None) -> int:
    """Every shelf (of these locations) with its counters, as CSV; returns how many rows."""
    writer = csv.writer(stream)
    writer.writerow(PLAIN)
    rows = 0
    shelves = Stock.objects.order_by("location", "pk").values_list(
        "variant", "location", "location__code", "variant__sku", "variant__barcode", *PLAIN[3:-1]
    )
    if locations is not None:
        shelves = shelves.filter(location__in=locations)
    for part in parts(list(shelves)):
        free = available({row[0] for row in part}, at=at)
        for variant, location, code, sku, barcode, *counters in part:
            writer.writerow((code, harmless(sku), harmless(barcode or ""), *counters, free[variant, location]))
            rows += 1
    return rows


def parts(rows: list[Any]) -> Iterator[list[Any]]:
    """Some rows at a time."""
    for start in range(0, len(rows), PART):
        yield rows[start : start + PART]
