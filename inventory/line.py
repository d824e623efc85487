"""Who waits for a shelf: what becomes free is given to whoever has waited longest, before anybody else sees it.

Who has paid comes first (inventory.backorders), then those who asked for the last units, then those who asked only to
be told (inventory.alerts): each of them a unit, kept for some hours. They are served in the transaction that frees the
units, while their shelf is locked, so that nobody slips in between.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from commerce.channels.hours import WEEKDAYS
from commerce.ids import public_id
from commerce.timeline import tasks
from inventory import backorders
from inventory.opening import Hours, ready_at
from inventory.statements import run

OFFER_LASTS = timedelta(minutes=10)
"""How long units are kept for somebody whose turn has come."""

TELL = "inventory.reservations.tell_of_offer"
END = "inventory.reservations.end"

IN_LINE = """
SELECT EXISTS (SELECT FROM inventory_backorder WHERE status = 'waiting' AND stock_id = ANY(%(stock)s)),
       EXISTS (SELECT FROM inventory_reservation WHERE status = 'waiting' AND stock_id = ANY(%(stock)s)),
       EXISTS (SELECT FROM alerts_alert a JOIN inventory_stock s USING (variant_id)
               WHERE a.status = 'waiting' AND s.id = ANY(%(stock)s))
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
    [(have_paid, have_asked, would_know)] = run(IN_LINE, stock=list(stock))
    if have_paid:
        backorders.serve(stock, at=at)
    if have_asked:
        keep_for_those_in_line(stock, at=at)
    if would_know:
        keep_for_those_who_would_know(stock, at=at)


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


NEWS_LASTS = timedelta(hours=4)
"""How long a unit is kept for somebody who asked to be told; the hours in which people sleep do not count."""
AWAKE = {day: [["09:00", "21:00"]] for day in WEEKDAYS}
TELL_NEWS = "inventory.alerts.asking.tell"

# Two shelves may serve the same people at once: whom another transaction serves is left to it.
WOULD_KNOW = """
SELECT a.id, a.public_id FROM alerts_alert a
JOIN inventory_stock s ON s.id = %(shelf)s AND s.variant_id = a.variant_id
JOIN channels_location place ON place.id = s.location_id AND place.is_active AND place.kind <> 'transit'
JOIN channels_saleschannel_locations serves ON serves.location_id = place.id
    AND serves.saleschannel_id = a.sales_channel_id
JOIN customers_person person ON person.id = a.person_id AND person.erased_at IS NULL
JOIN customers_contactpoint point ON point.id = a.contact_point_id
WHERE a.status = 'waiting' AND coalesce(a.location_id, s.location_id) = s.location_id AND (
    SELECT consent.granted FROM customers_consent consent
    JOIN customers_contactpoint same ON same.id = consent.contact_point_id
    WHERE same.kind = point.kind AND same.value = point.value AND consent.purpose = 'restock'
      AND consent.contact_channel = a.contact_channel
    ORDER BY consent.chosen_at DESC, consent.granted, consent.id DESC LIMIT 1
)
ORDER BY a.id LIMIT (
    SELECT greatest(on_hand - held - allocated - buffer - damaged, 0) FROM inventory_stock WHERE id = %(shelf)s
) FOR NO KEY UPDATE OF a SKIP LOCKED
"""
KEEP_ONE_EACH = """
WITH chosen AS (
    SELECT * FROM unnest(%(alerts)s::bigint[], %(names)s::text[]) AS chosen(alert_id, public_id)
), kept AS (
    INSERT INTO inventory_reservation
        (public_id, stock_id, quantity, journey_id, person_id, status, channel, asked_at, expires_at)
    SELECT chosen.public_id, %(shelf)s, 1, a.journey_id, a.person_id, 'kept', c.kind, %(at)s, %(until)s
    FROM chosen JOIN alerts_alert a ON a.id = alert_id JOIN channels_saleschannel c ON c.id = a.sales_channel_id
    RETURNING id, public_id
), held AS (
    INSERT INTO inventory_hold (stock_id, demand, quantity, status, placed_at, expires_at)
    SELECT %(shelf)s, 'reservation:' || public_id, 1, 'live', %(at)s, %(until)s FROM kept
), told AS (
    UPDATE alerts_alert a SET status = 'told', told_at = %(at)s, reservation_id = kept.id
    FROM chosen JOIN kept USING (public_id) WHERE a.id = alert_id
)
UPDATE inventory_stock SET held = held + (SELECT count(*) FROM kept) WHERE id = %(shelf)s RETURNING id
"""


def keep_for_those_who_would_know(stock: Collection[int], *, at: datetime) -> None:
    """Keep a unit each, as far as they reach, for those who asked to be told of these shelves, and tell them."""
    until = ready_at(Hours(ZoneInfo(settings.SHOP_TIMEZONE), AWAKE), preparation=NEWS_LASTS, at=at)
    for shelf in sorted(stock):
        chosen = dict(run(WOULD_KNOW, shelf=shelf))
        if not chosen:
            continue
        names = [public_id() for _ in chosen]
        run(KEEP_ONE_EACH, alerts=list(chosen), names=names, shelf=shelf, at=at, until=until)
        for alert, reservation in zip(chosen.values(), names, strict=True):
            tasks.schedule(TELL_NEWS, key=alert, due_at=at, rings=True)
            tasks.schedule(END, key=reservation, due_at=until)
