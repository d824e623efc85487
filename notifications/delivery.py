"""Sending: the verdict and the intention are committed first, then the transport is called, then the outcome is kept.

Whoever sends may die at any point. Before the intention is committed nothing has happened. Between it and the outcome
the attempt stands as `sending`: over a transport that takes our key it is sent again with the same key, over any other
nobody can know, so it becomes `unknown` and is shown instead of being said twice.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from commerce.ids import public_id
from commerce.timeline import bell, record, tasks
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from commerce.timeline.record import Happening
from commerce.timeline.tasks import MAX_ATTEMPTS, done, hold, outward, pause_after
from notifications import promised, verdict, writing
from notifications.facts import gather
from notifications.happenings import MessageDropped, MessageFailed, MessageSent, MessageUnknown
from notifications.mail.reply_addresses import reply_to
from notifications.models import Attempt, Message, Verdict
from notifications.purposes import PURPOSES
from notifications.transports import table
from notifications.transports.outgoing import Outgoing, TransportError, Unclear
from notifications.verdict import Action, Decision, Why

NOT_ARRIVED = "notifications.reports.not_arrived"


@outward
def deliver(task: Task, *, at: datetime) -> None:
    """Send a message that is due, if the verdict says so; raises TransportError if it is to be tried again."""
    attempt = claim(task, at=at)
    if attempt is None:
        return
    transport = table.TRANSPORTS[attempt.transport]
    try:
        if missing := attempt.content.get("missing"):
            raise TransportError(f"template lacks {', '.join(missing)}"[:200], permanent=True)
        provider_id = transport.send(outgoing(attempt))
    except Unclear as problem:
        settle_unknown(task, attempt, error=problem.code, at=at)
    except TransportError as problem:
        is_final = problem.permanent or task.attempts >= MAX_ATTEMPTS or is_too_slow(task, attempt, at=at)
        settle_failed(task, attempt, error=problem.code, is_final=is_final, at=at)
        if not is_final:
            raise
    else:
        settle_sent(task, attempt, provider_id=provider_id, at=at)


def is_too_slow(task: Task, attempt: Attempt, *, at: datetime) -> bool:
    """Whether the next try would come too late to arrive in the time that the purpose gives its first contact channel.

    Counted from the first try: for her it is one message, however often its transport was busy.
    """
    purpose = PURPOSES[attempt.message.purpose]
    if not purpose.arrives_within or attempt.contact_channel != purpose.contact_channels[0]:
        return False
    tries = attempt.message.attempts.filter(contact_channel=attempt.contact_channel).order_by("pk")
    return at + pause_after(task.attempts) - tries[0].started_at >= purpose.arrives_within


@transaction.atomic
def claim(task: Task, *, at: datetime) -> Attempt | None:
    """Take the verdict under the locks of its facts, and store it; commit the attempt that is to be made, if any."""
    hold(task)
    message = locked(task.data["message"])
    if message.status != Message.Status.WAITING:
        done(task, at=at)
        return None
    cut_off = message.attempts.select_related("contact_point").filter(status=Attempt.Status.SENDING).first()
    if cut_off and not table.TRANSPORTS[cut_off.transport].is_keyed:
        leave_unknown(task, message, cut_off, error="whoever sent it died", at=at)
        return None
    promised.look_again(message, at=at)
    decision = verdict.decide(gather(message, at=at))
    keep(decision, message, at=at)
    if cut_off and decision.action != Action.SEND:
        leave_unknown(task, message, cut_off, error="whoever sent it died, and it has become pointless", at=at)
        return None
    match decision.action:
        case Action.SEND:
            return cut_off or intend(message, decision, at=at)
        case Action.WAIT:
            postpone(task, message, decision)
        case Action.DROP:
            give_up(task, message, decision, at=at)
    return None


def locked(message_id: int) -> Message:
    """A message that nobody else may settle while this transaction lasts."""
    return (
        Message.objects.select_for_update(no_key=True, of=("self",))
        .select_related("person__root", "journey")
        .get(pk=message_id)
    )


def keep(decision: Decision, message: Message, *, at: datetime) -> None:
    """Store a verdict with its reasons, also when nothing is sent."""
    Verdict.objects.create(
        message=message,
        decision=decision.action.value,
        until=decision.until,
        contact_channel=decision.address.contact_channel if decision.address else "",
        reasons=[reason.as_dict() for reason in decision.reasons],
        decided_at=at,
    )


def intend(message: Message, decision: Decision, *, at: datetime) -> Attempt:
    """The attempt that is about to be made, with the text as she will read it."""
    if decision.address is None:
        raise ValueError("a verdict to send names an address")
    contact_channel = decision.address.contact_channel
    written = writing.write(message, contact_channel=contact_channel, at=at)
    attempt = Attempt.objects.create(
        public_id=public_id(),
        message=message,
        contact_channel=contact_channel,
        contact_point_id=decision.address.contact_point,
        transport=table.name_for(contact_channel),
        title=written.title,
        text=written.text,
        html=written.html,
        content=written.content,
        unsubscribe_url=written.unsubscribe_url,
        started_at=at,
    )
    return Attempt.objects.select_related("contact_point", "message").get(pk=attempt.pk)


def outgoing(attempt: Attempt) -> Outgoing:
    """An attempt as its transport takes it."""
    return Outgoing(
        key=attempt.public_id,
        contact_channel=attempt.contact_channel,
        address=attempt.contact_point.value if attempt.contact_point else "",
        title=attempt.title,
        text=attempt.text,
        html=attempt.html,
        content=attempt.content,
        unsubscribe_url=attempt.unsubscribe_url,
        reply_to=reply_to(attempt.message.public_id) if attempt.contact_channel == "email" else "",
    )


def postpone(task: Task, message: Message, decision: Decision) -> None:
    """Let the message wait for the instant that the verdict names."""
    if decision.until is None:
        raise ValueError("a verdict to wait names an instant")
    message.due_at = decision.until
    if any(reason.why == Why.CASE_OPEN for reason in decision.reasons):
        message.expires_at = decision.until + PURPOSES[message.purpose].fresh_for  # her case takes as long as it takes
    message.save(update_fields=["due_at", "expires_at"])
    tasks.postpone(task, until=decision.until)


def give_up(task: Task, message: Message, decision: Decision, *, at: datetime) -> None:
    """Close a message that is not to be sent: dropped, or failed if it was her addresses that refused it."""
    reasons = [reason.why.value for reason in decision.reasons]
    done(task, at=at)
    if Why.ADDRESSES_FAILED in reasons:
        close(message, Message.Status.FAILED, MessageFailed(message.public_id, message.purpose, reasons), at=at)
    else:
        close(message, Message.Status.DROPPED, MessageDropped(message.public_id, message.purpose, reasons), at=at)


def close(message: Message, status: str, happening: Happening, *, at: datetime, contact_channel: str = "") -> None:
    """Give a message its end and write it on the journey."""
    message.status = status
    message.settled_at = at
    message.save(update_fields=["status", "settled_at"])
    write_down(message, happening, contact_channel=contact_channel, at=at)


def write_down(message: Message, happening: Happening, *, contact_channel: str = "", at: datetime) -> None:
    """Enter what became of a message on its journey, if it has one."""
    if message.journey_id is not None:
        channel = contact_channel or PURPOSES[message.purpose].contact_channels[0]
        record.record(message.journey_id, happening, by=SYSTEM, channel=channel, at=at, cause=message.entry)


@transaction.atomic
def settle_sent(task: Task, attempt: Attempt, *, provider_id: str, at: datetime) -> None:
    """Keep that the transport took it."""
    message = resume(task, attempt)
    # Unknown, too: if a second worker gave this attempt up while we were still waiting, we know better now.
    accepted = Attempt.objects.filter(
        Q(status=Attempt.Status.SENDING) | Q(status=Attempt.Status.UNKNOWN), pk=attempt.pk
    ).update(status=Attempt.Status.ACCEPTED, provider_id=provider_id[:120], settled_at=at, error="")
    if accepted:
        sent = MessageSent(message.public_id, message.purpose, attempt.contact_channel, attempt.public_id)
        complete(task, at=at)
        close(message, Message.Status.SENT, sent, contact_channel=attempt.contact_channel, at=at)
        promised.note(message, contact_channel=attempt.contact_channel, at=at)
        expect_arrival(message, attempt, at=at)


def expect_arrival(message: Message, attempt: Attempt, *, at: datetime) -> None:
    """Look in a moment whether it arrived, where the purpose has another way to say it."""
    purpose = PURPOSES[message.purpose]
    if purpose.arrives_within and attempt.contact_channel == purpose.contact_channels[0]:
        due_at = at + purpose.arrives_within
        tasks.schedule(NOT_ARRIVED, key=attempt.public_id, due_at=due_at, journey=message.journey)


@transaction.atomic
def settle_failed(task: Task, attempt: Attempt, *, error: str, is_final: bool, at: datetime) -> None:
    """Keep that it did not leave. Final for this address: the next verdict looks for another."""
    resume(task, attempt)
    failed = Attempt.objects.filter(pk=attempt.pk, status=Attempt.Status.SENDING).update(
        status=Attempt.Status.FAILED, error=error[:200], is_permanent=is_final, settled_at=at
    )
    if failed and is_final and is_ours(task):
        tasks.postpone(task, until=at)
        bell.ring_on_commit()


@transaction.atomic
def settle_unknown(task: Task, attempt: Attempt, *, error: str, at: datetime) -> None:
    """Keep that nobody knows whether it left."""
    message = resume(task, attempt)
    if Attempt.objects.filter(pk=attempt.pk, status=Attempt.Status.SENDING).exists():
        leave_unknown(task, message, attempt, error=error, at=at)


def leave_unknown(task: Task, message: Message, attempt: Attempt, *, error: str, at: datetime) -> None:
    """Close a message that may have left or not: it is shown, and not said again.

    But where the purpose has another way for what did not arrive in time, it is said over that one then.
    """
    Attempt.objects.filter(pk=attempt.pk).update(status=Attempt.Status.UNKNOWN, error=error[:200], settled_at=at)
    complete(task, at=at)
    unknown = MessageUnknown(message.public_id, message.purpose, attempt.public_id)
    close(message, Message.Status.UNKNOWN, unknown, contact_channel=attempt.contact_channel, at=at)
    expect_arrival(message, attempt, at=at)


def resume(task: Task, attempt: Attempt) -> Message:
    """Take the locks of claim() again, in the same order: the task, then the message."""
    Task.objects.select_for_update(no_key=True).filter(pk=task.pk).first()
    return locked(attempt.message_id)


def complete(task: Task, *, at: datetime) -> None:
    """Finish the task if it is still ours. What the transport said is kept in any case: it has happened."""
    if is_ours(task):
        done(task, at=at)


def is_ours(task: Task) -> bool:
    """Whether the lease on a locked task still stands."""
    return Task.objects.filter(pk=task.pk, lease=task.lease, status=Task.Status.PENDING).exists()
