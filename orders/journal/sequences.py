"""A till numbers what it tells. A number that is missing, or stands for two things, is an alarm for its store.

Two devices under one name (a copied disk, a restored backup) tell different things under the same numbers, or name
another installation of their software. What the second one says is set apart (orders.journal.apart).
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from commerce.channels.models import Device
from commerce.timeline.actors import SYSTEM
from orders.journal import leases
from orders.journal.models import Fact, Till
from orders.journal.reading import Said
from orders.models import Todo
from orders.todos import close_todo, open_todo

MOST_GAPS = 20


def lock(device: Device, *, installation: str, at: datetime) -> Till:
    """The till of a device, locked, and heard of; the first installation that is heard of is the one that counts."""
    Till.objects.bulk_create([Till(device=device, installation=installation, heard_at=at)], ignore_conflicts=True)
    till = Till.objects.select_for_update(of=("self",), no_key=True).select_related("device").get(device=device)
    leases.reconnect(device, heard_at=till.heard_at, at=at)
    till.heard_at = max(till.heard_at, at)
    till.installation = till.installation or installation
    till.save(update_fields=["heard_at", "installation"])
    return till


GAPS = """
WITH told AS (
    SELECT sequence, lag(sequence, 1, 0::bigint) OVER (ORDER BY sequence) AS before
    FROM journal_fact WHERE device_id = %(device)s AND NOT is_apart
)
SELECT before + 1, sequence - 1 FROM told WHERE sequence > before + 1 ORDER BY sequence LIMIT %(most)s
"""


def look_for_gaps(till: Till, *, told: int, at: datetime) -> Sequence[tuple[int, int]]:
    """Count what was told, and raise or end the alarm for missing numbers; returns the first gaps.

    Only where a count shows that something is missing are the gaps themselves looked for.
    """
    if told:
        newest = Fact.objects.filter(device=till.device_id, is_apart=False)
        till.highest = max(till.highest, newest.order_by("-sequence").values_list("sequence", flat=True)[0])
        till.told += told
        till.save(update_fields=["highest", "told"])
    if till.told == till.highest:
        if told:
            close_todo(Todo.Kind.TILL_GAP, till.device.public_id, by=SYSTEM, at=at)
        return ()
    with connection.cursor() as cursor:
        cursor.execute(GAPS, {"device": till.device_id, "most": MOST_GAPS})
        gaps = cursor.fetchall()
    alarm_of_gaps(till.device, gaps, at=at)
    return gaps


def alarm_of_gaps(device: Device, gaps: Sequence[tuple[int, int]], *, at: datetime) -> None:
    """Numbers of a till never came; the first gaps are named."""
    words = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in gaps[:MOST_GAPS])
    alarm(device, Todo.Kind.TILL_GAP, f"never came: {words}", at=at)


def alarm_of_content(till: Till, said: Said, *, at: datetime) -> None:
    """A fact that is known came again with another content, or from another till."""
    cause = f"number {said.sequence} came again as something else, or is another till's"
    alarm(till.device, Todo.Kind.TILL_REFUSED, cause, at=at)


def alarm_of_fact(fact: Fact, kind: str, cause: str, *, at: datetime) -> None:
    """Call the people of a till's store for one fact of it."""
    open_todo(kind, str(fact.uuid), order=None, location_id=fact.device.location_id, cause=cause, at=at)


def alarm(device: Device, kind: str, cause: str, *, at: datetime) -> None:
    """Call the people of a device's store."""
    open_todo(kind, device.public_id, order=None, location_id=device.location_id, cause=cause, at=at)
