"""What a message that left has promised: by it she knows of a promise, of its end, or of another time instead."""

from collections.abc import Callable, Sequence
from datetime import datetime

from commerce.promises import giving, watching
from commerce.promises.models import Promise
from inventory.alerts.models import Alert
from notifications.models import Message
from notifications.purposes import PURPOSES, About
from orders import promise_ledger
from orders.cases import promised as of_cases
from orders.cases.models import Case
from orders.delivery import calls
from orders.models import Fulfillment


def note(message: Message, *, contact_channel: str, at: datetime) -> None:
    """Keep in the ledger of promises what she knows by a message now."""
    if PURPOSES[message.purpose].about is About.PROMISE:
        giving.told(message.subject, message=message.public_id, at=at)
    elif message.purpose == "delivery_failed":
        giving.told_of(message.subject, message=message.public_id, at=at)
    elif message.purpose == "pickup_ready":
        part = Fulfillment.objects.select_related("order__email", "order__phone").get(public_id=message.subject)
        promise_ledger.told_until(part, message=message.public_id, channel=contact_channel, at=at)
    elif message.purpose in TELLS:
        giving.written_by(TELLS[message.purpose](message.subject), message.public_id)


def look_again(message: Message, *, at: datetime) -> None:
    """What is to be told of a promise is what is expected now, however long the message waited."""
    if PURPOSES[message.purpose].about is About.PROMISE:
        for promise in Promise.objects.select_for_update(no_key=True).filter(public_id=message.subject):
            watching.refresh(promise, at=at)


def parts_of(order: str) -> Sequence[str]:
    """The parts of an order, each with its time."""
    return list(Fulfillment.objects.filter(order__public_id=order).values_list("public_id", flat=True))


def call_about(fulfillment: str) -> Sequence[str]:
    """That we will call."""
    return [calls.subject_of(fulfillment)]


def of_case(case: str) -> Sequence[str]:
    """The steps of a case, and our answer."""
    found = Case.objects.get(public_id=case)
    steps = found.steps.values_list("ordinal", flat=True)
    return [of_cases.reply(found), *(of_cases.subject(found, ordinal) for ordinal in steps)]


def kept_unit(alert: str) -> Sequence[str]:
    """The unit that is kept for who asked to be told."""
    return list(Alert.objects.filter(public_id=alert).values_list("reservation__public_id", flat=True))


TELLS: dict[str, Callable[[str], Sequence[str]]] = {
    "order_confirmation": parts_of,
    "order_changed": parts_of,
    "arrived": call_about,
    "case_opened": of_case,
    "case_step": of_case,
    "reservation_offered": lambda reservation: [reservation],
    "back_in_stock": kept_unit,
}
"""Messages that tell her of promises which stand by then; their subject → what those promises are about."""
