"""Every look at a person's data by the staff is written down."""

from datetime import datetime

from commerce.customers.models import Person, Reading
from commerce.timeline.actors import Actor


def note(person: Person, *, what: str, by: Actor, at: datetime) -> Reading:
    """Keep who read what of whom."""
    return Reading.objects.create(person_id=person.root_pk, actor=str(by), what=what, read_at=at)
