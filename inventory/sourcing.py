"""Which location serves which lines, and why. `plan` is pure: facts in, a plan and its reasons out."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from commerce.channels.models import Location, SalesChannel
from commerce.rest.problems import Problem
from inventory.availability import AVAILABLE
from inventory.holds import OutOfStock, Short, Want
from inventory.statements import run


@dataclass(frozen=True)
class Line:
    """What is to be served, for a demand (an order line)."""

    demand: str
    variant_id: int
    sku: str
    quantity: int


@dataclass(frozen=True)
class Place:
    """A location that may serve; the lower its rank, the earlier. `available` is variant → units."""

    location_id: int
    code: str
    name: str
    rank: int
    available: Mapping[int, int]


@dataclass(frozen=True)
class Plan:
    """Who serves what; `wants` is what inventory.holds takes. Several locations mean several parcels."""

    wants: tuple[Want, ...]
    reasons: tuple[str, ...]

    @property
    def location_ids(self) -> tuple[int, ...]:
        """The locations that serve, in the order in which they were chosen."""
        return tuple(dict.fromkeys(want.location_id for want in self.wants))


class CannotServe(Problem):
    """This place does not serve this sales channel."""

    code = "location_does_not_serve"


@dataclass(frozen=True)
class Rule:
    """One reason to prefer a place: the highest score wins, and a tie leaves it to the next rule."""

    because: str
    score: Callable[[Place, Sequence[Line]], int]


def lines_whole(place: Place, lines: Sequence[Line]) -> int:
    """How many lines the place can serve whole, one after the other."""
    return len(serve_whole(place, lines))


def units(place: Place, lines: Sequence[Line]) -> int:
    """How many of the wanted units the place has."""
    wanted: Counter[int] = Counter()
    for line in lines:
        wanted[line.variant_id] += line.quantity
    return sum(min(quantity, place.available.get(variant, 0)) for variant, quantity in wanted.items())


def left_over(place: Place, lines: Sequence[Line]) -> int:
    """How many units of these variants the place has in all."""
    return sum(place.available.get(variant, 0) for variant in {line.variant_id for line in lines})


RULES = (
    Rule("it can serve the most lines whole", lines_whole),
    Rule("it has the most of the units", units),
    Rule("it comes first for this sales channel", lambda place, lines: -place.rank),
    Rule("it has the most in stock", left_over),
)

NOWHERE = Place(0, "", "", 0, {})


def plan(
    lines: Sequence[Line], *, places: Sequence[Place], pickup_at: int | None = None, rules: Sequence[Rule] = RULES
) -> Plan:
    """Choose who serves these lines: for pickup that store alone, else one place for all, else as few as can be.

    Raises OutOfStock with what is missing, and CannotServe where the store of a pickup is not among the places.
    """
    if pickup_at is not None:
        store = next((place for place in places if place.location_id == pickup_at), None)
        if store is None:
            raise CannotServe("this store does not serve this sales channel")
        served = serve_whole(store, lines)
        if len(served) < len(lines):
            raise missing(lines, places=[store])
        return Plan(tuple(served), (f"{store.name} serves all, because it is collected there",))
    wants: list[Want] = []
    reasons: list[str] = []
    left, still = list(lines), list(places)
    while left:
        place, because = choose(still, left, rules) if still else (NOWHERE, "")
        served = serve_whole(place, left) or serve_part(place, left)
        if not served:
            raise missing(lines, places=places)
        what = "all" if not wants and len(served) == len(lines) else ", ".join(skus_of(served, lines))
        reasons.append(f"{place.name} serves {what}, because {because}")
        wants += served
        left = unserved(left, served)
        still = [other for other in still if other is not place]
    return Plan(tuple(wants), tuple(reasons))


def choose(places: Sequence[Place], lines: Sequence[Line], rules: Sequence[Rule]) -> tuple[Place, str]:
    """The best place: each rule leaves those with its highest score. And why, by the rules that made a difference."""
    best = sorted(places, key=lambda place: place.location_id)
    reasons = []
    for rule in rules:
        scores = [rule.score(place, lines) for place in best]
        if min(scores) < max(scores):
            best = [place for place, score in zip(best, scores, strict=True) if score == max(scores)]
            reasons.append(rule.because)
    return best[0], " and ".join(reasons) or "no rule prefers another"


def serve_whole(place: Place, lines: Sequence[Line]) -> list[Want]:
    """What a place serves of the lines that it has whole, taking them in their order."""
    free = Counter(place.available)
    served = []
    for line in lines:
        if free[line.variant_id] >= line.quantity:
            free[line.variant_id] -= line.quantity
            served.append(Want(line.variant_id, place.location_id, line.quantity, line.demand))
    return served


def serve_part(place: Place, lines: Sequence[Line]) -> list[Want]:
    """What a place serves where it has no line whole."""
    free = Counter(place.available)
    served = []
    for line in lines:
        if quantity := min(free[line.variant_id], line.quantity):
            free[line.variant_id] -= quantity
            served.append(Want(line.variant_id, place.location_id, quantity, line.demand))
    return served


def unserved(lines: Sequence[Line], served: Sequence[Want]) -> list[Line]:
    """What is left of the lines."""
    units_of = Counter({want.demand: want.quantity for want in served})
    left = [replace(line, quantity=line.quantity - units_of[line.demand]) for line in lines]
    return [line for line in left if line.quantity]


def skus_of(served: Sequence[Want], lines: Sequence[Line]) -> list[str]:
    """The served lines as a clerk names them."""
    skus = {line.demand: line.sku for line in lines}
    return [f"{want.quantity} × {skus[want.demand]}" for want in served]


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


SERVING = f"""
SELECT place.id, place.code, place.name, place.kind, free.variant_id, free.available
FROM channels_saleschannel_locations serves
JOIN channels_location place ON place.id = serves.location_id AND place.is_active
LEFT JOIN ({AVAILABLE}) AS free ON free.location_id = place.id
WHERE serves.saleschannel_id = %(channel)s ORDER BY place.id
"""  # noqa: S608 (both are constants)


def places_for(sales_channel: SalesChannel, variants: Collection[int], *, at: datetime) -> list[Place]:
    """The facts: the locations that serve a sales channel and what each has, warehouses before stores; one query."""
    rows = run(SERVING, channel=sales_channel.pk, variants=list(variants), locations=None, at=at)
    places: dict[int, Place] = {}
    units_of: dict[int, dict[int, int]] = {}
    for pk, code, name, kind, variant, available in rows:
        if pk not in places:
            units_of[pk] = {}
            places[pk] = Place(pk, code, name, 0 if kind == Location.Kind.WAREHOUSE else 1, units_of[pk])
        if variant is not None:
            units_of[pk][variant] = max(available, 0)
    return list(places.values())
