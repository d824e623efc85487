"""Stock as files for others: Google's local inventory, and a plain CSV for whoever has none of our doors."""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TextIO

from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.csv_files import harmless
from commerce.pricing.price_csv import plain
from commerce.quotes.tags import price_tags
from inventory.availability import available
from inventory.models import Stock

PART = 500
FEW = 3
"""So many units or fewer are “limited availability”."""
GOOGLE = ("store_code", "id", "quantity", "price", "availability", "pickup_method", "pickup_sla")
PLAIN = ("location", "sku", "barcode", "on_hand", "held", "allocated", "buffer", "damaged", "incoming", "available")


def write_google(stream: TextIO, *, sales_channel: SalesChannel, at: datetime) -> int:
    """Google Merchant's local inventory: each store's units and price of what is sold there; returns how many rows."""
    writer = csv.writer(stream)
    writer.writerow(GOOGLE)
    stores = list(sales_channel.locations.filter(kind=Location.Kind.STORE, is_active=True).order_by("pk"))
    rows = 0
    variants = Variant.objects.filter(is_active=True, product__status="active").order_by("pk")
    for part in parts(list(variants.values_list("pk", "sku"))):
        ids = [pk for pk, _ in part]
        prices = price_tags(ids, sales_channel=sales_channel, at=at, language="")
        free = available(ids, at=at, locations=[store.pk for store in stores])
        for pk, sku in part:
            if pk in prices:
                price = plain(prices[pk].amount, sales_channel.currency)
                for store in stores:
                    writer.writerow(google_row(store, sku, free[pk, store.pk], f"{price} {sales_channel.currency}"))
                    rows += 1
    return rows


def google_row(store: Location, sku: str, units: int, price: str) -> tuple[Any, ...]:
    """A row in Google's words."""
    availability = "out_of_stock" if not units else "limited_availability" if units <= FEW else "in_stock"
    pickup = ("buy", "same_day") if store.offers_pickup and units else ("not_supported", "")
    return store.code, harmless(sku), units, price, availability, *pickup


def write_plain(stream: TextIO, *, at: datetime) -> int:
    """Every shelf with its counters; returns how many rows."""
    writer = csv.writer(stream)
    writer.writerow(PLAIN)
    rows = 0
    shelves = Stock.objects.order_by("location", "pk").values_list(
        "variant", "location", "location__code", "variant__sku", "variant__barcode", *PLAIN[3:-1]
    )
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
