"""Taking in what a till tells: any number of times, in any order, cut anywhere, the end is the same.

A sale is a fact. It is never refused for stock, price or coupon, for the customer has left with the goods; in what it
differs from what we expected is written down beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DataError, transaction
from django.db.models import Q

from commerce.bulk import next_ids
from commerce.catalog.models import Variant
from commerce.channels.models import Device, Location, SalesChannel
from commerce.customers.models import Person
from commerce.pricing.prices import Market
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import record
from orders.happenings import TillDiffered
from orders.journal import apart, coupons, differences, leases, promised, sequences, speaking
from orders.journal.clocks import Claim
from orders.journal.differences import Found, row_of
from orders.journal.models import Difference, Fact, Till
from orders.journal.reading import Said, SaidLine, Unclear, read
from orders.journal.signing import NotATill
from orders.models import Order
from orders.selling import selling_channel
from orders.till_facts import TillFact, TillLine
from orders.tills import record_sales
from orders.told_twice import insist

Kind, Status = Fact.Kind, Fact.Status


@dataclass(frozen=True)
class Batch:
    """What came in one request. `installation` names the till's software, which a copied disk has, too."""

    device: Device
    store: Location
    sales_channel: SalesChannel
    installation: str
    sent: Claim
    facts: Sequence[Any]

    @property
    def by(self) -> Actor:
        """Who says it."""
        return Actor("device", self.device.public_id)

    @property
    def market(self) -> Market:
        """Whose prices were meant."""
        return Market(self.sales_channel, location_id=self.store.pk)


@dataclass
class Result:
    """What became of one fact: new, known, waiting, different, refused or quarantined."""

    result: str
    uuid: str | None = None
    sequence: int | None = None
    order: str | None = None
    flags: Sequence[str] = ()
    differences: list[str] = field(default_factory=list)
    field: str | None = None
    reason: str | None = None


@dataclass
class Answer:
    """What became of each fact, in their order, and which numbers of the till's sequence are still missing."""

    facts: list[Result]
    missing: Sequence[tuple[int, int]]


def take(batch: Batch, *, at: datetime) -> Answer:
    """Take in a batch. What is new is booked, what we know already is passed over, what is unclear is told back.

    Where another till is just telling one of these facts, this one answers as if it had come second. Where the books
    cannot hold what a fact says, only that one is told back; where they refuse it, only that one is set apart.
    """
    try:
        return insist(lambda: take_once(batch, at=at))
    except (DataError, Problem) as cause:
        if len(batch.facts) == 1:
            if isinstance(cause, Problem):
                return keep_apart(batch, cause, at=at)
            problem = Unclear("lines", "no shelf and no account holds so much")
            return Answer([refused(batch.facts[0], problem)], ())
        half = len(batch.facts) // 2
        parts = [take(replace(batch, facts=part), at=at) for part in (batch.facts[:half], batch.facts[half:])]
        return Answer([*parts[0].facts, *parts[1].facts], parts[1].missing)


@transaction.atomic
def take_once(batch: Batch, *, at: datetime) -> Answer:
    """Take in a batch, where nobody else tells of the same facts at this moment."""
    till = sequences.lock(batch.device, installation=batch.installation, at=at)
    results, said = read_all(batch.facts, batch.store)
    new = sift(said, batch=batch, till=till, at=at)
    facts = enter(new, batch=batch, till=till, at=at)
    book(facts, batch=batch, at=at)
    missing = sequences.look_for_gaps(till, told=len(facts), at=at)
    return Answer(results, missing)


def read_all(bodies: Sequence[Any], store: Location) -> tuple[list[Result], list[tuple[Said, Result]]]:
    """What became of each body as far as it was read, in their order, and the facts that were understood."""
    zone = ZoneInfo(store.timezone)
    results: list[Result] = []
    said: list[tuple[Said, Result]] = []
    for body in bodies:
        try:
            one = read(body, zone=zone)
        except Unclear as problem:
            results.append(refused(body, problem))
        else:
            results.append(Result("new", str(one.uuid), one.sequence))
            said.append((one, results[-1]))
    return results, said


@transaction.atomic
def keep_apart(batch: Batch, cause: Problem, *, at: datetime) -> Answer:
    """Set one fact apart that the books refuse; told again, it is tried again, and a person may book it."""
    till = sequences.lock(batch.device, installation=batch.installation, at=at)
    said = read(batch.facts[0], zone=ZoneInfo(batch.store.timezone))
    result = Result(Status.QUARANTINED, str(said.uuid), said.sequence, reason=cause.code)
    apart.set_apart(till, said, sent=batch.sent, at=at, why=f"number {said.sequence} cannot be booked: {cause.code}")
    return Answer([result], sequences.look_for_gaps(till, told=0, at=at))


def refused(body: Any, problem: Unclear) -> Result:
    """What is told back of a fact that is unclear. Its number stays missing, so a gap tells of it, too."""
    named = body if isinstance(body, dict) else {}
    uuid, sequence = named.get("uuid"), named.get("sequence")
    return Result(
        "refused",
        uuid if isinstance(uuid, str) and len(uuid) <= len("00000000-0000-4000-8000-000000000000") else None,
        sequence if type(sequence) is int and abs(sequence) < 2**62 else None,
        field=problem.field,
        reason=problem.reason,
    )


def apart_as(bodies: Sequence[Any], store: Location, *, reason: str) -> list[Result]:
    """What is told of facts that were set apart for this reason, or that are unclear besides."""
    results, said = read_all(bodies, store)
    known = dict(Fact.objects.filter(uuid__in=[one.uuid for one, _ in said]).values_list("uuid", "status"))
    for one, result in said:
        status = known.get(one.uuid, Status.QUARANTINED)
        result.result, result.reason = "known" if status == Status.BOOKED else status, reason
    return results


def sift(said: Sequence[tuple[Said, Result]], *, batch: Batch, till: Till, at: datetime) -> list[tuple[Said, Result]]:
    """Which facts are new. What was told before is known, or different; a second till under this name is set apart.

    What was set apart is new where it comes by a key that may tell it: of its own till, let in again, or of the copy
    that has a key of its own by now.
    """
    uuids, numbers = [one.uuid for one, _ in said], [one.sequence for one, _ in said]
    rows = Fact.objects.filter(Q(uuid__in=uuids) | Q(device=till.device_id, sequence__in=numbers))
    by_uuid, by_number = {}, {}
    for row in rows.select_related("device"):
        by_uuid[row.uuid] = row
        if row.device_id == till.device_id and not row.is_apart:
            by_number[row.sequence] = row.uuid
    is_copy = batch.installation != till.installation
    new = []
    for one, result in said:
        known = by_uuid.get(one.uuid)
        is_free = not is_copy and one.sequence not in by_number
        if known is not None and is_free and apart.may_join(known, one, till):
            known.delete()
            known = None
        if known is not None:
            result.result = known_as(known, one, till)
            if result.result in ("different", "refused"):
                sequences.alarm_of_content(till, one, at=at)
        elif is_free:
            by_uuid[one.uuid] = Fact(device_id=till.device_id, digest=one.digest, status=Status.BOOKED)
            by_number[one.sequence] = one.uuid
            new.append((one, result))
        else:
            result.result = Status.QUARANTINED
            by_uuid[one.uuid] = apart.set_apart(till, one, sent=batch.sent, at=at)
    return new


def known_as(known: Fact, one: Said, till: Till) -> str:
    """What a fact is whose UUID we know."""
    if known.device_id != till.device_id:
        return "refused"
    if known.digest != one.digest:
        return "different"
    return "known" if known.status == Status.BOOKED else known.status


def book_apart(rows: Sequence[Fact], *, decided_by: str = "", at: datetime) -> None:
    """Book what was set apart of one till, under the numbers that are free in its sequence, else beside it."""
    device = rows[0].device
    store = device.location
    if store is None:
        raise NotATill("this device has no store of its own any more")
    till = sequences.lock(device, installation="", at=at)
    batch = Batch(device, store, selling_channel(store), till.installation, Claim(at), [])
    taken = Fact.objects.filter(device=device, is_apart=False, sequence__in=[row.sequence for row in rows])
    numbers = set(taken.values_list("sequence", flat=True))
    entered = []
    Fact.objects.filter(pk__in=[row.pk for row in rows]).delete()
    for row in sorted(rows, key=lambda row: (row.sequence, row.uuid)):
        one = read(row.said, zone=ZoneInfo(store.timezone))
        row.is_apart, row.decided_by = row.sequence in numbers, decided_by
        numbers.add(row.sequence)
        entered.append(entered_as(row, one, Result("new", str(one.uuid), one.sequence)))
    book(entered, batch=batch, at=at)
    sequences.look_for_gaps(till, told=sum(not one.row.is_apart for one in entered), at=at)


@dataclass(frozen=True)
class Entered:
    """A fact in the journal, on its way into the books."""

    said: Said
    row: Fact
    result: Result


def entered_as(row: Fact, said: Said, result: Result) -> Entered:
    """A fact that was kept whole, on its way into the books; what only speaks of a sale waits for it."""
    waits = said.kind in (Kind.VOID, Kind.PAYMENT)
    row.status, row.said = (Status.WAITING, row.said) if waits else (Status.BOOKED, None)
    return Entered(said, row, result)


def enter(new: Sequence[tuple[Said, Result]], *, batch: Batch, till: Till, at: datetime) -> list[Entered]:
    """Write new facts into the journal, in the order of the till's own sequence."""
    entered = []
    new = sorted(new, key=lambda pair: pair[0].sequence)
    for pk, (one, result) in zip(next_ids(Fact, len(new)), new, strict=True):
        row = apart.kept(till.device, one, sent=batch.sent, at=at)
        row.pk, row.is_apart, result.flags = pk, False, row.flags
        entered.append(entered_as(row, one, result))
    return entered


def book(facts: Sequence[Entered], *, batch: Batch, at: datetime) -> None:
    """Bring facts into the books: sales and returns first, all at once, then what speaks of a sale."""
    whole = [one for one in facts if one.said.kind in (Kind.SALE, Kind.RETURN)]
    till_facts = facts_of(whole, batch=batch)
    lock(facts, till_facts, batch=batch)
    sales = []
    if whole:
        sold = [
            (line.variant, line.quantity, fact.occurred_at)
            for fact in till_facts
            for line in fact.lines
            if line.variant and fact.kind == "sale"
        ]
        leases.spend(batch.device, batch.store, sold, at=at)
        record_sales(till_facts, sales_channel=batch.sales_channel, by=batch.by, at=at)
        sales = [(one, fact) for one, fact in zip(whole, till_facts, strict=True) if fact.kind == "sale"]
    orders = orders_of([fact.key for _, fact in sales])
    for one, fact in sales:
        one.row.order_id, one.result.order = orders[fact.key][0], orders[fact.key][1]
    Fact.objects.bulk_create([one.row for one in facts])
    if sales:
        differ(sales, orders, batch=batch, at=at)
    spoken_of = [one.said.uuid if one.said.kind == Kind.SALE else one.said.of for one in facts]
    booked = speaking.settle({uuid for uuid in spoken_of if uuid}, at=at)
    for one in facts:
        if one.row.status == Status.WAITING:
            one.result.result = "new" if one.said.uuid in booked else Status.WAITING
            one.result.order = booked.get(one.said.uuid)


def lock(facts: Sequence[Entered], till_facts: Sequence[TillFact], *, batch: Batch) -> None:
    """Lock the sales that this batch speaks of, then every shelf that any of it may touch, all in their order.

    Where it speaks of no earlier sale, the shelves of its lines are locked together as they are booked.
    """
    spoken_of = {one.said.of for one in facts if one.said.of}
    if not spoken_of:
        return
    speaking.lock(
        spoken_of,
        beside={
            *((line.variant, fact.location) for fact in till_facts for line in fact.lines if line.variant),
            *((variant, batch.store.pk) for variant in leases.leased_units(batch.device)),
        },
    )


def facts_of(entered: Sequence[Entered], *, batch: Batch) -> list[TillFact]:
    """Sales and returns in the words of record_sales; articles and people looked up at once."""
    if not entered:
        return []
    lines = [line for one in entered for line in one.said.lines]
    by_sku = dict(Variant.objects.filter(sku__in={line.sku for line in lines if line.sku}).values_list("sku", "pk"))
    barcodes = {line.barcode for line in lines if not line.sku}
    by_barcode = (
        {
            code: (pk, sku)
            for code, pk, sku in Variant.objects.filter(barcode__in=barcodes).values_list("barcode", "pk", "sku")
        }
        if barcodes
        else {}
    )
    names = {one.said.person for one in entered if one.said.person}
    people = dict(Person.objects.filter(public_id__in=names).values_list("public_id", "pk")) if names else {}

    def line_of(ordinal: int, line: SaidLine) -> TillLine:
        variant, sku = (by_sku.get(line.sku), line.sku) if line.sku else by_barcode.get(line.barcode, (None, ""))
        sku = sku or line.barcode
        return TillLine(
            ordinal, variant, sku, line.title or sku, line.quantity, line.unit_price, line.discount, line.total
        )

    return [
        TillFact(
            key=one.said.key,
            kind="sale" if one.said.kind == Kind.SALE else "return",
            occurred_at=one.row.occurred_at,
            location=batch.store.pk,
            lines=tuple(line_of(n, line) for n, line in enumerate(one.said.lines, start=1)),
            person=people.get(one.said.person),
            number="" if one.row.is_apart else f"T{batch.device.pk}-{one.said.sequence}",
            device=batch.device.public_id,
            tenders=tuple(one.said.tenders),
        )
        for one in entered
    ]


def orders_of(keys: Sequence[str]) -> dict[str, tuple[int, str, int]]:
    """The orders of some facts: id, public id and journey."""
    rows = Order.objects.filter(till_key__in=keys).values_list("till_key", "pk", "public_id", "journey_id")
    return {str(key): (pk, public, journey) for key, pk, public, journey in rows}


def differ(
    sales: Sequence[tuple[Entered, TillFact]],
    orders: Mapping[str, tuple[int, str, int]],
    *,
    batch: Batch,
    at: datetime,
) -> None:
    """Write down in what sales differ, in the journal and on their timelines."""
    quoted = {fact.key: promised.found_for(one.said.quote, fact) for one, fact in sales if one.said.quote}
    held = {key: quote for key, (quote, _) in quoted.items() if quote}
    found = differences.of_sales([(one.said, fact) for one, fact in sales], market=batch.market, promised=held)
    for key, (_, said) in quoted.items():
        found.setdefault(key, []).extend(said)
    for pk, lost in redeemed(sales, batch=batch, at=at):
        found.setdefault(pk, []).append(lost)
    for _, fact in sales:
        if quote := held.get(fact.key):
            _, order, journey = orders[fact.key]
            channel = batch.sales_channel.kind
            used = promised.use(quote, fact, order=order, journey=journey, by=batch.by, channel=channel, at=at)
            found.setdefault(fact.key, []).extend(used)
    rows = []
    for one, fact in sales:
        here = found.get(fact.key)
        if here:
            one.result.differences = sorted({each.kind for each in here})
            rows += [row_of(one.row.pk, each) for each in here]
            _, order, journey = orders[fact.key]
            loss = sum(each.loss for each in here)
            told = TillDiffered(order, tuple(one.result.differences), loss, batch.sales_channel.currency)
            record(journey, told, by=batch.by, channel=batch.sales_channel.kind, at=fact.occurred_at, recorded_at=at)
    Difference.objects.bulk_create(rows)


def redeemed(sales: Sequence[tuple[Entered, TillFact]], *, batch: Batch, at: datetime) -> list[tuple[str, Found]]:
    """Redeem the coupons of these sales; by key, which of them no use was left for."""
    with_coupons = {one.row.pk: (one, fact.key) for one, fact in sales if one.said.coupons}
    if not with_coupons:
        return []
    rows = Fact.objects.filter(pk__in=with_coupons).select_related("order__person", "order__sales_channel", "device")
    used = [(row, row.order, code) for row in rows if row.order for code in with_coupons[row.pk][0].said.coupons]
    lost = coupons.redeem(used, by=batch.by, channel=batch.sales_channel.kind, at=at)
    return [(with_coupons[pk][1], found) for pk, found in lost]
