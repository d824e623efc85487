"""What can be promised: now, later with what is expected, collected at a store, handed to a carrier. One function.

Page, API, staff, agent and checkout ask `outlook`; what it says of now is inventory.availability, which routing reads,
too. How long a carrier takes from the hand-over on is said in orders.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from commerce.channels.models import Location
from inventory.availability import AVAILABLE, when_free
from inventory.opening import NeverOpen, hours_of, open_spans, pickup_ready_at, preparation_of, ready_at
from inventory.statements import run

Expected = Sequence[tuple[datetime, int]]
"""When how many more units are expected, the earliest first."""


@dataclass(frozen=True)
class Outlook:
    """What one place has of some variants now, and what is expected there: variant → units."""

    location: Location
    now: Mapping[int, int]
    expected: Mapping[int, Expected] = field(default_factory=dict)

    def has(self, wanted: Mapping[int, int]) -> bool:
        """Whether all of it is there now."""
        return all(self.now.get(variant, 0) >= units for variant, units in wanted.items())

    def here_at(self, wanted: Mapping[int, int], *, at: datetime) -> datetime | None:
        """When all of it is there, by what is expected; nothing where that is not enough."""
        latest = at
        for variant, units in wanted.items():
            left = units - self.now.get(variant, 0)
            if left > 0:
                day = when_free(self.expected.get(variant, ()), units=left)
                if day is None:
                    return None
                latest = max(latest, day)
        return latest

    def collected_from(self, wanted: Mapping[int, int], *, at: datetime) -> datetime | None:
        """When it can be collected here: opening hours, the store's queue, and how long its people need.

        Nothing where it offers no pickup, is never open, or the goods are neither here nor expected.
        """
        here = self.here_at(wanted, at=at) if self.location.offers_pickup else None
        try:
            return pickup_ready_at(self.location, at=here) if here else None
        except NeverOpen:
            return None

    def handed_over_at(self, wanted: Mapping[int, int], *, at: datetime) -> datetime | None:
        """When a carrier has it at the earliest; nothing where the goods are neither here nor expected."""
        here = self.here_at(wanted, at=at)
        return hand_over_at(self.location, at=here) if here else None


def hand_over_at(location: Location, *, at: datetime) -> datetime:
    """When a parcel whose goods are there at an instant is handed to the carrier: once packed, when he comes next.

    A place that has told no hours packs around the clock.
    """
    hours, preparation = hours_of(location), preparation_of(location)
    try:
        packed = ready_at(hours, preparation=preparation, at=at)
    except NeverOpen:
        return at + preparation
    if location.carrier_comes_at is None:
        return packed
    for opens, _ in open_spans(hours, since=packed - timedelta(days=1)):
        day = opens.astimezone(hours.zone).date()
        comes = datetime.combine(day, location.carrier_comes_at, tzinfo=hours.zone)
        if comes >= packed:
            return comes.astimezone(packed.tzinfo)
    return packed


LOOK = f"""
SELECT free.variant_id, free.location_id, free.available, (
    SELECT coalesce(sum(b.quantity - b.served), 0) FROM inventory_backorder b
    WHERE b.stock_id = free.stock_id AND b.status IN ('unpaid', 'waiting')
), (
    SELECT json_agg(json_build_array(i.expected_at, i.quantity - i.received) ORDER BY i.expected_at)
    FROM inventory_incoming i WHERE i.stock_id = free.stock_id AND i.ended_at IS NULL AND i.expected_at IS NOT NULL
)::text
FROM ({AVAILABLE}) AS free
"""  # noqa: S608 (a constant)


def outlook(variants: Collection[int], *, locations: Sequence[Location], at: datetime) -> list[Outlook]:
    """What these places have of some variants, and expect, in their order; one query for any number of them.

    What others wait for already, and what is promised beyond what there is, comes out of the expected units first. A
    day that is over without the goods tells nothing of when they come.
    """
    now: dict[int, dict[int, int]] = {location.pk: {} for location in locations}
    expected: dict[int, dict[int, Expected]] = {location.pk: {} for location in locations}
    for variant, location, units, awaited, coming in run(LOOK, variants=list(variants), locations=list(now), at=at):
        now[location][variant] = max(units, 0)
        if coming:
            dated = [(datetime.fromisoformat(day), more) for day, more in orjson.loads(coming)]
            ahead = [(day, more) for day, more in dated if day > at]
            expected[location][variant] = less(ahead, owed=max(-units, 0) + awaited)
    return [Outlook(location, now[location.pk], expected[location.pk]) for location in locations]


def less(expected: Expected, *, owed: int) -> Expected:
    """What is left of expected units once those that are owed are taken from the earliest."""
    left = []
    for day, units in expected:
        taken = min(units, owed)
        owed -= taken
        if units > taken:
            left.append((day, units - taken))
    return left
