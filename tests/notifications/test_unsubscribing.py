"""Her no by the link in a message counts, whoever of those who are one had said yes."""

from datetime import timedelta

import pytest

from commerce.customers import consent, merges
from commerce.customers.models import Consent, Person
from commerce.customers.people import guest
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Journey
from commerce.timeline.record import open_journey
from notifications.models import Attempt, Message
from notifications.unsubscribing import unsubscribe
from tests.factories import MONDAY, person


def say(who: Person, journey: Journey, *, yes: bool, minute: int) -> None:
    consent.choose(
        who.contact_points.get(),
        contact_channel="email",
        purpose="reminder",
        granted=yes,
        method="test",
        journey=journey,
        by=SYSTEM,
        channel="web",
        at=MONDAY + timedelta(minutes=minute),
    )


def reminder(who: Person, journey: Journey) -> Message:
    """One that went to her own address."""
    stamps = {"due_at": MONDAY, "expires_at": MONDAY + timedelta(days=1), "created_at": MONDAY}
    message = Message.objects.create(person=who, purpose="cart_reminder", subject="x", journey=journey, **stamps)
    point = who.contact_points.get()
    Attempt.objects.create(
        message=message,
        contact_point=point,
        contact_channel="email",
        transport="outbox",
        status="accepted",
        started_at=MONDAY,
    )
    return message


@pytest.mark.django_db
def test_a_no_by_link_outlives_the_yes_of_a_guest_with_the_same_address() -> None:
    lucia = person("Lucía", email="lucia@example.com")
    eva = guest(email="lucia@example.com", given_name="Eva", at=MONDAY)
    journey = open_journey(at=MONDAY)
    say(lucia, journey, yes=False, minute=0)
    say(eva, journey, yes=True, minute=1)
    stamp = {"journey": journey, "by": SYSTEM, "channel": "web", "at": MONDAY + timedelta(minutes=2)}
    merges.merge(eva, into=lucia, evidence="proved the address", **stamp)
    lucia.refresh_from_db()
    before = consent.granted(lucia, "email", "reminder")

    message = reminder(lucia, journey)
    unsubscribe(message, at=MONDAY + timedelta(hours=1))
    said = Consent.objects.count()
    unsubscribe(message, at=MONDAY + timedelta(hours=2))

    assert (before, consent.granted(lucia, "email", "reminder")) == (True, False)
    assert Consent.objects.count() == said
