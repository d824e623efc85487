"""A message is said once, or its reason for silence is kept: whatever dies, and whenever."""

from datetime import timedelta

import pytest

from commerce.timeline.models import Entry, Task
from commerce.timeline.tasks import MAX_ATTEMPTS, claim, run, run_due
from notifications import delivery
from notifications.messages import UnknownPurpose, tell
from notifications.models import Attempt, Message, Verdict
from notifications.reports import report
from notifications.transports.outgoing import Outgoing, TransportError, Unclear
from notifications.transports.table import TRANSPORTS, Transport
from tests.factories import LONG_AGO, MONDAY, person
from tests.notifications.shop import order, parcel, pickup

pytestmark = pytest.mark.django_db


class Network:
    """A transport that does what it is told and remembers what it was given."""

    def __init__(self, *outcomes: Exception | None) -> None:
        self.outcomes = list(outcomes)
        self.said: list[Outgoing] = []

    def send(self, outgoing: Outgoing) -> str:
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        self.said.append(outgoing)
        return f"id-{len(self.said)}"


@pytest.fixture
def network(monkeypatch, settings):
    """The way out for emails: `network(keyed=…, outcomes…)`."""

    def put(*outcomes: Exception | None, keyed: bool = False) -> Network:
        made = Network(*outcomes)
        monkeypatch.setitem(
            TRANSPORTS, "network", Transport(made.send, is_keyed=keyed, contact_channels=frozenset({"email"}))
        )
        settings.TRANSPORTS = {"email": "network"}
        return made

    return put


def confirmation(**fields: object) -> Message:
    lucia = person(email="lucia@example.com", phone="+34600000001")
    bought = order(lucia)
    return tell(
        lucia, purpose="order_confirmation", subject=bought.public_id, journey=bought.journey, at=MONDAY, **fields
    )


def retry_now() -> None:
    Task.objects.filter(status="pending").update(retry_at=None)


def outcome(message: Message) -> tuple[str, list[str], list[str]]:
    message.refresh_from_db()
    return (
        message.status,
        list(message.attempts.order_by("pk").values_list("status", flat=True)),
        list(message.verdicts.order_by("pk").values_list("decision", flat=True)),
    )


def test_a_message_is_judged_sent_and_written_on_the_journey():
    message = confirmation()

    run_due(at=MONDAY)

    assert outcome(message) == ("sent", ["accepted"], ["send"])
    attempt = message.attempts.get()
    assert (attempt.contact_channel, attempt.transport, attempt.contact_point.value) == (
        "email",
        "outbox",
        "lucia@example.com",
    )
    entry = Entry.objects.get(type="message.sent")
    assert entry.data == {
        "message": message.public_id,
        "purpose": "order_confirmation",
        "contact_channel": "email",
        "attempt": attempt.public_id,
    }


def test_telling_the_same_twice_is_one_message():
    message = confirmation()
    again = tell(message.person, purpose="order_confirmation", subject=message.subject, at=MONDAY)

    run_due(at=MONDAY)
    tell(message.person, purpose="order_confirmation", subject=message.subject, at=MONDAY)
    run_due(at=MONDAY)

    assert again == message
    assert (Message.objects.count(), Attempt.objects.count()) == (1, 1)


def test_a_purpose_that_nobody_declared_is_refused():
    with pytest.raises(UnknownPurpose):
        tell(person(), purpose="spam", subject="1", at=MONDAY)


def test_a_message_that_is_not_due_yet_waits():
    message = confirmation(due_at=MONDAY + timedelta(hours=1))

    run_due(at=MONDAY)
    assert outcome(message) == ("waiting", [], [])

    run_due(at=MONDAY + timedelta(hours=1))
    assert outcome(message) == ("sent", ["accepted"], ["send"])


def test_what_has_become_pointless_is_dropped_with_its_reason_kept():
    lucia = person(email="lucia@example.com")
    waiting = pickup(order(lucia))
    message = tell(lucia, purpose="pickup_ready", subject=waiting.public_id, journey=waiting.order.journey, at=MONDAY)
    waiting.status = "collected"
    waiting.save()

    run_due(at=MONDAY)

    assert outcome(message) == ("dropped", [], ["drop"])
    assert Verdict.objects.get().reasons == [{"why": "subject_moved_on", "state": "collected"}]
    assert Entry.objects.get(type="message.dropped").data["reasons"] == ["subject_moved_on"]


def test_a_refusal_for_now_is_tried_again_with_a_new_verdict(network):
    sent = network(TransportError("smtp 451", permanent=False))
    message = confirmation()

    run_due(at=MONDAY)
    assert outcome(message) == ("waiting", ["failed"], ["send"])

    retry_now()
    run_due(at=MONDAY)
    assert outcome(message) == ("sent", ["failed", "accepted"], ["send", "send"])
    assert len(sent.said) == 1


def test_a_refusal_for_good_leads_to_the_next_way(network):
    network(TransportError("smtp 550", permanent=True))
    message = confirmation()

    run_due(at=MONDAY)

    assert outcome(message) == ("sent", ["failed", "accepted"], ["send", "send"])
    assert [a.contact_channel for a in message.attempts.order_by("pk")] == ["email", "sms"]
    assert "fallback" in [reason["why"] for reason in message.verdicts.order_by("pk").last().reasons]


def test_when_no_way_is_left_the_message_has_failed_and_says_so(network):
    network(TransportError("smtp 550", permanent=True))
    lucia = person(email="lucia@example.com")
    bought = order(lucia)
    message = tell(lucia, purpose="order_confirmation", subject=bought.public_id, journey=bought.journey, at=MONDAY)

    run_due(at=MONDAY)

    assert outcome(message) == ("failed", ["failed"], ["send", "drop"])
    assert Entry.objects.get(type="message.failed").data["reasons"] == ["addresses_failed"]


def test_a_network_that_stays_down_is_given_up_for_the_next_way(network):
    network(*[TransportError("no mail server", permanent=False)] * MAX_ATTEMPTS)
    message = confirmation()

    for _ in range(MAX_ATTEMPTS):
        run_due(at=MONDAY)
        retry_now()

    assert outcome(message)[:2] == ("sent", ["failed"] * MAX_ATTEMPTS + ["accepted"])
    assert not Task.objects.filter(status="given_up").exists()


def test_an_answer_that_never_came_is_unknown_and_not_said_twice(network):
    network(Unclear("no answer: TimeoutError"))
    message = confirmation()

    run_due(at=MONDAY)
    retry_now()
    run_due(at=MONDAY)

    assert outcome(message) == ("unknown", ["unknown"], ["send"])
    assert Entry.objects.get(type="message.unknown").data["attempt"] == message.attempts.get().public_id


def die_before_settling(monkeypatch) -> None:
    def dies(*args: object, **options: object) -> None:
        raise SystemExit

    monkeypatch.setattr(delivery, "settle_sent", dies)
    with pytest.raises(SystemExit):
        run_due(at=MONDAY)
    Task.objects.filter(status="pending").update(lease=None, leased_until=None)


def test_whoever_dies_after_the_call_leaves_an_unknown_over_a_transport_without_keys(network, monkeypatch):
    sent = network()
    message = confirmation()
    with monkeypatch.context() as patch:
        die_before_settling(patch)

    run_due(at=MONDAY)

    assert outcome(message) == ("unknown", ["unknown"], ["send"])
    assert len(sent.said) == 1


def test_whoever_dies_after_the_call_sends_the_same_key_again_over_one_that_takes_keys(network, monkeypatch):
    sent = network(keyed=True)
    message = confirmation()
    with monkeypatch.context() as patch:
        die_before_settling(patch)

    run_due(at=MONDAY)

    assert outcome(message) == ("sent", ["accepted"], ["send", "send"])
    assert len(sent.said) == 2
    assert len({outgoing.key for outgoing in sent.said}) == 1
    assert len({outgoing.text for outgoing in sent.said}) == 1


def test_what_became_pointless_while_its_sender_was_dead_is_not_sent_again(network, monkeypatch):
    sent = network(keyed=True)
    message = confirmation()
    with monkeypatch.context() as patch:
        die_before_settling(patch)
    message.person.orders.update(status="canceled")

    run_due(at=MONDAY)

    assert outcome(message) == ("unknown", ["unknown"], ["send", "drop"])
    assert len(sent.said) == 1


def test_an_outcome_that_comes_after_the_lease_was_lost_is_kept_all_the_same(network):
    """A slow worker: a second one gave its attempt up as unknown, then the first hears that it was taken."""
    sent = network()
    message = confirmation()
    (slow,) = claim(at=MONDAY)
    attempt = delivery.claim(slow, at=MONDAY)
    Task.objects.filter(pk=slow.pk).update(leased_until=LONG_AGO)
    run_due(at=MONDAY)
    assert outcome(message)[0] == "unknown"

    delivery.settle_sent(slow, attempt, provider_id="late", at=MONDAY)

    assert outcome(message) == ("sent", ["accepted"], ["send"])
    assert sent.said == []


def test_two_workers_with_one_task_make_one_attempt(network):
    sent = network()
    message = confirmation()
    (task,) = claim(at=MONDAY)

    run(task, at=MONDAY)
    run(task, at=MONDAY)

    assert outcome(message) == ("sent", ["accepted"], ["send"])
    assert len(sent.said) == 1


def test_reports_only_go_forward():
    message = confirmation()
    run_due(at=MONDAY)
    attempt = message.attempts.get()

    news = [
        report(attempt, status=Attempt.Status(s), at=MONDAY) for s in ("delivered", "delivered", "read", "delivered")
    ]

    assert news == [True, False, True, False]
    assert outcome(message) == ("sent", ["read"], ["send"])
    assert list(
        Entry.objects.filter(type="message.delivered").order_by("pk").values_list("data__status", flat=True)
    ) == [
        "delivered",
        "read",
    ]


def test_a_failure_reported_later_leads_to_the_next_way():
    message = confirmation()
    run_due(at=MONDAY)

    report(message.attempts.get(), status=Attempt.Status.FAILED, error="550 mailbox gone", at=MONDAY)
    run_due(at=MONDAY)

    assert outcome(message) == ("sent", ["failed", "accepted"], ["send", "send"])


def test_a_parcel_is_told_by_sms_and_a_mail_address_alone_gets_a_mail():
    lucia, ana = person(email="lucia@example.com", phone="+34600000001"), person("Ana", email="ana@example.com")
    parcels = [parcel(order(who)) for who in (lucia, ana)]
    for sent in parcels:
        tell(sent.order.person, purpose="shipped", subject=sent.public_id, journey=sent.order.journey, at=MONDAY)

    run_due(at=MONDAY)

    assert list(Attempt.objects.order_by("pk").values_list("contact_channel", flat=True)) == ["sms", "email"]
