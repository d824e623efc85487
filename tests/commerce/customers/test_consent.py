"""Her latest explicit choice counts."""

from datetime import timedelta

import pytest

from commerce.customers.consent import NoAddressForChannel, address_for, choose, granted
from commerce.customers.models import Person
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry
from commerce.timeline.record import open_journey
from tests.factories import MONDAY, person

pytestmark = pytest.mark.django_db


def say(who: Person, answer: bool, *, minutes: int = 0, purpose: str = "reminder") -> None:
    """One choice about her only address."""
    choose(
        who.contact_points.get(),
        contact_channel="email",
        purpose=purpose,
        granted=answer,
        method="test",
        journey=open_journey(at=MONDAY),
        by=SYSTEM,
        channel="web",
        at=MONDAY + timedelta(minutes=minutes),
    )


def test_silence_is_no_consent() -> None:
    assert not granted(person(email="lucia@example.com"), "email", "reminder")


def test_the_latest_choice_counts_and_the_earlier_ones_stay_as_history() -> None:
    lucia = person(email="lucia@example.com")

    say(lucia, True)
    say(lucia, False, minutes=1)

    assert not granted(lucia, "email", "reminder")
    assert lucia.contact_points.get().consents.count() == 2


def test_of_two_choices_at_one_instant_the_no_counts() -> None:
    lucia = person(email="lucia@example.com")

    say(lucia, False)
    say(lucia, True)

    assert not granted(lucia, "email", "reminder")


def test_a_yes_is_for_one_purpose_and_one_contact_channel() -> None:
    lucia = person(email="lucia@example.com")

    say(lucia, True)

    assert granted(lucia, "email", "reminder")
    assert not granted(lucia, "email", "marketing")
    assert not granted(lucia, "sms", "reminder")


def test_the_timeline_tells_the_choice_without_the_address() -> None:
    lucia = person(email="lucia@example.com")

    say(lucia, True)

    assert Entry.objects.get().data == {
        "person": lucia.public_id,
        "contact_point": lucia.contact_points.get().pk,
        "contact_channel": "email",
        "purpose": "reminder",
        "granted": True,
    }


def test_a_contact_channel_needs_an_address_of_its_kind() -> None:
    lucia = person(email="lucia@example.com")

    with pytest.raises(NoAddressForChannel):
        address_for(lucia, "sms")
    assert address_for(lucia, "email") == lucia.contact_points.get()
