"""Windows of time with a capacity: taken by one guarded UPDATE each, so that the last place goes to one only."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from commerce.promises import giving
from commerce.promises.giving import Given
from commerce.promises.models import Promise
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import record
from inventory.promise import hand_over_at
from orders import moves
from orders.delivery import calls, rates
from orders.delivery.happenings import SlotTaken
from orders.delivery.models import Appointment, Method, Slot, Zone
from orders.lifecycle import TO_PICK
from orders.models import Fulfillment, Order
from orders.moves import IllegalMove
from orders.promising import SUNDAY

Way = Fulfillment.Status
MOST_SHOWN = 30


class SlotGone(Problem):
    """Others have taken the last place, or it is too late for this window; others stand in `slots`."""

    code = "slot_gone"


class SlotTooEarly(Problem):
    """The goods cannot be on their way by then; `day` says from when on they can."""

    code = "slot_too_early"
    status = 422


class NoDayYet(Problem):
    """Nobody knows when the goods are here, so that no window can be agreed."""

    code = "no_day_yet"
    status = 422


class NoSuchSlot(Problem):
    """There is no such window for this address."""

    code = "slot_unknown"
    status = 422


def open_slots(*, postal_code: str, country: str = "ES", after: datetime | None = None, at: datetime) -> QuerySet[Slot]:
    """The windows that can still be taken for a postal code, the earliest first.

    `after`: when the goods can be on their way; a window that is over by then is none.
    """
    free = Slot.objects.filter(cutoff_at__gt=at, booked__lt=F("capacity"), method__is_active=True)
    free = free.filter(ends_at__gt=after) if after else free
    return free.filter(zone__in=zones_of(postal_code, country=country)).order_by("starts_at", "pk")


def zones_of(postal_code: str, *, country: str = "ES") -> list[int]:
    """The zone of a postal code: the one with the longest beginning; several where they say the same."""
    zones = Zone.objects.filter(country=country).values_list("pk", "prefixes")
    lengths = {pk: rates.reach(prefixes, postal_code) for pk, prefixes in zones}
    longest = max(lengths.values(), default=-1)
    return [pk for pk, length in lengths.items() if length == longest >= 0]


def check_zone(*, postal_code: str, country: str = "ES") -> None:
    """Raise OutsideZones where zones are entered and a postal code is in none: there no window is free, ever."""
    if Zone.objects.exists() and not zones_of(postal_code, country=country):
        raise rates.OutsideZones("we do not deliver to this postal code", postal_code=postal_code)


def country_of(part: Fulfillment) -> str:
    """The country to which a part is brought."""
    return (part.address and part.address.country) or "ES"


def show(slots: Sequence[Slot]) -> list[dict[str, object]]:
    """Windows as the API tells them."""
    return [
        {
            "id": slot.public_id,
            "starts_at": slot.starts_at,
            "ends_at": slot.ends_at,
            "left": slot.capacity - slot.booked,
        }
        for slot in slots
    ]


# Tests take the guard away, to see that they would notice.
GUARD = Q(booked__lt=F("capacity"))


def take(slot: Slot, *, at: datetime) -> None:
    """Take one place; raises SlotGone, with the windows that are left."""
    if not Slot.objects.filter(GUARD, pk=slot.pk, cutoff_at__gt=at).update(booked=F("booked") + 1):
        left = Slot.objects.filter(GUARD, zone=slot.zone_id, method=slot.method_id, cutoff_at__gt=at)
        raise SlotGone("this window was taken meanwhile", slots=show(list(left.order_by("starts_at")[:MOST_SHOWN])))


def check_reachable(slot: Slot, leaves_at: datetime | None) -> None:
    """Whether goods that leave at an instant, if anybody knows it, can be brought in a window.

    Raises SlotTooEarly, NoDayYet.
    """
    if leaves_at is None:
        raise NoDayYet("nobody knows yet when the goods are here; a time is agreed once they are")
    if slot.ends_at <= leaves_at:
        day = f"{leaves_at.astimezone(ZoneInfo(settings.SHOP_TIMEZONE)):%Y-%m-%d}"
        raise SlotTooEarly(f"the goods cannot be on their way before {day}", day=day)


def give_back(appointments: QuerySet[Appointment], *, at: datetime) -> None:
    """End appointments; their places are free again."""
    for appointment in appointments.filter(ended_at=None).order_by("slot", "pk"):
        if Appointment.objects.filter(pk=appointment.pk, ended_at=None).update(ended_at=at):
            Slot.objects.filter(pk=appointment.slot_id).update(booked=F("booked") - 1)


def end_unneeded(order: Order, *, at: datetime) -> None:
    """End the windows in which no part of a placed order (which is locked) is brought any more.

    A part is brought in a window if it is promised for its end; what was canceled, or is promised for another time
    since, is not. A window that was taken with the order stands for those of its parts that have none of their own.
    """
    parts = order.fulfillments.filter(kind=Fulfillment.Kind.SHIPMENT).exclude(status=Way.CANCELED)
    until = dict(parts.values_list("pk", "promised_for"))
    standing = list(order.appointments.filter(ended_at=None).select_related("slot"))
    own = {appointment.fulfillment_id for appointment in standing}
    shared = {instant for pk, instant in until.items() if pk not in own}
    ended = [
        appointment.pk
        for appointment in standing
        if appointment.slot.ends_at
        not in (shared if appointment.fulfillment_id is None else {until.get(appointment.fulfillment_id)})
    ]
    if ended:
        give_back(order.appointments.filter(pk__in=ended), at=at)


def take_over(before: Fulfillment, parts: Sequence[Fulfillment], slot: Slot, *, by: Actor, at: datetime) -> list[int]:
    """Let parts that take over from another be brought in its window; returns those for which there is no place.

    A window that was taken with the order is theirs already; of one that was agreed for the part alone the first one
    gets its place, if nothing is left of it, and the others one each, if they can still be had.
    """
    own = before.appointments.filter(slot=slot, ended_at=None)
    if not own.exists():
        return []
    left_out = []
    for part in parts:
        is_moved = not before.lines.exists() and own.update(fulfillment=part)
        try:
            if not is_moved:
                take(slot, at=at)
                Appointment.objects.create(
                    slot=slot, order_id=part.order_id, fulfillment=part, made_at=at, made_by=str(by)[:60]
                )
        except SlotGone:
            left_out.append(part.pk)
    return left_out


def find(public_id: str, *, postal_code: str, country: str = "ES", method: str = "") -> Slot:
    """A window for an address, and of the method that was chosen, if one was; raises NoSuchSlot."""
    zones = zones_of(postal_code, country=country)
    offered = Slot.objects.select_related("method").filter(zone__in=zones, method__is_active=True)
    slot = offered.filter(public_id=public_id).first()
    if slot is None or (method and slot.method.code != method):
        raise NoSuchSlot("there is no such window for this address")
    return slot


def find_for(part: Fulfillment, public_id: str) -> Slot:
    """A window for where a part is brought; raises NoSuchSlot."""
    return find(public_id, postal_code=part.address.postal_code if part.address else "", country=country_of(part))


def take_for(order: Order, slot: Slot, *, by: Actor, at: datetime) -> Appointment:
    """Take a window for an order that is being checked out; the caller records it. Raises SlotGone."""
    take(slot, at=at)
    return Appointment.objects.create(slot=slot, order=order, made_at=at, made_by=str(by)[:60])


def taken(order: Order, slot: Slot, fulfillment: Fulfillment | None = None) -> SlotTaken:
    """What the timeline says of it."""
    part = fulfillment.public_id if fulfillment else None
    return SlotTaken(order.public_id, part, slot.public_id, slot.starts_at.isoformat(), slot.ends_at.isoformat())


def slot_of(order: Order) -> Slot | None:
    """The window that was taken with an order."""
    standing = Appointment.objects.select_related("slot").filter(order=order, fulfillment=None, ended_at=None).first()
    return standing.slot if standing else None


def windows_of(parts: Iterable[Fulfillment]) -> dict[int, Slot]:
    """The window in which each part is brought, by the part's key: agreed for it, or taken with its order."""
    every = list(parts)
    standing = Appointment.objects.filter(order__in={part.order_id for part in every}, ended_at=None)
    taken = {(one.order_id, one.fulfillment_id): one.slot for one in standing.select_related("slot").order_by("pk")}
    found = {part: taken.get((part.order_id, part.pk)) or taken.get((part.order_id, None)) for part in every}
    return {part.pk: slot for part, slot in found.items() if slot and slot.ends_at == part.promised_for}


@transaction.atomic
def agree(fulfillment: Fulfillment, slot: Slot, *, by: Actor, channel: str, at: datetime) -> Fulfillment:
    """Agree with her on a window for a part that is here; another one that was agreed before is free again.

    It is promised from now on; one that her order has already is taken no second time.
    Raises SlotGone, SlotTooEarly, IllegalMove.
    """
    order = moves.lock(fulfillment.order)
    fulfillment.refresh_from_db(fields=["status"])
    if fulfillment.kind != Fulfillment.Kind.SHIPMENT or fulfillment.status not in TO_PICK:
        raise IllegalMove("a window is agreed for what is here and has not left", before=fulfillment.status)
    check_reachable(slot, hand_over_at(fulfillment.location, at=at))
    give_back(fulfillment.appointments.exclude(slot=slot), at=at)
    hers = Q(fulfillment=fulfillment) | Q(fulfillment=None)
    if not order.appointments.filter(hers, slot=slot, ended_at=None).exists():
        take(slot, at=at)
        Appointment.objects.create(slot=slot, order=order, fulfillment=fulfillment, made_at=at, made_by=str(by)[:60])
    fulfillment.promised_for = slot.ends_at
    fulfillment.save(update_fields=["promised_for"])
    end_unneeded(order, at=at)
    giving.agree(
        Given(
            Promise.Kind.DELIVERY,
            fulfillment.public_id,
            order.journey_id,
            slot.ends_at,
            person_id=order.person_id,
            location_id=fulfillment.location_id,
            contact_point=order.phone or order.email,
        ),
        by=by,
        channel=channel,
        at=at,
    )
    calls.settled(fulfillment.public_id, by=by, at=at)
    record(order.journey_id, taken(order, slot, fulfillment), by=by, channel=channel, at=at)
    return fulfillment


def end_all(order: Order, *, at: datetime) -> None:
    """What was agreed for an order that is given up or canceled is free again."""
    give_back(order.appointments.all(), at=at)


def lay_out(
    method: Method,
    zone: Zone,
    *,
    first: date,
    days: int,
    windows: Sequence[tuple[time, time]],
    capacity: int,
    closes_before: timedelta,
    timezone: str,
) -> int:
    """Open the same windows on so many days, but Sundays; those that exist stay as they are. How many are new."""
    here = ZoneInfo(timezone)
    wanted = [
        Slot(
            method=method,
            zone=zone,
            starts_at=datetime.combine(day, start, tzinfo=here),
            ends_at=datetime.combine(day, end, tzinfo=here),
            cutoff_at=datetime.combine(day, start, tzinfo=here) - closes_before,
            capacity=capacity,
        )
        for day in (first + timedelta(days=n) for n in range(days))
        if day.weekday() != SUNDAY
        for start, end in windows
    ]
    before = Slot.objects.filter(method=method, zone=zone).count()
    Slot.objects.bulk_create(wanted, ignore_conflicts=True)
    return Slot.objects.filter(method=method, zone=zone).count() - before
