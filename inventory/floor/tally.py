"""What a clerk scans or types before she books it: one list for each job in each store, kept in her session.

Each article remembers when its number was said: a count is of that instant, not of when the whole list was sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest

from commerce.catalog.models import Variant
from commerce.channels.models import Location
from inventory.feeds import MAX_UNITS
from inventory.pages_store import scanned_or_found
from inventory.window import in_language

MOST_LINES = 200


@dataclass(frozen=True)
class Said:
    """How many units of an article, and when somebody said so. Nothing: it is on the list, and not looked at yet."""

    units: int | None
    at: datetime


Tally = dict[str, Said]
"""SKU → what was said of it, in the order in which it came onto the list."""


class Typed(forms.Form):
    """One row as it was typed."""

    sku = forms.CharField(max_length=60)
    quantity = forms.IntegerField(required=False, min_value=0, max_value=MAX_UNITS)


@dataclass(frozen=True)
class Heard:
    """What a form said: the list after it, and what was searched for and is not one article."""

    tally: Tally
    query: str = ""


def kept(request: HttpRequest, store: Location, job: str) -> Tally:
    """The list of a job, as this browser left it."""
    rows: dict[str, list[Any]] = request.session.get(name_of(store, job), {})
    return {sku: Said(units, datetime.fromisoformat(at)) for sku, (units, at) in rows.items()}


def keep(request: HttpRequest, store: Location, job: str, tally: Tally) -> None:
    """Remember the list; an empty one is forgotten."""
    rows = {sku: [said.units, said.at.isoformat()] for sku, said in list(tally.items())[:MOST_LINES]}
    if rows:
        request.session[name_of(store, job)] = rows
    else:
        request.session.pop(name_of(store, job), None)


def name_of(store: Location, job: str) -> str:
    """Under which name a list stands in the session."""
    return f"tally:{store.code}:{job}"


def listen(request: HttpRequest, tally: Mapping[str, Said], *, at: datetime) -> Heard:
    """Take in what a form says: numbers that were typed, a row to drop, and one unit of what was scanned."""
    after = dict(tally)
    for sku, quantity in zip(request.POST.getlist("sku"), request.POST.getlist("quantity"), strict=False):
        row = Typed({"sku": sku, "quantity": quantity})
        if row.is_valid():
            said, units = after.get(sku, Said(None, at)), row.cleaned_data["quantity"]
            after[sku] = said if said.units == units else Said(units, at)
    after.pop(request.POST.get("drop", ""), None)
    if listed := request.POST.get("list", "")[:60].replace("\0", ""):
        after.setdefault(listed, Said(None, at))
    query = request.POST.get("q", "")[:80].strip()
    found = scanned_or_found(query) if query else []
    if len(found) != 1:
        return Heard(after, query)
    said = after.get(found[0].sku, Said(None, at))
    return Heard(after | {found[0].sku: Said((said.units or 0) + 1, at)})


@dataclass(frozen=True)
class Row:
    """One article of a list, as the page shows it."""

    variant: Variant
    title: str
    units: int | None


def variants_of(skus: Mapping[str, object]) -> dict[str, Variant]:
    """The articles of a list by SKU; what is not known (any more) is left out."""
    return {variant.sku: variant for variant in Variant.objects.filter(sku__in=skus).select_related("product")}


def rows_of(units: Mapping[str, int | None], language: str) -> list[Row]:
    """A list, as the page shows it, in its own order."""
    variants = variants_of(units)
    return [
        Row(variants[sku], in_language(variants[sku].product, "title", language), count)
        for sku, count in units.items()
        if sku in variants
    ]


def goods_of(tally: Mapping[str, Said]) -> dict[int, int]:
    """Variant → units of what was said to be there at all."""
    variants = variants_of(tally)
    return {variants[sku].pk: said.units for sku, said in tally.items() if said.units and sku in variants}
