"""Writing on the timeline: the entries, and in the same statement the tasks that follow from them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar, Protocol

import orjson
from django.db import connection, transaction

from commerce.timeline import bell
from commerce.timeline.actors import Actor
from commerce.timeline.models import Journey
from commerce.wiring import FOLLOWS, STOPS


class Happening(Protocol):
    """A small frozen dataclass, declared by the package that raises it; its fields become the entry's data."""

    type: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True)
class Recorded:
    """What a new entry is called: its database id (the cause of what follows) and its number in the journey."""

    id: int
    number: int


def open_journey(*, at: datetime) -> Journey:
    """Open a journey; whatever happens first does this."""
    journey = Journey(opened_at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO timeline_journey (public_id, entry_count, opened_at) VALUES (%s, 0, %s) RETURNING id",
            [journey.public_id, at],
        )
        journey.pk = cursor.fetchone()[0]
    return journey


# One statement, so that the journey's counter row is locked as briefly as can be. ON CONFLICT moves a keyed task that
# is still pending: a reminder is due 60 minutes after the *last* edit. A task that a worker holds at this moment loses
# its lease by being moved, so that what the worker was about to commit is fenced off. Several entries at once (a cart
# that is opened with three lines) move it once, to the last of them.
RECORD = """
WITH counted AS (
    UPDATE timeline_journey SET entry_count = entry_count + %(count)s WHERE id = %(journey)s
    RETURNING entry_count - %(count)s AS before
), entered AS (
    INSERT INTO timeline_entry (journey_id, number, type, occurred_at, recorded_at, channel, actor, cause, data)
    SELECT %(journey)s, before + ordinal, type, %(occurred_at)s, %(recorded_at)s,
           %(channel)s, %(actor)s, %(cause)s, data
    FROM counted, jsonb_to_recordset(%(entries)s) AS e(ordinal int, type text, data jsonb) ORDER BY ordinal
    RETURNING id, number, type
), stopped AS (
    UPDATE timeline_task SET status = 'canceled', finished_at = %(recorded_at)s, lease = NULL, leased_until = NULL
    WHERE journey_id = %(journey)s AND finished_at IS NULL AND handler = ANY(%(stops)s)
), followed AS (
    INSERT INTO timeline_task (handler, journey_id, entry, key, data, due_at, status, attempts, last_error)
    SELECT handler, %(journey)s, entry, key, '{}', %(occurred_at)s + after, 'pending', 0, ''
    FROM (
        SELECT DISTINCT ON (handler, key) handler, key, after, entered.id AS entry
        FROM entered
        JOIN unnest(%(types)s::text[], %(handlers)s::text[], %(afters)s::interval[], %(moves)s::boolean[])
             AS f(type, handler, after, moves) ON f.type = entered.type
        CROSS JOIN LATERAL (
            SELECT CASE WHEN f.moves THEN 'journey-' || %(journey)s ELSE 'entry-' || entered.id END AS key
        ) AS named
        ORDER BY handler, key, entered.id DESC
    ) AS following ORDER BY entry
    ON CONFLICT (handler, key) WHERE status = 'pending'
    DO UPDATE SET due_at = excluded.due_at, entry = excluded.entry, lease = NULL, leased_until = NULL
)
SELECT id, number FROM entered ORDER BY number
"""

# Without anything that follows, the shorter statement; most entries are of this kind.
RECORD_ONLY = RECORD[: RECORD.index(", stopped AS")] + "\nSELECT id, number FROM entered ORDER BY number\n"


class NoJourney(Exception):
    """The journey to write on does not exist."""


def as_json(entries: list[dict[str, Any]]) -> str:
    """Entries as JSON. The fast way knows no amount beyond 64 bits, such as the dearest receipt of all may lose."""
    try:
        # One that adds nothing to what it is made from is no dataclass to orjson.
        return orjson.dumps(entries, default=vars).decode()
    except TypeError:
        return json.dumps(entries, default=vars)


def record(
    journey: Journey | int,
    *happenings: Happening,
    by: Actor,
    channel: str,
    at: datetime,
    recorded_at: datetime | None = None,
    cause: int | None = None,
) -> list[Recorded]:
    """Append happenings to a journey, and plan what follows from them by commerce.wiring.

    `at` is when it happened; `recorded_at` when we learned it, if that was later (a till that was offline).
    It comes last in a use case, inside its transaction: the journey's counter is the last lock taken.
    Raises NoJourney.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("record() belongs inside the transaction of its use case")
    number_of = journey if isinstance(journey, int) else journey.pk
    types = [happening.type for happening in happenings]
    follows, stops = plan(tuple(types))
    values: dict[str, Any] = {
        "journey": number_of,
        "count": len(happenings),
        "occurred_at": at,
        "recorded_at": recorded_at or at,
        "channel": channel,
        "actor": str(by),
        "cause": cause,
        "entries": as_json([{"ordinal": i, "type": h.type, "data": h} for i, h in enumerate(happenings, start=1)]),
    }
    with connection.cursor() as cursor:
        if follows or stops:
            cursor.execute(
                RECORD,
                values
                | {
                    "stops": stops,
                    "types": [f.type for f in follows],
                    "handlers": [f.handler for f in follows],
                    "afters": [f.after for f in follows],
                    "moves": [f.moves for f in follows],
                },
            )
        else:
            cursor.execute(RECORD_ONLY, values)
        rows = cursor.fetchall()
    if not rows:
        raise NoJourney(f"journey {number_of} does not exist")
    if any(not f.after for f in follows):
        bell.ring_on_commit()
    return [Recorded(*row) for row in rows]


FOLLOW_FIRSTS = """
INSERT INTO timeline_task (handler, journey_id, entry, key, data, due_at, status, attempts, last_error)
SELECT f.handler, e.journey_id, e.id, 'entry-' || e.id, '{}', e.occurred_at + f.after, 'pending', 0, ''
FROM timeline_entry e
JOIN unnest(%(types)s::text[], %(handlers)s::text[], %(afters)s::interval[]) AS f(type, handler, after)
     ON f.type = e.type
WHERE e.journey_id = ANY(%(journeys)s) AND e.number = 1 ORDER BY e.id
"""


def follow_firsts(journeys: Sequence[int], types: Sequence[str]) -> None:
    """Plan what follows from the first entries of many new journeys, in one statement; these were told in bulk."""
    follows, _stops = plan(tuple(types))
    if not follows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            FOLLOW_FIRSTS,
            {
                "journeys": list(journeys),
                "types": [f.type for f in follows],
                "handlers": [f.handler for f in follows],
                "afters": [f.after for f in follows],
            },
        )
    bell.ring_on_commit()


@dataclass(frozen=True)
class Following:
    """One row of what follows from the happenings of one record()."""

    type: str
    handler: str
    after: timedelta
    moves: bool


@cache
def plan(types: tuple[str, ...]) -> tuple[Sequence[Following], list[str]]:
    """What follows from these entry types, and which pending tasks of the journey end with them."""
    follows = [Following(t, f.handler, f.after, f.moves) for t in dict.fromkeys(types) for f in FOLLOWS.get(t, ())]
    stops = sorted({handler for t in types for handler in STOPS.get(t, ())})
    return follows, stops
