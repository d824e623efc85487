"""Stock as other systems tell it: a file of counts, brought in through the ledger."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from commerce.channels.models import Location
from commerce.csv_files import Fault, Row, Unreadable, count_rows, read
from commerce.timeline.actors import Actor
from inventory import ledger
from inventory.ledger import Count, CountDiffers, count_key
from inventory.statements import run

CHUNK = 1000
MAX_UNITS = 999_999


@dataclass
class Imported:
    """What became of the rows of a file: each is new, known, or has a fault; `moved`: new, but to be looked at."""

    new: int = 0
    known: int = 0
    moved: int = 0
    faults: list[Fault] = field(default_factory=list)


def import_stock(
    path: Path, *, by: Actor, at: datetime, progress: Callable[[int, int], None] = lambda done, total: None
) -> Imported:
    """Bring in a file of counts: `sku` or `barcode` or both, `location`, `quantity`, `counted_at`.

    A chunk of rows is booked whole or not at all, and a row that was booked before is passed over, so a run that broke
    off is simply run again. Raises Unreadable, before anything is booked.
    """
    total = count_rows(path)  # also finds out whether the file can be read to its end
    places = {place.code.casefold(): place for place in Location.objects.all()}
    imported, done = Imported(), 0
    rows = rows_of(path)
    while chunk := list(islice(rows, CHUNK)):
        book(chunk, places=places, imported=imported, by=by, at=at)
        done += len(chunk)
        progress(done, total)
    return imported


def rows_of(path: Path) -> Iterator[Row | Fault]:
    """The rows of the file; raises Unreadable."""
    columns = ("sku", "barcode", "location", "quantity", "counted_at")
    rows = read(path, required=columns[2:], spelled={column: column for column in columns})
    for number, row in enumerate(rows):
        if number == 0 and isinstance(row, Row) and not row.cells.keys() & {"sku", "barcode"}:
            raise Unreadable(f"{path.name} has neither a column “sku” nor a column “barcode”")
        yield row


def book(
    chunk: Sequence[Row | Fault], *, places: Mapping[str, Location], imported: Imported, by: Actor, at: datetime
) -> None:
    """Book the counts of some rows in one transaction, and tell what became of each row."""
    rows = [row for row in chunk if isinstance(row, Row)]
    imported.faults += [fault for fault in chunk if isinstance(fault, Fault)]
    catalog = Catalog.of(rows)
    counts: dict[int, Count] = {}
    for row in rows:
        try:
            counts[row.number] = count_of(row, catalog=catalog, places=places, at=at)
        except Wrong as problem:
            imported.faults.append(Fault(row.number, problem.column, problem.reason))
    try:
        new = ledger.count(list(counts.values()), by=by, at=at)
    except CountDiffers as refusal:
        differing = {id(count) for count in refusal.counts}
        for number in [number for number, count in counts.items() if id(count) in differing]:
            del counts[number]
            imported.faults.append(Fault(number, "quantity", str(refusal)))
        new = ledger.count(list(counts.values()), by=by, at=at)
    imported.new += len(new)
    imported.moved += sum(found.moved > 0 for found in new)
    imported.known += len(counts) - len(new)


class Wrong(Exception):
    """A cell that cannot be used, and why."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column, self.reason = column, reason


@dataclass(frozen=True)
class Catalog:
    """The variants that some rows name."""

    by_sku: Mapping[str, int]
    by_barcode: Mapping[str | None, int]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Catalog":
        """Look up all variants at once."""
        skus, barcodes = (sorted({cell(row, column) for row in rows} - {""}) for column in ("sku", "barcode"))
        return cls(
            dict(run("SELECT sku, id FROM catalog_variant WHERE sku = ANY(%(skus)s::text[])", skus=skus)),
            dict(run("SELECT barcode, id FROM catalog_variant WHERE barcode = ANY(%(codes)s::text[])", codes=barcodes)),
        )

    def variant(self, row: Row) -> int:
        """The variant of a row; raises Wrong."""
        sku, barcode = cell(row, "sku"), cell(row, "barcode")
        if not sku and not barcode:
            raise Wrong("sku", "neither SKU nor barcode is given")
        if sku and sku not in self.by_sku:
            raise Wrong("sku", f"no variant has the SKU “{sku[:60]}”")
        if barcode and barcode not in self.by_barcode:
            hint = "; a spreadsheet has rounded it" if "E+" in barcode.upper() else ""
            raise Wrong("barcode", f"no variant has the barcode “{barcode[:60]}”{hint}")
        if sku and barcode and self.by_sku[sku] != self.by_barcode[barcode]:
            raise Wrong("barcode", f"“{barcode}” is not the barcode of “{sku}”")
        return self.by_sku[sku] if sku else self.by_barcode[barcode]


def cell(row: Row, column: str) -> str:
    """The text of a cell; empty where the file has no such column."""
    return row.cells.get(column, "").strip()


def count_of(row: Row, *, catalog: Catalog, places: Mapping[str, Location], at: datetime) -> Count:
    """The count that a row tells; raises Wrong."""
    variant = catalog.variant(row)
    code = cell(row, "location")
    place = places.get(code.casefold())
    if place is None:
        raise Wrong("location", f"there is no location “{code[:60]}”" if code else "is empty")
    quantity = cell(row, "quantity")
    if not (quantity.isascii() and quantity.isdigit() and int(quantity[:10]) <= MAX_UNITS and len(quantity) < 10):
        raise Wrong("quantity", f"“{quantity[:20]}” is not a whole number from 0 to {MAX_UNITS:,}")
    counted_at = instant_of(cell(row, "counted_at"), place.timezone)
    if counted_at > at:
        raise Wrong("counted_at", f"“{cell(row, 'counted_at')}” lies in the future")
    return Count(variant, place.pk, int(quantity), counted_at, key=count_key(place.pk, variant, counted_at))


@lru_cache(maxsize=1000)
def instant_of(text: str, timezone: str) -> datetime:
    """An ISO 8601 instant; without an offset it is the local time of its place. Raises Wrong."""
    try:
        moment = datetime.fromisoformat(text if len(text) > len("2026-11-20") else "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise Wrong("counted_at", f"“{text[:40]}” is not a time such as 2026-11-20T18:30:00+01:00") from problem
