"""Who waits for a shelf: what becomes free is given to whoever has waited longest, before anybody else sees it.

Who has paid comes first (inventory.backorders), then those who asked for the last units. They are served in the
transaction that frees the units, while their shelf is locked, so that nobody slips in between.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from commerce.timeline import tasks
from inventory import backorders
from inventory.statements import run

OFFER_LASTS = timedelta(minutes=10)
"""How long units are kept for somebody whose turn has come."""

TELL = "inventory.reservations.tell_of_offer"
END = "inventory.reservations.end"

IN_LINE = """
SELECT EXISTS (SELECT FROM inventory_backorder WHERE status = 'waiting' AND stock_id = ANY(%(stock)s)),
       EXISTS (SELECT FROM inventory_reservation WHERE status = 'waiting' AND stock_id = ANY(%(stock)s))
"""

WAITING = """
SELECT r.id, r.public_id, r.stock_id, r.quantity, r.journey_id,
       s.on_hand - s.held - s.allocated - s.buffer - s.damaged
FROM inventory_reservation r JOIN inventory_stock s ON s.id = r.stock_id
WHERE r.status = 'waiting' AND r.stock_id = ANY(%(stock)s) ORDER BY r.id FOR NO KEY UPDATE OF r
"""

KEEP = """
WITH kept AS (
    UPDATE inventory_reservation SET status = 'kept', expires_at = %(until)s WHERE id = ANY(%(ids)s)
    RETURNING stock_id, public_id, quantity
), held AS (
    INSERT INTO inventory_hold (stock_id, demand, quantity, status, placed_at, expires_at)
    SELECT stock_id, 'reservation:' || public_id, quantity, 'live', %(at)s, %(until)s FROM kept
)
UPDATE inventory_stock s SET held = held + units
FROM (SELECT stock_id, sum(quantity) AS units FROM kept GROUP BY stock_id) AS sums WHERE s.id = sums.stock_id
RETURNING s.id
"""


def serve(stock: Collection[int], *, at: datetime) -> None:
    """Give what is free on these shelves (locked by the caller) to those who wait: who has paid before all others."""
    [(have_paid, have_asked)] = run(IN_LINE, stock=list(stock))
    if have_paid:
        backorders.serve(stock, at=at)
    if have_asked:
        keep_for_those_in_line(stock, at=at)


def keep_for_those_in_line(stock: Collection[int], *, at: datetime) -> list[str]:
    """Keep what is free on these shelves (locked by the caller) for those in line; returns whose turn it is.

    First come, first served; who waits for more than there is does not keep those behind from what they can have.
    """
    free: dict[int, int] = {}
    chosen: list[tuple[int, str]] = []
    for pk, reservation, shelf, quantity, _, units in run(WAITING, stock=list(stock)):
        if quantity <= free.setdefault(shelf, units):
            free[shelf] -= quantity
            chosen.append((pk, reservation))
    if chosen:
        until = at + OFFER_LASTS
        run(KEEP, ids=[pk for pk, _ in chosen], until=until, at=at)
        for _, reservation in chosen:
            tasks.schedule(TELL, key=reservation, due_at=at, rings=True)
            tasks.schedule(END, key=reservation, due_at=until)
    return [reservation for _, reservation in chosen]
