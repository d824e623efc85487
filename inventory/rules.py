"""Reasons to prefer a place that could serve. Pure: each scores the places, the highest wins, a tie leaves it open.

A rule that has nothing to say of any place (no distance is known, nobody has limited people) abstains. Which rules a
sales channel asks, and in which order, is data: inventory.models.SourcingRule.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inventory.holds import Want
from inventory.models import SourcingRule

Kind = SourcingRule.Kind


@dataclass(frozen=True)
class Line:
    """What is to be served, for a demand (an order line)."""

    demand: str
    variant_id: int
    sku: str
    quantity: int


@dataclass(frozen=True)
class Place:
    """A location that may serve; the lower its rank, the earlier. `available` is variant → units.

    `kilometers` is how far the goods would go; `waiting` how many hours of work lie before them, where that is known.
    """

    location_id: int
    code: str
    name: str
    rank: int
    available: Mapping[int, int]
    kilometers: float | None = None
    waiting: float | None = None


@dataclass(frozen=True)
class Rule:
    """One reason; `location_id` is the place that a preference is for."""

    kind: str
    location_id: int | None = None


DEFAULT = tuple(
    Rule(kind)
    for kind in (
        Kind.SERVES_ALL,
        Kind.FEWEST_PARCELS,
        Kind.MOST_UNITS,
        Kind.CAPACITY,
        Kind.RANK,
        Kind.NEAREST,
        Kind.MOST_STOCK,
    )
)

ONLY, COLLECTED_THERE, NO_REASON = "only", "collected_there", "no_reason"
WORDS: dict[str, Promise] = {
    Kind.PREFERRED: _("it is preferred for this sales channel"),
    Kind.SERVES_ALL: _("it has everything"),
    Kind.FEWEST_PARCELS: _("so there are the fewest parcels"),
    Kind.MOST_UNITS: _("it has the most of what is wanted"),
    Kind.NEAREST: _("it is the nearest"),
    Kind.RANK: _("it comes first among our places"),
    Kind.CAPACITY: _("its people have the least to do"),
    Kind.MOST_STOCK: _("it has the most in stock"),
    ONLY: _("no other place has it"),
    COLLECTED_THERE: _("it is collected there"),
    NO_REASON: _("all places were equally good"),
}


def in_words(because: Iterable[str]) -> str:
    """Reasons as a person reads them."""
    return ", ".join(str(WORDS.get(kind, kind)) for kind in because)


Scores = Sequence[float] | None
"""One for each place, or None: the rule abstains."""


def preferred(rule: Rule, places: Sequence[Place], lines: Sequence[Line]) -> Scores:
    """The place that the retailer named."""
    return [float(place.location_id == rule.location_id) for place in places]


def serves_all(rule: Rule, places: Sequence[Place], lines: Sequence[Line]) -> Scores:
    """Those that have everything before all others."""
    return [float(len(serve_whole(place, lines)) == len(lines)) for place in places]


def fewest_parcels(rule: Rule, places: Sequence[Place], lines: Sequence[Line]) -> Scores:
    """Those after which the least number of others is needed, as far as a look ahead finds."""
    return [-float(parcels(place, lines, places)) for place in places]


def most_units(rule: Rule, places: Sequence[Place], lines: Sequence[Line]) -> Scores:
    """Those with the most of the wanted units."""
    return [float(units(place, lines)) for place in places]


def nearest(rule: Rule, places: Sequence[Place], lines: Sequence[Line]) -> Scores:
    """The shortest way; a place whose way is unknown comes last."""
    if all(place.kilometers is None for place in places):
        return None
    return [float("-inf") if place.kilometers is None else -place.kilometers for place in places]


def by_rank(rule: Rule, places: Sequence[Place], lines: Sequence[Line]) -> Scores:
    """The retailer's own order of its places."""
    return [-float(place.rank) for place in places]


def capacity(rule: Rule, places: Sequence[Place], lines: Sequence[Line]) -> Scores:
    """Those whose people are the soonest free; who has not said how much they manage is taken to have time."""
    if all(place.waiting is None for place in places):
        return None
    return [-float(place.waiting or 0) for place in places]


def most_stock(rule: Rule, places: Sequence[Place], lines: Sequence[Line]) -> Scores:
    """Those with the most left."""
    wanted = {line.variant_id for line in lines}
    return [float(sum(place.available.get(variant, 0) for variant in wanted)) for place in places]


SCORES: dict[str, Callable[[Rule, Sequence[Place], Sequence[Line]], Scores]] = {
    Kind.PREFERRED: preferred,
    Kind.SERVES_ALL: serves_all,
    Kind.FEWEST_PARCELS: fewest_parcels,
    Kind.MOST_UNITS: most_units,
    Kind.NEAREST: nearest,
    Kind.RANK: by_rank,
    Kind.CAPACITY: capacity,
    Kind.MOST_STOCK: most_stock,
}


def choose(places: Sequence[Place], lines: Sequence[Line], rules: Sequence[Rule]) -> tuple[Place, tuple[str, ...]]:
    """The best place, and the rules that made a difference; each leaves those with its highest score."""
    best = sorted(places, key=lambda place: place.location_id)
    because = []
    for rule in rules:
        if len(best) == 1:
            break
        scores = SCORES[rule.kind](rule, best, lines)
        if scores is not None and min(scores) < max(scores):
            best = [place for place, score in zip(best, scores, strict=True) if score == max(scores)]
            because.append(str(rule.kind))
    return best[0], tuple(because) or ((ONLY,) if len(places) == 1 else (NO_REASON,))


def units(place: Place, lines: Sequence[Line]) -> int:
    """How many of the wanted units the place has."""
    wanted: Counter[int] = Counter()
    for line in lines:
        wanted[line.variant_id] += line.quantity
    return sum(min(quantity, place.available.get(variant, 0)) for variant, quantity in wanted.items())


def parcels(place: Place, lines: Sequence[Line], places: Sequence[Place]) -> int:
    """About how many places serve in the end, if this one begins and those with the most go on."""
    left, others, count = unserved(lines, serve(place, lines)), [p for p in places if p is not place], 1
    while left and others:
        following = max(others, key=lambda p: (len(serve_whole(p, left)), units(p, left)))
        others.remove(following)
        left, count = unserved(left, serve(following, left)), count + 1
    return count + len(left)


def serve(place: Place, lines: Sequence[Line]) -> list[Want]:
    """What a place serves: whole lines if it has any, else what it has of them."""
    return serve_whole(place, lines) or serve_part(place, lines)


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
