"""Groups of people, on which prices and promotions may hang: a retailer puts somebody in, or takes her out."""

from datetime import datetime

from django.db import transaction

from commerce.customers.happenings import PersonGrouped
from commerce.customers.models import Person
from commerce.timeline.actors import Actor
from commerce.timeline.record import open_journey, record


@transaction.atomic
def put_in_group(person: Person, *, group: str, by: Actor, channel: str, at: datetime) -> None:
    """Make her one of a group, in place of the one she was in; an empty one is none."""
    changed = Person.objects.filter(pk=person.root_pk).exclude(group=group).update(group=group)
    if changed:
        record(open_journey(at=at), PersonGrouped(person.public_id, group), by=by, channel=channel, at=at)
