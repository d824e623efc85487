"""Every look at a person's data by the staff is written down."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection

from commerce.customers.models import Person, Reading
from commerce.timeline.actors import Actor

SAME_LOOK = timedelta(minutes=10)
"""Who comes back to a list within this time still looks at the same people."""


def note(person: Person, *, what: str, by: Actor, at: datetime) -> Reading:
    """Keep who read what of whom."""
    return Reading.objects.create(person_id=person.root_pk, actor=str(by), what=what, read_at=at)


NOTE = """
INSERT INTO customers_reading (person_id, actor, what, read_at)
SELECT seen.root, %(actor)s::varchar, %(what)s::varchar, %(at)s::timestamptz FROM (
    SELECT DISTINCT coalesce(root_id, id) AS root FROM customers_person WHERE id = ANY(%(people)s::bigint[])
) AS seen
WHERE NOT EXISTS (
    SELECT FROM customers_reading r
    WHERE r.person_id = seen.root AND r.actor = %(actor)s::varchar AND r.what = %(what)s::varchar
          AND r.read_at > %(since)s::timestamptz
)
ORDER BY seen.root
"""


def note_each(people: Iterable[int | None], *, what: str, by: Actor, at: datetime) -> None:
    """Keep who saw several people at once, such as on a list; a look that goes on is one."""
    seen = sorted({person for person in people if person})
    if seen:
        with connection.cursor() as cursor:
            cursor.execute(NOTE, {"people": seen, "actor": str(by), "what": what, "at": at, "since": at - SAME_LOOK})
