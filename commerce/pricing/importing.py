"""A catalog file brings products and their prices, both in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction

from commerce.catalog import importing, shopify_csv
from commerce.csv_files import Fault
from commerce.pricing.models import PriceList
from commerce.pricing.publishing import set_prices

CHUNK = 100
"""Products per transaction: enough to be quick, few enough to hold locks only for moments."""


@dataclass
class Imported:
    """What a catalog file did. Running it again does nothing more."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    prices: int = 0
    faults: list[Fault] = field(default_factory=list)


def import_catalog(
    path: Path,
    *,
    price_list: PriceList,
    language: str,
    at: datetime,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Imported:
    """Take every product of a Shopify CSV that is without fault, and set its prices from `at` on.

    The file is read to its end before anything is written, a new price list too; raises Unreadable. Cut off in the
    middle, it is simply run again. A price that differs starts now, and raises the list's version; what was quoted
    before stays explained.
    """
    sheets, faults = shopify_csv.parse(path, currency=price_list.currency, language=language)
    if price_list._state.adding:
        price_list.save()
    imported = Imported(faults=faults)
    for start in range(0, len(sheets), CHUNK):
        chunk = sheets[start : start + CHUNK]
        with transaction.atomic():
            written = importing.write(chunk, language=language)
            wanted = {
                written.variants[each.sku].pk: (each.price, each.compare_at)
                for sheet in chunk
                for each in sheet.variants
                if each.sku in written.variants
            }
            imported.prices += set_prices(price_list, wanted, at=at)
        imported.created += written.created
        imported.changed += written.changed
        imported.unchanged += written.unchanged
        imported.faults += written.faults
        progress(start + len(chunk), len(sheets))
    imported.faults.sort(key=lambda fault: fault.row)
    return imported
