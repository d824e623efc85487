"""The end of messages that somebody no longer wants, by the link in one of them."""

from datetime import datetime

from django.db import transaction

from commerce.customers.consent import choose
from commerce.timeline.actors import Actor
from commerce.timeline.record import open_journey
from notifications.models import Message
from notifications.purposes import CONSENT, PURPOSES


@transaction.atomic
def unsubscribe(message: Message, *, at: datetime) -> None:
    """Keep her no to messages of this kind, at every address this one went to; saying it twice changes nothing."""
    purpose = CONSENT[PURPOSES[message.purpose].kind]
    for attempt in message.attempts.select_related("contact_point__person").order_by("pk"):
        point = attempt.contact_point
        if point is None:
            continue
        latest = (
            point.consents.filter(contact_channel=attempt.contact_channel, purpose=purpose)
            .order_by("-chosen_at", "-pk")
            .first()
        )
        if latest is not None and not latest.granted:
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
