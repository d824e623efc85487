"""Expected goods: ordered from a supplier, or sent by another of our own places. What comes goes by the ledger.

`incoming` of a shelf is what has not come yet of its open lines; it and the lines are written nowhere else. Shelves are
locked first, in primary-key order, as everywhere.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from inventory import ledger
from inventory.ledger import Goods, Kind
from inventory.models import Incoming
from inventory.statements import run


class NothingExpected(Problem):
    """Under this reference nothing more is expected at this place."""

    code = "nothing_expected"


class ReferenceTaken(Problem):
    """This reference stands for goods that come here from somewhere else."""

    code = "reference_taken"


@transaction.atomic
def expect(
    goods: Goods,
    *,
    location_id: int,
    reference: str,
    expected_at: datetime | None,
    source_id: int | None = None,
    via_id: int | None = None,
    at: datetime,
) -> list[Incoming]:
    """These goods will come to a place. The same reference again moves the date, or changes how many.

    What has come stays come; a line that has ended is taken up again only where more is ordered than has come.
    `source_id` and `via_id` are for goods on the road between two places of ours (inventory.transfers). Raises
    ReferenceTaken, where the same goods come under it from elsewhere.
    """
    shelves = {
        variant: stock.pk for (variant, _), stock in ledger.lock((variant, location_id) for variant in goods).items()
    }
    known = {line.stock_id: line for line in Incoming.objects.filter(stock__in=shelves.values(), reference=reference)}
    if any(line.source_id != source_id for line in known.values()):
        raise ReferenceTaken("under this reference the same goods come here from somewhere else")
    lines = []
    for variant, quantity in goods.items():
        shelf = shelves[variant]
        line = known.get(shelf) or Incoming(
            stock_id=shelf, reference=reference, ordered_at=at, source_id=source_id, via_id=via_id
        )
        if quantity != line.quantity:
            line.ended_at = at if line.received >= quantity else None
        line.quantity, line.expected_at = quantity, expected_at
        lines.append(line)
    Incoming.objects.bulk_create([line for line in lines if line.pk is None])
    Incoming.objects.bulk_update(known.values(), ["quantity", "expected_at", "ended_at"])
    count_again(shelves.values())
    return lines


@transaction.atomic
def arrive(
    goods: Goods, *, location_id: int, reference: str, key: str, reason: str = "", by: Actor, at: datetime
) -> int:
    """Goods of a purchase order came: all, part, or more than was ordered. Returns how many movements were new.

    What nobody expected is received as well, for there it lies; its shelf is to be counted. The same `key` (a
    delivery note's) is booked once.
    """
    ledger.lock((variant, location_id) for variant in goods)
    moves = ledger.each(Kind.RECEIVED, goods, location_id, reason=reason or reference, key=key)
    known = ledger.recorded(move.key for move in moves)
    fresh = [move for move in moves if move.key not in known]
    came({move.variant_id: move.quantity for move in fresh}, location_id=location_id, reference=reference, at=at)
    booked = ledger.move(fresh, by=by, at=at)
    ledger.to_be_counted(surplus(reference, [move.variant_id for move in fresh], location_id=location_id), at=at)
    return booked


@transaction.atomic
def give_up(reference: str, *, location_id: int, at: datetime) -> int:
    """Nothing more will come under this reference; returns how many units are no longer expected.

    Raises NothingExpected.
    """
    lines = Incoming.objects.filter(reference=reference, stock__location=location_id, ended_at__isnull=True)
    shelves = dict(lines.values_list("stock__variant", "stock"))
    ledger.lock((variant, location_id) for variant in shelves)
    missing = sum(quantity - received for quantity, received in lines.values_list("quantity", "received"))
    if not lines.update(ended_at=at):
        raise NothingExpected("nothing more is expected under this reference")
    count_again(shelves.values())
    return missing


@transaction.atomic
def call_off(reference: str, *, location_id: int, at: datetime) -> int:
    """Nothing more will come of a purchase order; returns how many units are no longer expected.

    What is on the road between places of ours is closed as a transfer, which says where its goods are.
    Raises NothingExpected.
    """
    if Incoming.objects.filter(reference=reference, stock__location=location_id, via__isnull=False).exists():
        raise NothingExpected("this is a transfer; close it as one")
    return give_up(reference, location_id=location_id, at=at)


SURPLUS = """
SELECT s.id, s.variant_id, coalesce(i.received - i.quantity, 0) FROM inventory_stock s
LEFT JOIN inventory_incoming i ON i.stock_id = s.id AND i.reference = %(reference)s
WHERE s.location_id = %(location)s AND s.variant_id = ANY(%(variants)s) AND (
    i.received > i.quantity OR (i.id IS NULL AND EXISTS (
        SELECT FROM inventory_incoming other JOIN inventory_stock here ON here.id = other.stock_id
        WHERE other.reference = %(reference)s AND here.location_id = s.location_id
    ))
) ORDER BY s.id
"""


def surplus(reference: str, variants: Collection[int], *, location_id: int) -> dict[int, tuple[int, int]]:
    """The shelves on which more has come than was ordered: variant, and how many more (0: none was ordered at all)."""
    if not reference:
        return {}
    rows = run(SURPLUS, reference=reference, variants=list(variants), location=location_id)
    return {shelf: (variant, units) for shelf, variant, units in rows}


CAME = """
UPDATE inventory_incoming i SET
    received = i.received + units,
    ended_at = CASE WHEN i.received + units >= i.quantity THEN coalesce(i.ended_at, %(at)s) ELSE i.ended_at END
FROM unnest(%(variants)s::bigint[], %(units)s::int[]) AS goods(variant_id, units)
JOIN inventory_stock s ON s.variant_id = goods.variant_id AND s.location_id = %(location)s
WHERE i.stock_id = s.id AND i.reference = %(reference)s
RETURNING i.stock_id
"""


def came(goods: Mapping[int, int], *, location_id: int, reference: str, at: datetime) -> None:
    """Note on the lines of a reference (whose shelves the caller has locked) what has come of them."""
    lines = run(
        CAME,
        variants=list(goods),
        units=list(goods.values()),
        location=location_id,
        reference=reference,
        at=at,
    )
    count_again([stock for (stock,) in lines])


COUNT_AGAIN = """
UPDATE inventory_stock s SET incoming = (
    SELECT coalesce(sum(i.quantity - i.received), 0) FROM inventory_incoming i
    WHERE i.stock_id = s.id AND i.ended_at IS NULL
) WHERE s.id = ANY(%(stock)s)
RETURNING s.id
"""


def count_again(stock: Collection[int]) -> None:
    """Bring the counters of some shelves (locked by the caller) in line with what is expected there."""
    if stock:
        run(COUNT_AGAIN, stock=list(stock))
