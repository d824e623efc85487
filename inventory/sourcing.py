"""Which location serves which lines, and why. `plan` is pure: facts in, a plan and its reasons out."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from commerce.channels.models import Location, SalesChannel
from commerce.rest.problems import Problem
from inventory.availability import AVAILABLE
from inventory.holds import OutOfStock, Short, Want
from inventory.nearby import Point, UnknownPlace, distance_km, point_named
from inventory.rules import (
    COLLECTED_THERE,
    DEFAULT,
    Kind,
    Line,
    Place,
    Rule,
    choose,
    in_words,
    serve,
    serve_whole,
    units,
    unserved,
)
from inventory.statements import run


@dataclass(frozen=True)
class Choice:
    """One place that was chosen, what it serves, and the kinds of the rules that spoke for it."""

    location_id: int
    name: str
    because: tuple[str, ...]
    wants: tuple[Want, ...]

    def as_fact(self) -> dict[str, object]:
        """What the timeline keeps of it."""
        return {"location": self.location_id, "units": sum(w.quantity for w in self.wants), "because": self.because}


@dataclass(frozen=True)
class Plan:
    """Who serves what. Several locations mean several parcels."""

    choices: tuple[Choice, ...]

    @property
    def wants(self) -> tuple[Want, ...]:
        """What inventory.holds takes."""
        return tuple(want for choice in self.choices for want in choice.wants)

    @property
    def location_ids(self) -> tuple[int, ...]:
        """The locations that serve, in the order in which they were chosen."""
        return tuple(choice.location_id for choice in self.choices)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The same in words."""
        return tuple(f"{choice.name}: {in_words(choice.because)}" for choice in self.choices)


class CannotServe(Problem):
    """This place does not serve this sales channel."""

    code = "location_does_not_serve"


class TooManyParcels(Problem):
    """All of it is there, but at more places than this sales channel splits an order over."""

    code = "too_many_parcels"


@dataclass(frozen=True)
class Facts:
    """What a plan is made of: the places that may serve, the channel's rules, and over how many it may be split."""

    places: Sequence[Place]
    rules: Sequence[Rule] = DEFAULT
    most_parcels: int | None = None


def plan(lines: Sequence[Line], *, facts: Facts, pickup_at: int | None = None, may_send: bool = False) -> Plan:
    """Choose who serves these lines: one place for all, or as few as the rules find.

    A pickup is served by its store; what the store lacks comes from other places if it `may_send` for it, in no more
    parcels than the sales channel splits an order over.
    Raises OutOfStock with what is missing, TooManyParcels, and CannotServe where the store is not among the places.
    """
    if pickup_at is None:
        return within_limit(lines, facts)
    store = next((place for place in facts.places if place.location_id == pickup_at), None)
    if store is None:
        raise CannotServe("this store does not serve this sales channel")
    served = serve_whole(store, lines)
    here = Choice(store.location_id, store.name, (COLLECTED_THERE,), tuple(served))
    if not (left := unserved(lines, served)):
        return Plan((here,) if served else ())
    if not may_send:
        raise missing(lines, places=[store])
    others = [place for place in facts.places if place is not store]
    sent = within_limit(left, replace(facts, places=others))
    return Plan(((here,) if served else ()) + sent.choices)


def within_limit(lines: Sequence[Line], facts: Facts) -> Plan:
    """A plan by the rules; where it takes too many parcels, by the fewest parcels first. Raises TooManyParcels."""
    chosen = spread(lines, facts.places, facts.rules)
    if facts.most_parcels and len(chosen.choices) > facts.most_parcels:
        chosen = spread(lines, facts.places, (Rule(Kind.SERVES_ALL), Rule(Kind.FEWEST_PARCELS), *facts.rules))
        if len(chosen.choices) > facts.most_parcels:
            raise TooManyParcels(
                f"this would take {len(chosen.choices)} parcels, and no more than {facts.most_parcels} are sent",
                limit=facts.most_parcels,
            )
    return chosen


def spread(lines: Sequence[Line], places: Sequence[Place], rules: Sequence[Rule]) -> Plan:
    """One place after the other until all is served, whole lines before parts of lines; raises OutOfStock."""
    chosen: dict[int, Choice] = {}
    left, still = list(lines), list(places)
    while left:
        still = [place for place in still if units(place, left)]
        if not still:
            raise missing(lines, places=places)
        again = [p for p in still if p.location_id in chosen and len(serve_whole(p, left)) == len(left)]
        place, because = choose(again or still, left, rules)
        served = serve(place, left)
        before = chosen.get(place.location_id, Choice(place.location_id, place.name, because, ()))
        chosen[place.location_id] = replace(before, wants=joined(before.wants, served))
        left = unserved(left, served)
        still = [less(other, served) if other is place else other for other in still]
    return Plan(tuple(chosen.values()))


def joined(wants: Sequence[Want], more: Sequence[Want]) -> tuple[Want, ...]:
    """The same place serves more: one want for each demand."""
    sums = {want.demand: want for want in wants}
    for want in more:
        known = sums.get(want.demand)
        sums[want.demand] = replace(want, quantity=want.quantity + known.quantity) if known else want
    return tuple(sums.values())


def less(place: Place, served: Sequence[Want]) -> Place:
    """What a place has left after it has served."""
    free = Counter(place.available)
    for want in served:
        free[want.variant_id] -= want.quantity
    return replace(place, available=free)


def missing(lines: Sequence[Line], *, places: Sequence[Place]) -> OutOfStock:
    """The refusal: each variant of which all these places together have less than is wanted."""
    wanted: Counter[int] = Counter()
    for line in lines:
        wanted[line.variant_id] += line.quantity
    skus = {line.variant_id: line.sku for line in lines}
    only = places[0] if len(places) == 1 else None
    short = []
    for variant, quantity in wanted.items():
        there = sum(place.available.get(variant, 0) for place in places)
        if there < quantity:
            short.append(Short(variant, only.location_id if only else None, quantity, there))
    sentences = [f"{skus[s.variant_id]}: {s.wanted} wanted, {s.available} available" for s in short]
    return OutOfStock(
        "; ".join(sentences) + (f" at {only.name}" if only else ""),
        short=short,
        lines=[
            {
                "sku": skus[s.variant_id],
                "location": only.code if only else None,
                "wanted": s.wanted,
                "available": s.available,
            }
            for s in short
        ],
    )


def near(postal_code: str) -> Point | None:
    """About where a postal code is; nothing where we do not know."""
    try:
        return point_named(postal_code)
    except UnknownPlace:
        return None


SERVING = f"""
SELECT place.id, place.code, place.name, coalesce(place.rank, CASE WHEN place.kind = 'warehouse' THEN 0 ELSE 1 END),
       place.latitude, place.longitude, place.pickup_queue::float8 / nullif(place.pickups_per_hour, 0),
       free.variant_id, free.available,
       (SELECT json_agg(json_build_array(kind, location_id) ORDER BY ordinal)
        FROM inventory_sourcingrule WHERE sales_channel_id = %(channel)s)::text
FROM channels_saleschannel_locations serves
JOIN channels_location place ON place.id = serves.location_id AND place.is_active AND place.kind <> 'transit'
LEFT JOIN ({AVAILABLE}) AS free ON free.location_id = place.id
WHERE serves.saleschannel_id = %(channel)s ORDER BY place.id
"""  # noqa: S608 (all are constants)


def facts_for(
    sales_channel: SalesChannel, variants: Collection[int], *, near: Point | None = None, at: datetime
) -> Facts:
    """The facts: the places that serve a sales channel, what each has, and the channel's rules; one query."""
    rows = run(SERVING, channel=sales_channel.pk, variants=list(variants), locations=None, at=at)
    places: dict[int, Place] = {}
    units_of: dict[int, dict[int, int]] = {}
    for pk, code, name, rank, latitude, longitude, waiting, variant, available, _ in rows:
        if pk not in places:
            units_of[pk] = {}
            known = near and latitude is not None and longitude is not None
            kilometers = distance_km(near, Point(latitude, longitude)) if near and known else None
            places[pk] = Place(pk, code, name, rank, units_of[pk], kilometers, waiting)
        if variant is not None:
            units_of[pk][variant] = max(available, 0)
    given = orjson.loads(rows[0][-1]) if rows and rows[0][-1] else None
    rules = tuple(Rule(*rule) for rule in given) if given else DEFAULT
    return Facts(list(places.values()), rules, sales_channel.most_parcels)


def plan_for(
    lines: Sequence[Line],
    *,
    sales_channel: SalesChannel,
    pickup_at: Location | None = None,
    postal_code: str = "",
    without: Collection[int] = (),
    at: datetime,
) -> Plan:
    """Read the facts and plan by them: for a pickup at a store, or for where the goods go; `without` some places.

    Raises OutOfStock, CannotServe, TooManyParcels.
    """
    going_to = near(postal_code) if postal_code else None
    facts = facts_for(sales_channel, [line.variant_id for line in lines], near=going_to, at=at)
    if without:
        facts = replace(facts, places=[place for place in facts.places if place.location_id not in without])
    return plan(
        lines,
        facts=facts,
        pickup_at=pickup_at.pk if pickup_at else None,
        may_send=pickup_at is not None and pickup_at.transfer_days is not None,
    )
