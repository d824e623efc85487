"""A sales history goes in through the door that tills use: matched with people, articles and places, chunk by chunk.

A chunk of whole receipts is one transaction. Killed anywhere and run again, it ends in the same state; run again after
that, it changes nothing. Nothing follows from it: no task, no message.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import OperationalError, connection, transaction
from django.utils.text import slugify

from commerce.catalog.models import Product, Variant
from commerce.catalog.words import search_text
from commerce.channels.models import SalesChannel
from commerce.csv_files import Fault
from commerce.customers.models import Person
from commerce.inbox.models import ExternalId
from commerce.timeline.actors import Actor
from inventory.history import Place, derive_opening
from orders.models import Order
from orders.returns.models import Return
from orders.sales_files import Outcome, Receipt, SalesFile, Till, uuid_of
from orders.till_facts import TillFact, TillLine
from orders.tills import Taken, compared, moves_of, record_sales

TOLD_BY_TILLS = ("poslog", "mostrador")
"""The formats that tills write today, too."""
CHUNK = 4_000
"""Lines per transaction, in whole receipts."""


class ImportRuns(Exception):
    """Another import is running; two at once would both derive the same opening stock."""


@dataclass
class Imported:
    """What an import did. Money by day is the file's and, beside it, what the database holds now."""

    counts: Counter[str]
    rejects: list[Fault]
    new: int = 0
    known: int = 0
    days: dict[date, tuple[int, int]] = field(default_factory=dict)
    booked: list[TillFact] = field(default_factory=list)

    @property
    def disagreeing(self) -> list[date]:
        """The days on which the two differ."""
        return sorted(day for day, (theirs, ours) in self.days.items() if theirs != ours)


def import_sales(
    sales: SalesFile,
    *,
    tills: Mapping[str, Till],
    by: Actor | None = None,
    is_history: bool = True,
    at: datetime,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Imported:
    """Bring a file's receipts in; `tills` says by the file's name of a place where they belong. Raises ImportRuns.

    Of history the opening stock is derived, and nothing follows. What a till wrote today is told like any other sale.
    """
    by = by or Actor("import", sales.system)
    if is_history:
        sales.drop_undone()
    with alone():
        name_as_in_the_books(sales, is_history=is_history)
        people = people_of(sales, at=at)
        variants = variants_of(sales)
        receipts = {receipt.key: receipt for receipt in sales.receipts}
        facts = [
            fact_of(receipt, tills, people, variants, latest=None if is_history else at) for receipt in sales.receipts
        ]
        taken = Taken([], [], [])
        for chunk in chunks(facts):
            part = compared(chunk)
            taken = Taken(taken.new + part.new, taken.known + part.known, taken.different + part.different)
        rejects = [
            Fault(line.row, "", f"{fact.key} was imported before with other lines; this one was left out")
            for fact in taken.different
            for line in receipts[fact.key].lines
        ]
        sales.leave_out({fact.key for fact in taken.different}, rejects)
        if taken.new and is_history:
            different = {fact.key for fact in taken.different}
            open_stock([fact for fact in facts if fact.key not in different], by=by, at=at)
        done, total = (
            sum(len(fact.lines) for fact in taken.known),
            sum(len(receipt.lines) for receipt in sales.receipts),
        )
        for chunk in chunks(taken.new):
            with transaction.atomic():
                for sales_channel, of_channel in by_channel(chunk, receipts, tills):
                    record_sales(of_channel, sales_channel=sales_channel, by=by, at=at, past=is_history)
            done += sum(len(fact.lines) for fact in chunk)
            progress(done, total)
        progress(total, total)
    counted = Imported(sales.counts(), sales.rejects, new=len(taken.new), known=len(taken.known))
    counted.days = money_by_day(sales.receipts, tills)
    different = {each.key for each in taken.different}
    counted.booked = [fact for fact in facts if fact.key not in different]
    return counted


def name_as_in_the_books(sales: SalesFile, *, is_history: bool) -> None:
    """Give receipts the names under which they stand in the books, if they do, so that none is booked twice.

    The same log may be told today and imported as history: what is told has the name of a fact in the tills' journal.
    """
    if sales.system not in TOLD_BY_TILLS:
        return
    told = {receipt.key: f"till:{uuid_of(receipt.key)}" for receipt in sales.receipts}
    known: set[str] = set()
    for rows in (Order.objects, Return.objects):
        keys = rows.filter(till_key__in=[*told, *told.values()]).values_list("till_key", flat=True)
        known.update(key for key in keys if key)

    def name(key: str) -> str:
        first, second = (key, told[key]) if is_history else (told[key], key)
        return second if second in known and first not in known else first

    sales.receipts = [replace(receipt, key=name(receipt.key)) for receipt in sales.receipts]


@contextmanager
def alone() -> Iterator[None]:
    """Hold the database's own lock on imports; it is free again when this process ends, in whichever way."""
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT pg_advisory_lock(hashtext('sales import'))")
        except OperationalError as problem:
            raise ImportRuns("another sales import is running; wait until it has ended") from problem
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('sales import'))")


@transaction.atomic
def people_of(sales: SalesFile, *, at: datetime) -> dict[str, int]:
    """The people behind the file's customer numbers, made where they are not known: no names, only the number."""
    known = dict(
        ExternalId.objects.filter(system=sales.system, kind="person", external_id__in=sales.customers).values_list(
            "external_id", "ours"
        )
    )
    fresh = {
        number: Person(country=customer.country, timezone=customer.timezone, language=customer.language, created_at=at)
        for number, customer in sales.customers.items()
        if number not in known
    }
    Person.objects.bulk_create(fresh.values(), batch_size=1000)
    ExternalId.objects.bulk_create(
        [
            ExternalId(system=sales.system, kind="person", external_id=number, ours=person.public_id)
            for number, person in fresh.items()
        ],
        batch_size=1000,
    )
    ids = dict(Person.objects.filter(public_id__in=known.values()).values_list("public_id", "pk"))
    return {number: ids[ours] for number, ours in known.items()} | {n: person.pk for n, person in fresh.items()}


@transaction.atomic
def variants_of(sales: SalesFile) -> dict[str, int]:
    """The variants behind the file's codes; an unknown one becomes a draft, which nobody is offered."""
    titles = sales.titles()
    variants = dict(Variant.objects.filter(sku__in=titles).values_list("sku", "pk"))
    missing = [sku for sku in titles if sku not in variants]
    handles = free_handles([f"{sales.system}-{slugify(sku) or 'article'}" for sku in missing])
    products = [
        Product(
            handle=handle,
            title=titles[sku][:200],
            status=Product.Status.DRAFT,
            search_text=search_text(titles=[titles[sku]], others=[sku]),
        )
        for sku, handle in zip(missing, handles, strict=True)
    ]
    Product.objects.bulk_create(products, batch_size=1000)
    fresh = [Variant(product=product, sku=sku) for sku, product in zip(missing, products, strict=True)]
    Variant.objects.bulk_create(fresh, batch_size=1000)
    return variants | {variant.sku: variant.pk for variant in fresh}


def free_handles(wanted: Sequence[str]) -> list[str]:
    """The handles, with a number behind those that are taken."""
    taken = set(Product.objects.filter(handle__in=wanted).values_list("handle", flat=True))
    free = []
    for handle in wanted:
        handle, number = handle[:110], 1
        while (candidate := handle if number == 1 else f"{handle}-{number}") in taken:
            number += 1
        taken.add(candidate)
        free.append(candidate)
    return free


def fact_of(
    receipt: Receipt,
    tills: Mapping[str, Till],
    people: Mapping[str, int],
    variants: Mapping[str, int],
    *,
    latest: datetime | None,
) -> TillFact:
    """A receipt in the words of record_sales; what a till tells today happened by now at the latest."""
    return TillFact(
        key=receipt.key,
        kind=receipt.kind,
        occurred_at=min(receipt.occurred_at, latest or receipt.occurred_at),
        location=tills[receipt.place].location.pk,
        lines=tuple(
            TillLine(
                ordinal=line.ordinal,
                variant=None if line.outcome == Outcome.CHARGE else variants[line.sku],
                sku=line.sku,
                title=line.title,
                quantity=line.quantity,
                unit_price=line.unit_price,
                discount=line.discount,
                total=line.total,
            )
            for line in receipt.lines
        ),
        person=people.get(receipt.customer),
        number=receipt.number,
        tender="imported",
        device=receipt.device,
    )


def open_stock(facts: Sequence[TillFact], *, by: Actor, at: datetime) -> None:
    """Derive what must have lain on the shelves before the file begins."""
    changes: dict[Place, list[int]] = defaultdict(list)
    for fact in facts:
        for move in moves_of(fact, {}):
            changes[move.variant_id, move.location_id].append(move.quantity)
    derive_opening(changes, source=facts[0].key, began_at=facts[0].occurred_at, by=by, at=at)


def chunks(facts: Iterable[TillFact]) -> Iterator[list[TillFact]]:
    """Whole receipts, some thousand lines at a time."""
    chunk: list[TillFact] = []
    lines = 0
    for fact in facts:
        chunk.append(fact)
        lines += len(fact.lines)
        if lines >= CHUNK:
            yield chunk
            chunk, lines = [], 0
    if chunk:
        yield chunk


def by_channel(
    facts: Iterable[TillFact], receipts: Mapping[str, Receipt], tills: Mapping[str, Till]
) -> Iterator[tuple[SalesChannel, list[TillFact]]]:
    """Facts by the sales channel they happened in."""
    found: dict[SalesChannel, list[TillFact]] = {}
    for fact in facts:
        found.setdefault(tills[receipts[fact.key].place].sales_channel, []).append(fact)
    yield from found.items()


MONEY_BY_DAY = """
SELECT day, sum(amount)::bigint FROM (
    SELECT (o.placed_at AT TIME ZONE p.timezone)::date AS day, l.total AS amount
    FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id JOIN channels_location p ON p.id = o.location_id
    WHERE o.till_key = ANY(%(keys)s)
    UNION ALL
    SELECT (r.returned_at AT TIME ZONE p.timezone)::date, -l.total
    FROM returns_return r JOIN returns_returnline l ON l.returned_id = r.id
    JOIN channels_location p ON p.id = r.location_id
    WHERE r.till_key = ANY(%(keys)s)
) AS line GROUP BY day
"""


def money_by_day(receipts: Sequence[Receipt], tills: Mapping[str, Till]) -> dict[date, tuple[int, int]]:
    """By local day, what the file's receipts come to and what the database holds for them, in minor units."""
    theirs: Counter[date] = Counter()
    for receipt in receipts:
        day = receipt.occurred_at.astimezone(ZoneInfo(tills[receipt.place].location.timezone)).date()
        theirs[day] += sum(line.total for line in receipt.lines) * (-1 if receipt.kind == "return" else 1)
    with connection.cursor() as cursor:
        cursor.execute(MONEY_BY_DAY, {"keys": [receipt.key for receipt in receipts]})
        ours = dict(cursor.fetchall())
    return {day: (theirs[day], ours.get(day, 0)) for day in sorted(theirs.keys() | ours.keys())}
