"""Shopify's product CSV, understood: the rows of one handle become one product, or the faults that keep it out.

Nothing is written here. Several rows make one product: the first has its title and text, each row may bring a variant,
a picture, or both.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from stdnum import ean
from stdnum.exceptions import InvalidChecksum, ValidationError

from commerce import money
from commerce.catalog import bodies
from commerce.catalog.models import Product
from commerce.catalog.words import fold
from commerce.csv_files import Fault, Row, Unreadable, read

REQUIRED = ("Handle", "Title", "Variant Price")

NEWER = {
    "url handle": "Handle",
    "description": "Body (HTML)",
    "published on online store": "Published",
    "sku": "Variant SKU",
    "barcode": "Variant Barcode",
    "price": "Variant Price",
    "compare-at price": "Variant Compare At Price",
    "cost per item": "Cost per item",
    "tax code": "Variant Tax Code",
    "weight value (grams)": "Variant Grams",
    "continue selling when out of stock": "Variant Inventory Policy",
    "product image url": "Image Src",
    "unit price total measure": "Unit Price Total Measure",
    "unit price total measure unit": "Unit Price Total Measure Unit",
    "image position": "Image Position",
    "image alt text": "Image Alt Text",
    "variant image url": "Variant Image",
    "product category": "Product Category",
    "option1 name": "Option1 Name",
    "option1 value": "Option1 Value",
    "option2 name": "Option2 Name",
    "option2 value": "Option2 Value",
    "option3 name": "Option3 Name",
    "option3 value": "Option3 Value",
}
"""The headers of Shopify's newer template, in lower case, and what the classic one calls them."""

CLASSIC = ("Handle", "Title", "Vendor", "Type", "Tags", "Status", "Variant SKU", "Variant Price", "Variant Barcode")
SPELLED = {name.lower(): name for name in CLASSIC} | NEWER

STATUSES = {
    "": Product.Status.ACTIVE,
    "active": Product.Status.ACTIVE,
    "draft": Product.Status.DRAFT,
    "unlisted": Product.Status.DRAFT,
    "archived": Product.Status.ARCHIVED,
}
NO = {"false", "no", "0"}

TAX_CATEGORIES = {"21": "standard", "10": "reduced", "4": "super_reduced", "0": "zero"}
"""Spain's rates, as the last part of codes such as ES-IVA-10 names them."""

REDUCED_TAGS = {"food": "reduced", "alimentacion": "reduced", "books": "super_reduced", "libros": "super_reduced"}
"""What a tag says about the tax where no code is given."""

UNLIMITED = 9_999
"""Units that may be promised before they come, where the file says “continue selling when out of stock”."""

HANDLE = re.compile(r"[-\w]{1,120}")


@dataclass(frozen=True)
class VariantSheet:
    """One variant, as a file describes it."""

    row: int
    sku: str
    barcode: str | None
    options: list[list[str]]
    position: int
    weight_grams: int
    content: int | None
    content_unit: str
    cost: int | None
    backorder_limit: int
    picture: str
    price: int
    compare_at: int | None


@dataclass(frozen=True)
class PictureSheet:
    """One picture, as a file describes it."""

    source: str
    alt: str
    position: int


@dataclass(frozen=True)
class ProductSheet:
    """One product with all it has, as a file describes it."""

    row: int
    handle: str
    title: str
    bodies: dict[str, str]
    vendor: str
    category: str
    tags: list[str]
    tax_category: str
    status: str
    variants: list[VariantSheet]
    pictures: list[PictureSheet]


@dataclass
class Faults:
    """Collects what is wrong with one product, so that a person sees all of it at once."""

    found: list[Fault] = field(default_factory=list)

    def add(self, row: Row, column: str, reason: str) -> None:
        self.found.append(Fault(row.number, column, reason))


def parse(path: Path, *, currency: str, language: str) -> tuple[list[ProductSheet], list[Fault]]:
    """The products of a file that can be taken, and what is wrong with the others.

    A product is taken whole or not at all. Raises Unreadable if the file as a whole cannot be used.
    """
    groups, faults = grouped(read(path, required=REQUIRED, spelled=SPELLED))
    sheets: list[ProductSheet] = []
    owners: dict[str, str] = {}
    for handle, rows in groups.items():
        sheet = product(handle, rows, currency=currency, language=language, owners=owners)
        if isinstance(sheet, ProductSheet):
            sheets.append(sheet)
        else:
            faults += sheet
    if not groups and not faults:
        raise Unreadable(f"{path.name} has a header but no product")
    return sheets, sorted(faults, key=lambda fault: fault.row)


def grouped(rows: Iterable[Row | Fault]) -> tuple[dict[str, list[Row]], list[Fault]]:
    """The rows by product. A broken row stands with nobody, so the product before it, which it may cut, stays out."""
    groups: dict[str, list[Row]] = {}
    faults: list[Fault] = []
    cut: dict[str, int] = {}
    latest = ""
    for row in rows:
        if isinstance(row, Fault):
            faults.append(row)
            if latest:
                cut.setdefault(latest, row.row)
            continue
        handle = row.cells["Handle"].strip().lower()
        if not handle:
            if any(cell.strip() for cell in row.cells.values()):
                faults.append(Fault(row.number, "Handle", "is empty"))
            continue
        latest = handle
        groups.setdefault(handle, []).append(row)
    for handle, row_number in cut.items():
        rows_of = groups.pop(handle)
        faults.append(Fault(rows_of[0].number, "Handle", f"“{handle}” stays out because row {row_number} is broken"))
    return groups, faults


def product(
    handle: str, rows: Sequence[Row], *, currency: str, language: str, owners: dict[str, str]
) -> ProductSheet | list[Fault]:
    """One product from its rows, or all that is wrong with it; `owners` knows the SKUs and barcodes seen so far."""
    faults = Faults()
    first = rows[0]
    title = text(first, "Title", 200, faults)
    if not HANDLE.fullmatch(handle):
        faults.add(first, "Handle", f"“{handle[:60]}” is not letters, digits and dashes, 120 at most")
    if not title:
        faults.add(first, "Title", "is empty")
    status = STATUSES.get(first.cells.get("Status", "").strip().lower())
    if status is None:
        faults.add(first, "Status", "is not one of active, draft, archived")
    elif status == Product.Status.ACTIVE and first.cells.get("Published", "").strip().lower() in NO:
        status = Product.Status.DRAFT
    names = [text(first, f"Option{n} Name", 60, faults) for n in (1, 2, 3)]
    variants = [
        variant(handle, row, names, position=position, currency=currency, faults=faults)
        for position, row in enumerate((row for row in rows if brings_variant(row)), start=1)
    ]
    if not variants:
        faults.add(first, "Variant Price", "the product has no variant with a price")
    check_unique(handle, variants, owners, faults)
    tags = [tag.strip() for tag in first.cells.get("Tags", "").split(",") if tag.strip()]
    sheet = ProductSheet(
        row=first.number,
        handle=handle,
        title=title,
        bodies=bodies.by_language(bodies.clean(first.cells.get("Body (HTML)", "")), base=language),
        vendor=text(first, "Vendor", 100, faults),
        category=text(first, "Type", 200, faults) or text(first, "Product Category", 200, faults),
        tags=tags,
        tax_category=tax_category(rows, tags, faults),
        status=status or Product.Status.DRAFT,
        variants=variants,
        pictures=pictures(rows, faults),
    )
    if faults.found:
        return faults.found
    owners.update({key: handle for each in variants for key in keys_of(each)})
    return sheet


def brings_variant(row: Row) -> bool:
    """Whether a row holds a variant, not only a further picture."""
    return any(row.cells.get(column, "").strip() for column in ("Variant SKU", "Variant Price", "Option1 Value"))


def variant(
    handle: str, row: Row, names: Sequence[str], *, position: int, currency: str, faults: Faults
) -> VariantSheet:
    """The variant of a row; what is wrong with it is added to the faults."""
    values = [text(row, f"Option{n} Value", 100, faults) for n in (1, 2, 3)]
    options = [[name, value] for name, value in zip(names, values, strict=True) if name and value]
    if options == [["Title", "Default Title"]]:
        options = []
    price = amount(row, "Variant Price", currency, faults)
    if price is None:
        if not row.cells["Variant Price"].strip():
            faults.add(row, "Variant Price", "is empty")
        price = 0
    compare_at = amount(row, "Variant Compare At Price", currency, faults)
    policy = row.cells.get("Variant Inventory Policy", "").strip().lower()
    return VariantSheet(
        row=row.number,
        # A spreadsheet's apostrophe keeps leading zeros; it is no part of the code.
        sku=text(row, "Variant SKU", 60, faults).lstrip("'") or derived_sku(handle, options),
        barcode=barcode(row, faults),
        options=options,
        position=position,
        weight_grams=grams(row, faults),
        content=(measured := measure(row, faults))[0],
        content_unit=measured[1],
        cost=amount(row, "Cost per item", currency, faults),
        backorder_limit=UNLIMITED if policy in ("continue", "true") else 0,
        picture=row.cells.get("Variant Image", "").strip(),
        price=price,
        # Shopify shows an earlier price only where it was higher.
        compare_at=compare_at if compare_at and compare_at > price else None,
    )


def derived_sku(handle: str, options: Sequence[Sequence[str]]) -> str:
    """A stock keeping unit for a variant that has none: the same one in every import."""
    return "-".join(fold(f"{handle} {' '.join(value for _, value in options)}").split()).upper()[:60]


def keys_of(sheet: VariantSheet) -> list[str]:
    """What only one variant may have."""
    return [f"SKU {sheet.sku}", *([f"barcode {sheet.barcode}"] if sheet.barcode else [])]


def check_unique(handle: str, variants: Iterable[VariantSheet], owners: dict[str, str], faults: Faults) -> None:
    """Name every SKU and barcode that stands a second time in the file."""
    seen: set[str] = set()
    for each in variants:
        for key in keys_of(each):
            if key in seen or key in owners:
                column = "Variant SKU" if key.startswith("SKU") else "Variant Barcode"
                whose = f"“{owners[key]}”" if key in owners else f"“{handle}”, twice"
                faults.found.append(Fault(each.row, column, f"{key} already stands in this file, with {whose}"))
            seen.add(key)


def pictures(rows: Sequence[Row], faults: Faults) -> list[PictureSheet]:
    """The pictures of a product in their order, each source once."""
    found: dict[str, PictureSheet] = {}
    for row in rows:
        source = text(row, "Image Src", 500, faults)
        if not source or source in found:
            continue
        place = row.cells.get("Image Position", "").strip()
        position = int(place) if place.isascii() and place.isdigit() and int(place) < 1000 else len(found) + 1
        found[source] = PictureSheet(source, row.cells.get("Image Alt Text", "").strip()[:300], position)
    for row in rows:  # a variant's picture need not stand among the product's
        if (source := text(row, "Variant Image", 500, faults)) and source not in found:
            found[source] = PictureSheet(source, "", len(found) + 1)
    return list(found.values())


def tax_category(rows: Sequence[Row], tags: Sequence[str], faults: Faults) -> str:
    """The tax category: by the file's tax code, else by a tag that speaks of books or food, else the standard one."""
    codes = {code for row in rows if (code := row.cells.get("Variant Tax Code", "").strip())}
    if len(codes) > 1:
        faults.add(rows[0], "Variant Tax Code", "the variants of one product have different codes")
    if codes:
        code = codes.pop()
        return TAX_CATEGORIES.get(code.rsplit("-", 1)[-1], code.lower()[:20])
    return next((REDUCED_TAGS[word] for tag in tags if (word := fold(tag)) in REDUCED_TAGS), "standard")


def text(row: Row, column: str, longest: int, faults: Faults) -> str:
    """A cell's text; one that is too long is a fault."""
    cell = row.cells.get(column, "").strip()
    if len(cell) > longest:
        faults.add(row, column, f"has {len(cell):,} characters where {longest} fit")
    return cell


def amount(row: Row, column: str, currency: str, faults: Faults) -> int | None:
    """A cell's money in minor units; None where it is empty."""
    cell = row.cells.get(column, "").strip()
    if not cell:
        return None
    try:
        minor = money.parse(cell, currency)
    except money.BadAmount as problem:
        faults.add(row, column, f"{problem}; write it like 12.50")
        return None
    if minor < 0:
        faults.add(row, column, f"“{cell[:40]}” is below zero")
    if minor > money.LARGEST_PRICE:
        faults.add(row, column, f"“{cell[:40]}” is higher than any price")
    return minor


MEASURES = {
    "mg": ("0.001", "g"),
    "g": ("1", "g"),
    "kg": ("1000", "g"),
    "ml": ("1", "ml"),
    "cl": ("10", "ml"),
    "l": ("1000", "ml"),
    "mm": ("0.1", "cm"),
    "cm": ("1", "cm"),
    "m": ("100", "cm"),
    "m2": ("10000", "cm2"),
    "item": ("1", "piece"),
    "piece": ("1", "piece"),
}
"""Units of content as files name them, and the one that each is kept in."""


def measure(row: Row, faults: Faults) -> tuple[int | None, str]:
    """What a package holds, for its unit price; none where the file does not say it."""
    said = row.cells.get("Unit Price Total Measure", "").strip()
    unit = row.cells.get("Unit Price Total Measure Unit", "").strip().lower()
    if not said:
        return None, ""
    if unit not in MEASURES:
        faults.add(row, "Unit Price Total Measure Unit", f"“{unit[:20]}” is no unit that we know")
        return None, ""
    factor, kept = MEASURES[unit]
    try:
        content = Decimal(said) * Decimal(factor)
        if not 1 <= content < 2**31 or content != content.to_integral_value():
            raise InvalidOperation
    except InvalidOperation:
        faults.add(row, "Unit Price Total Measure", f"“{said[:40]}” is no whole number of {kept}")
        return None, ""
    return int(content), kept


def grams(row: Row, faults: Faults) -> int:
    """A cell's weight in whole grams."""
    cell = row.cells.get("Variant Grams", "").strip()
    try:
        weight = Decimal(cell or 0)
        if not 0 <= weight < 2**31:
            raise InvalidOperation
    except InvalidOperation:
        faults.add(row, "Variant Grams", f"“{cell[:40]}” is no weight in grams")
        return 0
    return money.rounded(weight)


def barcode(row: Row, faults: Faults) -> str | None:
    """A cell's barcode (GTIN-8, 12, 13 or 14), its check digit checked; None where it is empty or wrong."""
    cell = row.cells.get("Variant Barcode", "").strip().lstrip("'")
    if not cell:
        return None
    try:
        return str(ean.validate(cell))
    except InvalidChecksum:
        faults.add(row, "Variant Barcode", f"“{cell[:20]}” has a wrong check digit")
    except ValidationError:
        hint = "; a spreadsheet has turned it into a number" if "E+" in cell.upper() else ""
        faults.add(row, "Variant Barcode", f"“{cell[:20]}” is no barcode of 8, 12, 13 or 14 digits{hint}")
    return None
