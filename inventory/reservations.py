"""Keeping units for somebody who asked: in a store till the evening, or in line for the last ones.

Caps keep one person from emptying a shelf by asking: so many reservations at a time, so many units each.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, Sum

from commerce.carts.models import Cart
from commerce.catalog.models import Variant
from commerce.channels.models import Location
from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.planning import one_at_a_time
from commerce.promises import giving, watching
from commerce.promises.giving import Given
from commerce.promises.models import Promise
from commerce.promises.watching import Forecast
from commerce.rest.problems import Problem
from commerce.timeline import tasks
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.record import open_journey, record
from inventory import happenings, holds, ledger
from inventory.availability import available, when_free
from inventory.holds import Want
from inventory.line import END, serve
from inventory.models import Hold, Reservation, Stock

Status = Reservation.Status
LIVE = (Status.WAITING, Status.KEPT)

MOST_AT_ONCE = 3
MOST_UNITS = 5
LONGEST = timedelta(hours=48)
REMIND_BEFORE = timedelta(hours=1)
REMIND = "inventory.reservations.remind"


class TooManyReservations(Problem):
    """One person has so many units kept at a time, and not more."""

    code = "too_many_reservations"


class TooLong(Problem):
    """Nothing is kept for that long, or until a time that is over."""

    code = "reservation_too_long"
    status = 422


class StillThere(Problem):
    """Nobody has to stand in line for what can be had at once."""

    code = "still_available"


class NothingToWaitFor(Problem):
    """It is sold out: nobody holds units that could come free."""

    code = "sold_out"


class AlreadyInLine(Problem):
    """This cart waits for it, or has it kept, already."""

    code = "already_in_line"


class ReservationEnded(Problem):
    """The reservation is over."""

    code = "reservation_ended"


@dataclass(frozen=True)
class Bought:
    """Units that somebody took with her in a store, and when; `kept` names what was handed over to her."""

    person_id: int | None
    variant_id: int
    location_id: int
    quantity: int
    at: datetime
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Turn:
    """Where somebody stands in line, of how many, and when the units come free if nobody pays for them."""

    position: int
    of: int
    expected_at: datetime | None


@transaction.atomic
def keep(
    variant: Variant,
    *,
    location: Location,
    quantity: int,
    until: datetime,
    person: Person,
    by: Actor,
    channel: str,
    at: datetime,
) -> Reservation:
    """Keep units in a store for somebody until a time; raises TooLong, TooManyReservations, OutOfStock."""
    if not at < until <= at + LONGEST:
        raise TooLong(f"units are kept for {LONGEST // timedelta(hours=1)} hours at most")
    one_at_a_time([f"reservations:{person.root_pk}"])
    shelf = ledger.lock([(variant.pk, location.pk)])[variant.pk, location.pk]
    check_caps(quantity, person=person)
    made = Reservation.objects.create(
        stock_id=shelf.pk,
        quantity=quantity,
        journey=open_journey(at=at),
        person_id=person.root_pk,
        status=Status.KEPT,
        channel=channel,
        asked_at=at,
        expires_at=until,
    )
    holds.place([Want(variant.pk, location.pk, quantity, made.demand)], expires_at=until, at=at)
    tasks.schedule(END, key=made.public_id, due_at=until)
    if until - REMIND_BEFORE > at:
        tasks.schedule(REMIND, key=made.public_id, due_at=until - REMIND_BEFORE)
    promise(made, by=by, channel=channel, at=at)
    told = happenings.ReservationMade(*facts(made), until.isoformat())
    record(made.journey_id, told, by=by, channel=channel, at=at)
    return made


@transaction.atomic
def stand_in_line(
    cart: Cart, *, variant: Variant, location: Location, quantity: int, by: Actor, channel: str, at: datetime
) -> tuple[Reservation, Turn]:
    """Wait for units that others hold; they become this cart's own for some minutes when those let go.

    Raises StillThere, NothingToWaitFor, AlreadyInLine, TooManyReservations.
    """
    if cart.person:
        one_at_a_time([f"reservations:{cart.person.root_pk}"])
    shelf = ledger.lock([(variant.pk, location.pk)])[variant.pk, location.pk]
    free = available([variant.pk], locations=[location.pk], at=at)[variant.pk, location.pk]
    ahead = Reservation.objects.filter(stock=shelf.pk, status=Status.WAITING).order_by("pk")
    left = free
    for units in ahead.values_list("quantity", flat=True):
        left -= units if units <= left else 0  # who waits for more than there is keeps nobody from it
    if left >= quantity:
        raise StillThere(f"{free} can be had at once", available=free)
    if shelf.held < quantity:
        raise NothingToWaitFor("this is sold out, and nobody holds units that could come free")
    check_caps(quantity, person=cart.person)
    try:
        with transaction.atomic():
            made = Reservation.objects.create(
                stock_id=shelf.pk,
                quantity=quantity,
                journey_id=cart.journey_id,
                person_id=cart.person.root_pk if cart.person else None,
                cart=cart,
                status=Status.WAITING,
                channel=channel,
                asked_at=at,
            )
    except IntegrityError as problem:
        raise AlreadyInLine("this cart waits for it, or has it kept, already") from problem
    turn = turn_of(made, at=at)
    expected = turn.expected_at.isoformat() if turn.expected_at else None
    told = happenings.ReservationInLine(*facts(made), turn.position, expected)
    record(made.journey_id, told, by=by, channel=channel, at=at)
    return made, turn


def promise(reservation: Reservation, *, by: Actor, channel: str, at: datetime) -> None:
    """She is told until when it is kept: that stands in the ledger of promises."""
    given = Given(
        Promise.Kind.RESERVATION,
        reservation.public_id,
        reservation.journey_id,
        reservation.expires_at,
        person_id=reservation.person_id,
        location_id=reservation.stock.location_id,
    )
    giving.give([given], by=by, channel=channel, at=at)


def check_caps(quantity: int, *, person: Person | None) -> None:
    """Refuse hoarding; a cart of nobody in particular is limited by its one place in line. One at a time."""
    if quantity > MOST_UNITS:
        raise TooManyReservations(f"at most {MOST_UNITS} units are kept for one person", limit=MOST_UNITS)
    if person is None:
        return
    standing = Reservation.objects.filter(person__in=people_of(person), status__in=LIVE).count()
    if standing >= MOST_AT_ONCE:
        raise TooManyReservations(f"at most {MOST_AT_ONCE} things are kept for one person", limit=MOST_AT_ONCE)


def turn_of(reservation: Reservation, *, at: datetime) -> Turn:
    """Where a waiting reservation stands. The time is honest: it counts on nothing but the holds' own ends."""
    line = Reservation.objects.filter(stock=reservation.stock_id, status=Status.WAITING)
    wanted = line.filter(pk__lte=reservation.pk).aggregate(units=Sum("quantity", default=0))["units"]
    stock = Stock.objects.get(pk=reservation.stock_id)
    free = stock.on_hand - stock.held - stock.allocated - stock.buffer - stock.damaged
    live = Hold.objects.filter(stock=reservation.stock_id, status=Hold.Status.LIVE)
    expected_at = when_free(live.values_list("expires_at", "quantity"), units=wanted - free)
    return Turn(line.filter(pk__lte=reservation.pk).count(), line.count(), expected_at)


@transaction.atomic
def let_go(reservation: Reservation, *, taken: bool = False, by: Actor, channel: str, at: datetime) -> Reservation:
    """End a reservation: she does not want it, or takes the goods, which a till that does not know her sells now.

    What is taken goes to nobody in line: its sale follows. Raises ReservationEnded.
    """
    after = Status.TAKEN if taken else Status.RELEASED
    lock(reservation)
    finish(reservation, after, before=(Status.KEPT,) if taken else LIVE, at=at)
    (holds.hand_over if taken else holds.release)([reservation.demand], at=at)
    (giving.keep if taken else giving.withdraw)([reservation.public_id], at=at)
    told = (happenings.ReservationTaken if taken else happenings.ReservationReleased)(*facts(reservation))
    record(reservation.journey_id, told, by=by, channel=channel, at=at)
    return reservation


@transaction.atomic
def take_back(reservation: Reservation, *, cause: str, at: datetime) -> None:
    """The units are gone, though we said that we keep them: she is told at once; raises ReservationEnded."""
    lock(reservation)
    finish(reservation, Status.RELEASED, before=LIVE, at=at)
    holds.release([reservation.demand], at=at)
    told = happenings.ReservationTakenBack(*facts(reservation), cause)
    record(reservation.journey_id, told, by=SYSTEM, channel=reservation.channel, at=at)
    watching.look_again(reservation.public_id, at=at)


def forecast(promise: Promise, *, at: datetime) -> Forecast | None:
    """Units that are kept stay kept until their time, unless we had to take them back."""
    is_gone = Reservation.objects.filter(public_id=promise.subject, status=Status.RELEASED).exists()
    return Forecast(Promise.Danger.STOCK, None) if is_gone else None


def kept_for(cart: Cart, variants: Collection[int], *, at: datetime) -> list[Reservation]:
    """What is kept of some variants for a cart, or for whom the cart is."""
    whose = Q(cart=cart)
    if cart.person:
        whose |= Q(person__in=people_of(cart.person))
    kept = Reservation.objects.filter(whose, stock__variant__in=variants, status=Status.KEPT, expires_at__gt=at)
    return list(kept.select_related("stock").order_by("pk"))


def kept_for_buyers(bought: Collection[Bought]) -> list[Reservation]:
    """What is kept for those who bought it, where they bought it; no more than they took."""
    if not bought:
        return []
    people = Person.objects.filter(pk__in={one.person_id for one in bought if one.person_id})
    roots = {person.pk: person.root_pk for person in people}
    of_them = Q(person__in=roots.values()) | Q(person__root__in=roots.values())
    of_them |= Q(public_id__in={public_id for one in bought for public_id in one.kept})
    standing = Reservation.objects.filter(of_them, status=Status.KEPT).select_related("stock", "person").order_by("pk")
    kept: dict[int, Reservation] = {}
    for one in bought:
        left = one.quantity
        for each in standing:
            is_hers = each.person is not None and each.person.root_pk == roots.get(one.person_id or 0)
            is_hers = is_hers or each.public_id in one.kept
            shelf = (each.stock.variant_id, each.stock.location_id)
            in_time = each.expires_at is not None and each.asked_at <= one.at < each.expires_at
            if left > 0 and is_hers and in_time and shelf == (one.variant_id, one.location_id) and each.pk not in kept:
                kept[each.pk] = each
                left -= each.quantity
    return list(kept.values())


def hand_over(kept: Collection[Reservation], *, at: datetime) -> None:
    """Free what is kept for somebody who takes it in this transaction; say afterwards what of it was taken().

    Nobody in line is served: the units are taken again before their shelf is unlocked.
    """
    holds.hand_over([reservation.demand for reservation in kept], at=at)


def taken(kept: Collection[Reservation], *, at: datetime) -> None:
    """End what was handed over and is sold now; what she left of it goes to those in line."""
    for reservation in kept:
        finish(reservation, Status.TAKEN, before=(Status.KEPT,), at=at)
    giving.keep([reservation.public_id for reservation in kept], at=at)
    serve({reservation.stock_id for reservation in kept}, at=at)
    for reservation in kept:
        told = happenings.ReservationTaken(*facts(reservation))
        record(reservation.journey_id, told, by=SYSTEM, channel=reservation.channel, at=at)


def taken_by(kept: Collection[Reservation], wants: Collection[Want], *, at: datetime) -> None:
    """Of what was handed over, end what these wants took; the rest is kept on, until the same time."""
    left: Counter[tuple[int, int]] = Counter()
    for want in wants:
        left[want.variant_id, want.location_id] += want.quantity
    used = []
    for reservation in kept:
        shelf = (reservation.stock.variant_id, reservation.stock.location_id)
        if left[shelf] > 0:
            left[shelf] -= reservation.quantity
            used.append(reservation)
        elif reservation.expires_at:
            want = Want(*shelf, reservation.quantity, reservation.demand)
            holds.place([want], expires_at=reservation.expires_at, at=at)
    taken(used, at=at)


def lock(reservation: Reservation) -> None:
    """Its shelf first, as everywhere."""
    ledger.lock([(reservation.stock.variant_id, reservation.stock.location_id)])


def finish(reservation: Reservation, after: str, *, before: tuple[str, ...], at: datetime) -> None:
    """One UPDATE that names what the caller saw; raises ReservationEnded where somebody was first."""
    standing = Reservation.objects.filter(pk=reservation.pk, status__in=before)
    if not standing.update(status=after, ended_at=at):
        raise ReservationEnded("this reservation is over")
    reservation.status, reservation.ended_at = after, at


def tell_of_offer(task: Task, *, at: datetime) -> None:
    """Her turn has come: write it on her timeline, from which the message follows."""
    reservation = Reservation.objects.select_related("stock").get(public_id=task.key)
    if reservation.status == Status.KEPT and reservation.expires_at:
        promise(reservation, by=SYSTEM, channel=reservation.channel, at=at)
        told = happenings.ReservationOffered(*facts(reservation), reservation.expires_at.isoformat())
        record(reservation.journey_id, told, by=SYSTEM, channel=reservation.channel, at=at)


def remind(task: Task, *, at: datetime) -> None:
    """The time is nearly over: write it on her timeline, from which the message follows."""
    reservation = Reservation.objects.select_related("stock").get(public_id=task.key)
    if reservation.status == Status.KEPT and reservation.expires_at and reservation.expires_at > at:
        told = happenings.ReservationEnding(*facts(reservation), reservation.expires_at.isoformat())
        record(reservation.journey_id, told, by=SYSTEM, channel=reservation.channel, at=at)


def end(task: Task, *, at: datetime) -> None:
    """The time is over: the units go to the next in line, or back on the shelf."""
    reservation = Reservation.objects.select_related("stock").get(public_id=task.key)
    if reservation.status != Status.KEPT or (reservation.expires_at and reservation.expires_at > at):
        return
    lock(reservation)
    finish(reservation, Status.EXPIRED, before=(Status.KEPT,), at=at)
    holds.release([reservation.demand], at=at)
    giving.keep([reservation.public_id], at=reservation.expires_at or at)  # as long as we said
    told = happenings.ReservationExpired(*facts(reservation))
    record(reservation.journey_id, told, by=SYSTEM, channel=reservation.channel, at=at)


def facts(reservation: Reservation) -> tuple[str, int, int, int]:
    """What every entry says of it."""
    stock = reservation.stock
    return reservation.public_id, stock.variant_id, stock.location_id, reservation.quantity
