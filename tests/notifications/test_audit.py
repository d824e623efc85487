"""The audit finds what breaks a rule of messages, and nothing where all is well."""

from datetime import timedelta

import pytest
from django.db import connection

from commerce.inbox.models import InboundEvent
from commerce.timeline import record
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from commerce.timeline.tasks import run_due
from notifications.audit import RULES
from notifications.messages import tell
from notifications.models import Attempt, Message, Verdict
from notifications.purposes import CONSENT, PURPOSES, About, Kind
from orders.happenings import OrderPlaced
from tests.factories import LONG_AGO, MONDAY, person
from tests.notifications.shop import agree, left_cart, order, parcel

pytestmark = pytest.mark.django_db


def violations() -> dict[str, int]:
    found = {}
    with connection.cursor() as cursor:
        for rule in RULES:
            cursor.execute(rule.rows)
            cursor.execute(rule.violations)
            if rows := cursor.fetchall():
                found[rule.name] = len(rows)
    return found


def broken(words: str) -> dict[str, int]:
    """That exactly the rule with these words is broken, by one row."""
    (rule,) = [rule.name for rule in RULES if words in rule.name]
    return {rule: 1}


@pytest.fixture
def reminded() -> Attempt:
    """A house with messages of every outcome; returns the attempt of a reminder."""
    lucia = person(email="lucia@example.com")
    agree(lucia)
    cart = left_cart(lucia)
    tell(lucia, purpose="cart_reminder", subject=cart.public_id, journey=cart.journey, at=MONDAY)
    sent = parcel(order(person("Ana", phone="+34600000002")))
    tell(sent.order.person, purpose="shipped", subject=sent.public_id, journey=sent.order.journey, at=MONDAY)
    tell(sent.order.person, purpose="delivered", subject=sent.public_id, journey=sent.order.journey, at=MONDAY)
    tell(lucia, purpose="survey", subject="nothing", due_at=MONDAY + timedelta(days=1), at=MONDAY)
    run_due(at=MONDAY)
    assert set(Message.objects.values_list("status", flat=True)) == {"sent", "dropped", "waiting"}
    return Attempt.objects.get(message__purpose="cart_reminder")


def test_all_is_well_in_a_house_that_works(reminded):
    assert violations() == {}


def test_a_waiting_message_that_nobody_will_wake(reminded):
    Task.objects.filter(status="pending").delete()

    assert violations() == broken("is unknown, or waits")


def test_a_message_that_counts_as_sent_and_was_not(reminded):
    Attempt.objects.filter(pk=reminded.pk).update(status="failed")

    assert violations() == broken("is unknown, or waits")


def test_silence_without_a_reason(reminded):
    Verdict.objects.filter(message__status="dropped").delete()

    assert violations() == broken("is unknown, or waits")


def test_an_attempt_that_nobody_decided(reminded):
    Verdict.objects.filter(message=reminded.message).delete()

    assert violations() == broken("without a verdict")


def test_a_reminder_after_the_purchase(reminded):
    bought = order(reminded.message.person)
    record.record(
        bought.journey_id,
        OrderPlaced(bought.public_id, bought.number, None, "store", 2598, "EUR"),
        by=SYSTEM,
        channel="store",
        at=MONDAY,
    )
    assert violations() == {}

    Attempt.objects.filter(pk=reminded.pk).update(started_at=MONDAY + timedelta(minutes=1))
    Verdict.objects.filter(message=reminded.message).update(decided_at=MONDAY + timedelta(minutes=1))
    assert violations() == broken("after the purchase")


def test_a_reminder_against_her_will(reminded):
    agree(reminded.message.person, granted=False, at=LONG_AGO + timedelta(days=1))

    assert violations() == broken("needs her consent")


def test_a_webhook_that_nobody_will_handle():
    InboundEvent.objects.create(provider="meta", external_id="1", received_at=MONDAY, body=b"{}")

    assert violations() == broken("every webhook")


def test_the_rules_name_every_purpose_they_are_about():
    names = {rule.name: rule.violations for rule in RULES}
    (consent,) = [sql for name, sql in names.items() if "needs her consent" in name]
    for name, purpose in PURPOSES.items():
        needs = f"('{name}', '{CONSENT.get(purpose.kind, '')}', {str(purpose.kind != Kind.SURVEY).lower()})"
        assert (purpose.kind in CONSENT) == (needs in consent), name
    assert [name for name, purpose in PURPOSES.items() if purpose.about is About.CART] == ["cart_reminder"]
