"""What files of tills tell beside their sales: differences, voids, and numbers that are missing, as by the API.

A till that writes files has no key; it is known by its store and its own name. Its numbers begin anew with each of its
business days, so they stand in a roll of their own, day by day, and its facts beside the sequence of the journal.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from commerce.channels.devices import issue
from commerce.channels.models import Device, Role
from commerce.ids import digest
from commerce.pricing.prices import Market
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.record import record
from orders.happenings import TillDiffered
from orders.journal import differences, sequences, speaking
from orders.journal.clocks import Claim
from orders.journal.clocks import settle as settle_clock
from orders.journal.differences import Found, Kind, row_of
from orders.journal.models import Difference, Fact, Roll, Till
from orders.journal.reading import Said, key_of
from orders.models import Order, Todo
from orders.sales_files import Receipt, SalesFile, Undone, uuid_of
from orders.sales_files import Till as Place
from orders.till_facts import TillFact
from orders.todos import close_todo

TOLD = "till:"
"""How the key of a receipt begins that was told, not imported as history."""
Devices = Mapping[tuple[str, str], Device]


@transaction.atomic
def enter(
    sales: SalesFile, booked: Sequence[TillFact], *, places: Mapping[str, Place], strange: Collection[str], at: datetime
) -> None:
    """Enter what a file told into the journal, once: its receipts are booked already. `strange` are SKUs it brought."""
    receipts = [one for one in sales.receipts if one.key.startswith(TOLD) and one.kind != "adjustment"]
    devices = devices_of(sales, receipts, places, at=at)
    known_orders = {key_of(uuid_of(undone.of)) for undone in sales.undone if undone.is_own}
    in_books = set(Order.objects.filter(till_key__in=known_orders).values_list("till_key", flat=True))
    undone = [one for one in sales.undone if not one.is_own or key_of(uuid_of(one.of)) in in_books]
    facts = [fact_of(one, devices[one.place, one.device], at=at) for one in receipts]
    facts += [void_of(one, devices[one.place, one.device], at=at) for one in undone]
    speaking.lock({fact.of for fact in facts if fact.of})
    known = set(Fact.objects.filter(uuid__in=[fact.uuid for fact in facts]).values_list("uuid", flat=True))
    fresh = {fact.uuid: fact for fact in facts if fact.uuid not in known}
    by_key = {key_of(uuid): fact for uuid, fact in fresh.items()}
    orders = {order.till_key: order for order in Order.objects.filter(till_key__in=by_key)}
    for key, fact in by_key.items():
        if fact.kind == Fact.Kind.SALE:
            fact.order = orders[key]
    Fact.objects.bulk_create(fresh.values())
    differ(by_key, booked, places, strange, at=at)
    speaking.settle({one for fact in fresh.values() for one in (fact.uuid, fact.of) if one}, at=at)
    for (place, name, day), numbers in sales.numbers.items():
        call_the_roll(devices[place, name], day, numbers, at=at)


def devices_of(
    sales: SalesFile, receipts: Sequence[Receipt], places: Mapping[str, Place], *, at: datetime
) -> dict[tuple[str, str], Device]:
    """The tills of a file, by place and name; made where they are not known, with a key that nobody has seen."""
    named = {(place, name) for place, name, _ in sales.numbers}
    named |= {(one.place, one.device) for one in receipts} | {(one.place, one.device) for one in sales.undone}
    devices = {}
    for place, name in sorted(named):
        known = Device.objects.filter(location=places[place].location, name=f"{sales.system} {name}"[:60])
        devices[place, name] = (
            known.order_by("pk").first()
            or issue(f"{sales.system} {name}"[:60], role=Role.STORE, location=places[place].location, at=at)[0]
        )
    return devices


def fact_of(receipt: Receipt, device: Device, *, at: datetime) -> Fact:
    """A receipt as it stands in the journal."""
    _, flags = settle_clock(Claim(receipt.occurred_at), sent=Claim(at), at=at)
    return Fact(
        device=device,
        uuid=UUID(receipt.key.removeprefix(TOLD)),
        sequence=max(receipt.sequence, 1),
        kind=receipt.kind,
        of=uuid_of(receipt.of) if receipt.of else None,
        status=Fact.Status.BOOKED,
        is_apart=True,
        digest=digest(receipt.key),
        claimed_at=receipt.occurred_at.isoformat(),
        occurred_at=min(receipt.occurred_at, at),
        recorded_at=at,
        flags=flags,
    )


def void_of(undone: Undone, device: Device, *, at: datetime) -> Fact:
    """A post-void as it stands in the journal: it waits for its sale, which may come with another file."""
    uuid, of, claimed_at = uuid_of(undone.key), uuid_of(undone.of), undone.occurred_at.isoformat()
    number = max(undone.number, 1)
    said = {"uuid": str(uuid), "sequence": number, "kind": "void", "occurred_at": claimed_at, "of": str(of)}
    return Fact(
        device=device,
        uuid=uuid,
        sequence=number,
        kind=Fact.Kind.VOID,
        of=of,
        status=Fact.Status.WAITING,
        is_apart=True,
        digest=digest(undone.key),
        said=said,
        claimed_at=claimed_at,
        occurred_at=min(undone.occurred_at, at),
        recorded_at=at,
    )


def differ(
    facts: Mapping[str, Fact],
    booked: Sequence[TillFact],
    places: Mapping[str, Place],
    strange: Collection[str],
    *,
    at: datetime,
) -> None:
    """Write down in what new sales of a file differ from what we expected."""
    channels = {place.location.pk: place.sales_channel for place in places.values()}
    for location in sorted({fact.location for fact in booked}):
        sales = [one for one in booked if one.location == location and one.kind == "sale" and one.key in facts]
        found = differences.of_sales(
            [(said_of(facts[one.key]), one) for one in sales],
            market=Market(channels[location], location_id=location),
        )
        for sale in sales:
            here = [one for one in found.get(sale.key, []) if one.kind != Kind.ARTICLE]
            here += [
                Found(Kind.ARTICLE, line.ordinal, line.sku, actual=line.total)
                for line in sale.lines
                if line.variant is not None and line.sku in strange
            ]
            if here:
                tell(facts[sale.key], here, channel=channels[location].kind, at=at)


def said_of(fact: Fact) -> Said:
    """What a file says of a sale beside its lines: nothing."""
    return Said(fact.uuid, fact.sequence, fact.kind, Claim(fact.occurred_at), fact.claimed_at, fact.digest, {})


def tell(fact: Fact, found: Sequence[Found], *, channel: str, at: datetime) -> None:
    """Write a sale's differences down, and tell its timeline."""
    Difference.objects.bulk_create([row_of(fact.pk, one) for one in found])
    if fact.order:
        kinds = tuple(sorted({str(one.kind) for one in found}))
        told = TillDiffered(fact.order.public_id, kinds, sum(one.loss for one in found), fact.order.currency)
        by = Actor("device", fact.device.public_id)
        record(fact.order.journey_id, told, by=by, channel=channel, at=fact.occurred_at, recorded_at=at)


def call_the_roll(device: Device, day: str, numbers: Collection[int], *, at: datetime) -> None:
    """Note which numbers of a till we have, and alarm its store while some are missing between them."""
    till = sequences.lock(device, installation="", at=at)
    roll, _ = Roll.objects.get_or_create(device=device, day=day, defaults={"numbers": []})
    if set(numbers) <= set(roll.numbers):
        return
    roll.numbers = sorted({*roll.numbers, *numbers})
    roll.save(update_fields=["numbers"])
    rolls = list(Roll.objects.filter(device=device).order_by("day").values_list("numbers", flat=True))
    gaps = missing_in(rolls)
    told = sum(map(len, rolls))
    missing = sum(last - first + 1 for first, last in gaps)
    Till.objects.filter(pk=till.pk).update(told=told, highest=told + missing)
    if gaps:
        sequences.alarm_of_gaps(device, gaps, at=at)
    else:
        close_todo(Todo.Kind.TILL_GAP, device.public_id, by=SYSTEM, at=at)


def missing_in(rolls: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """The gaps between a till's numbers: within a day, and between days where one goes on with the other's numbers.

    Pure. What came before the first number that we ever heard of is not missing.
    """
    gaps = []
    before: int | None = None
    for numbers in rolls:
        for number in numbers:
            if before is not None and number > before + 1:
                gaps.append((before + 1, number - 1))
            before = number
    return gaps
