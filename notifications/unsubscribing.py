"""The end of messages that somebody no longer wants, by the link in one of them."""

from datetime import datetime

from django.db import transaction

from commerce.customers.consent import choose, latest
from commerce.timeline.actors import Actor
from commerce.timeline.record import open_journey
from notifications.models import Message
from notifications.purposes import CONSENT, PURPOSES


@transaction.atomic
def unsubscribe(message: Message, *, at: datetime) -> None:
    """Keep her no to messages of this kind, at every address this one went to; saying it twice changes nothing.

    What counts is the latest choice for the address, whoever of those who are one made it.
    """
    purpose = CONSENT[PURPOSES[message.purpose].kind]
    for attempt in message.attempts.select_related("contact_point__person").order_by("pk"):
        point = attempt.contact_point
        if point is None:
            continue
        last = (
            latest(point.person)
            .filter(contact_point__kind=point.kind, contact_point__value=point.value)
            .filter(contact_channel=attempt.contact_channel, purpose=purpose)
            .first()
        )
        if last is not None and not last.granted and last.contact_point_id == point.pk:
            continue
        choose(
            point,
            contact_channel=attempt.contact_channel,
            purpose=purpose,
            granted=False,
            method="link in a message",
            journey=message.journey or open_journey(at=at),
            by=Actor("person", message.person.public_id),
            channel=attempt.contact_channel,
            at=at,
        )
