"""Goods between two places of ours: sent (out of one shelf, on the road), expected at the other, and arrived there.

On the road they lie at a location of kind transit, so that every unit is somewhere at any time. What somebody was
promised goes by inventory.holds.carry instead: it is not expected for sale.
"""

from datetime import datetime

from django.db import transaction

from commerce.channels.models import Location
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from inventory import incoming, ledger
from inventory.incoming import NothingExpected
from inventory.ledger import Goods, Kind
from inventory.models import Incoming, Stock

ROAD = "on-the-road"


class MoreThanSent(Problem):
    """More came than was sent under this reference and has not come yet."""

    code = "more_than_sent"


def road() -> Location:
    """The location of goods that are between two others."""
    found = Location.objects.filter(kind=Location.Kind.TRANSIT, is_active=True).first()
    defaults = {"name": "On the road", "kind": Location.Kind.TRANSIT, "offers_pickup": False}
    return found or Location.objects.get_or_create(code=ROAD, defaults=defaults)[0]


@transaction.atomic
def send(
    goods: Goods,
    *,
    source_id: int,
    destination_id: int,
    reference: str,
    expected_at: datetime | None,
    by: Actor,
    at: datetime,
) -> int:
    """Goods leave a place and are expected at another; returns how many variants that were new.

    The same reference between the two places is sent once. Raises NotEnough.
    """
    via = road().pk
    ledger.lock((variant, place) for variant in goods for place in (source_id, via, destination_id))
    key = f"transfer:{source_id}:{destination_id}:{reference}"
    new = ledger.transfer(goods, source_id=source_id, destination_id=via, reason=reference, key=key, by=by, at=at)
    if new:
        incoming.expect(
            goods,
            location_id=destination_id,
            reference=reference,
            expected_at=expected_at,
            source_id=source_id,
            via_id=via,
            at=at,
        )
    return new // 2


@transaction.atomic
def arrive(goods: Goods, *, location_id: int, reference: str, key: str, by: Actor, at: datetime) -> int:
    """Goods that were sent here came, all or part; returns how many variants that were new.

    The same `key` is booked once. A box with more than its list is received as well, for there it lies: what is
    beyond the list is told by incoming.surplus, and its shelf is to be counted, here and where it came from. Raises
    NothingExpected, MoreThanSent (of a list that has ended).
    """
    via = on_the_road(goods, location_id=location_id, reference=reference)
    ledger.lock((variant, place) for variant in goods for place in (via, location_id))
    whole = f"arrival:{location_id}:{reference}:{key}"
    known = ledger.recorded(f"{whole}:in:{variant}" for variant in goods)
    fresh = {variant: units for variant, units in goods.items() if f"{whole}:in:{variant}" not in known}
    rest = Incoming.objects.filter(
        reference=reference, stock__location=location_id, stock__variant__in=fresh, ended_at__isnull=True
    )
    missing = {
        variant: sent - came for variant, sent, came in rest.values_list("stock__variant", "quantity", "received")
    }
    if set(fresh) - set(missing):
        raise MoreThanSent("all of it has come already, or was written off")
    listed = {variant: min(units, missing[variant]) for variant, units in fresh.items()}
    beyond = {variant: units - listed[variant] for variant, units in fresh.items() if units > listed[variant]}
    # Noted first: what is free on this shelf goes to whoever waits for it as soon as it lies there.
    incoming.came(fresh, location_id=location_id, reference=reference, at=at)
    leaving = ledger.each(Kind.TRANSFERRED_OUT, ledger.negative(listed), via, reason=reference, key=f"{whole}:out")
    arriving = ledger.each(Kind.TRANSFERRED_IN, listed, location_id, reason=reference, key=f"{whole}:in")
    unlisted = ledger.each(Kind.RECEIVED, beyond, location_id, reason=reference, key=f"{whole}:beyond")
    ledger.move([*leaving, *arriving, *unlisted], by=by, at=at)
    if beyond:
        ends = (location_id, *sources_of(reference, location_id=location_id))
        shelves = Stock.objects.filter(variant__in=beyond, location__in=ends).order_by("pk")
        ledger.to_be_counted(shelves.values_list("pk", flat=True), at=at)
    return len(fresh)


@transaction.atomic
def lose(reference: str, *, location_id: int, reason: str, by: Actor, at: datetime) -> int:
    """What has not come of a transfer will not come any more; returns how many units are written off, and why.

    Raises NothingExpected.
    """
    lines = Incoming.objects.filter(
        reference=reference, stock__location=location_id, ended_at__isnull=True, via__isnull=False
    )
    missing = {
        variant: (via, quantity - received)
        for variant, via, quantity, received in lines.values_list("stock__variant", "via", "quantity", "received")
    }
    ledger.lock((variant, place) for variant, (via, _) in missing.items() for place in (via or 0, location_id))
    lost = incoming.give_up(reference, location_id=location_id, at=at)
    ledger.move(
        [
            ledger.Move(variant, via or 0, Kind.ADJUSTED, -units, reason=reason, cause=f"transfer:{reference}")
            for variant, (via, units) in missing.items()
        ],
        by=by,
        at=at,
    )
    return lost


def sources_of(reference: str, *, location_id: int) -> list[int]:
    """Where the goods of a transfer came from."""
    lines = Incoming.objects.filter(reference=reference, stock__location=location_id, source__isnull=False)
    return [source for source in lines.values_list("source", flat=True).distinct() if source]


def on_the_road(goods: Goods, *, location_id: int, reference: str) -> int:
    """Where the goods of a transfer are; raises NothingExpected where one of them was not sent."""
    sent = dict(
        Incoming.objects.filter(
            reference=reference, stock__location=location_id, stock__variant__in=goods, via__isnull=False
        ).values_list("stock__variant", "via")
    )
    if not goods or len(sent) < len(goods):
        raise NothingExpected("this was not sent here under this reference")
    return next(via for via in sent.values() if via is not None)
