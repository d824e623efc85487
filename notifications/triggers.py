"""What must be said after what happened: handlers of entries, named in commerce.wiring, each planning a message.

They plan only. Whether a message leaves, over which way and when is the verdict's, just before it does.
"""

from datetime import datetime, timedelta

from commerce.carts.models import Cart
from commerce.customers.models import LoginCode
from commerce.customers.people import people_of
from commerce.promises.models import Promise
from commerce.timeline import tasks
from commerce.timeline.models import Entry, Task
from commerce.timeline.tasks import entry_of
from inventory.alerts.models import Alert
from inventory.models import Reservation
from notifications.facts import about_no_order
from notifications.messages import tell, tell_her, withhold
from notifications.models import Message, Survey
from notifications.visible import TOLD
from orders.cases.models import Case
from orders.models import Fulfillment, Order, Payment
from orders.returns.models import Return
from orders.stripe.models import Checkout

WAITS_FOR_CASE = timedelta(hours=12)


def send_login_code(task: Task, *, at: datetime) -> None:
    """Somebody wants to log in: tell her the code, at the address it is for."""
    entry = entry_of(task)
    login_code = LoginCode.objects.select_related("contact_point__person").get(public_id=entry.data["login_code"])
    tell(
        login_code.contact_point.person,
        purpose="login_code",
        subject=login_code.public_id,
        facts={"language": login_code.language},
        journey=entry.journey,
        entry=entry.pk,
        expires_at=login_code.expires_at,
        at=at,
    )


def remind_of_cart(task: Task, *, at: datetime) -> None:
    """A cart was left: remind its person of it, once. Nobody is behind an anonymous cart; claiming it asks again."""
    entry = entry_of(task)
    cart = Cart.objects.select_related("person").get(public_id=entry.data["cart"])
    tell_her(cart.person, purpose="cart_reminder", subject=cart.public_id, task=task, at=at)


def confirm_order(task: Task, *, at: datetime) -> None:
    """An order was placed: tell her what she bought and how she gets it; one that is sent in a swap, with the swap."""
    order = Order.objects.select_related("person").get(public_id=entry_of(task).data["order"])
    if order.cart_id is None and Return.objects.filter(replacement=order, sent_ahead_at__isnull=False).exists():
        withhold("order_confirmation", why="told_by_case", journey=task.journey, entry=task.entry, at=at)
        return
    tell_her(order.person, purpose="order_confirmation", subject=order.public_id, task=task, at=at)


def tell_of_fulfillment(task: Task, *, at: datetime) -> None:
    """A pickup or parcel took a step: tell her; what is tried again is told again."""
    entry = entry_of(task)
    fulfillment = Fulfillment.objects.select_related("order__person").get(public_id=entry.data["fulfillment"])
    same = Entry.objects.filter(journey=entry.journey, type=entry.type, pk__lt=entry.pk)
    phase = str(same.filter(data__fulfillment=fulfillment.public_id).count() + 1)
    person, subject = fulfillment.order.person, fulfillment.public_id
    tell_her(person, purpose=TOLD[entry.type], subject=subject, phase=phase, task=task, at=at)


def remind_of_pickup(task: Task, *, at: datetime) -> None:
    """A pickup waits for half of its time: tell her once more."""
    entry = entry_of(task)
    fulfillment = Fulfillment.objects.select_related("order__person").get(public_id=entry.data["fulfillment"])
    if (person := fulfillment.order.person) is not None:
        tell(
            person,
            purpose="pickup_ready",
            subject=fulfillment.public_id,
            phase="2",
            journey=task.journey,
            entry=task.entry,
            at=at,
        )


def tell_of_reservation(task: Task, *, at: datetime) -> None:
    """Units are kept for her, or not for long any more: tell her."""
    entry = entry_of(task)
    reservation = Reservation.objects.select_related("person").get(public_id=entry.data["reservation"])
    tell_her(reservation.person, purpose=entry.type.replace(".", "_"), subject=reservation.public_id, task=task, at=at)


def tell_of_news(task: Task, *, at: datetime) -> None:
    """What she asked about is back, and one unit is kept for her: tell her while it is."""
    said = entry_of(task).data
    alert = Alert.objects.select_related("person").get(public_id=said["alert"])
    tell(
        alert.person,
        purpose="back_in_stock",
        subject=alert.public_id,
        journey=task.journey,
        entry=task.entry,
        expires_at=datetime.fromisoformat(said["until"]),
        at=at,
    )


def tell_of_danger(task: Task, *, at: datetime) -> None:
    """A promise will not hold: tell her before, once; and where nobody foresaw it, when it broke.

    That a parcel could not be delivered is told as that, and a late answer by its case.
    """
    entry = entry_of(task)
    promise = Promise.objects.select_related("person").get(public_id=entry.data["promise"])
    if why := told_otherwise(promise, is_broken=entry.type == "promise.broken"):
        withhold("promise_endangered", why=why, journey=task.journey, entry=task.entry, at=at)
    else:
        tell_of_promise(promise, "promise_endangered", task=task, at=at)


def told_otherwise(promise: Promise, *, is_broken: bool) -> str:
    """Why what becomes of a promise is not told as that; empty where it is."""
    if Fulfillment.objects.filter(public_id=promise.subject, status=Fulfillment.Status.FAILED).exists():
        return "told_as_failed"
    if promise.kind == Promise.Kind.CASE_REPLY:
        return "told_by_case"
    # It was kept after all, as was learned late; or what nobody took in time is let go, as was said.
    kept = promise.status == Promise.Status.KEPT or promise.kind == Promise.Kind.RESERVATION
    return "moved_on" if is_broken and kept else ""


def tell_of_day(task: Task, *, at: datetime) -> None:
    """What was promised without a day has one now: tell her."""
    promise = Promise.objects.select_related("person").get(public_id=entry_of(task).data["promise"])
    tell_of_promise(promise, "promise_dated", task=task, at=at)


def tell_of_promise(promise: Promise, purpose: str, *, task: Task, at: datetime) -> None:
    """Tell her once; what was not told, as it was well again before, is told if it is not any more."""
    dropped = Message.objects.filter(purpose=purpose, subject=promise.public_id, status=Message.Status.DROPPED)
    phase = str(dropped.count() + 1)
    tell_her(promise.person, purpose=purpose, subject=promise.public_id, phase=phase, task=task, at=at)


def ask_how_it_was(task: Task, *, at: datetime) -> None:
    """An order was completed a day ago: ask her, once; not while a case about it, or about no order, is open.

    What only replaces something is asked about with its case; and where a case about it was closed since it was
    completed, the question about that case is the one she gets.
    """
    entry = entry_of(task)
    order = Order.objects.select_related("person", "journey").get(public_id=entry.data["order"])
    if order.person is None or Return.objects.filter(replacement=order).exists():
        return
    about_it = Case.objects.filter(order=order, status=Case.Status.OPEN)
    if about_it.exists() or about_no_order(people_of(order.person)).exists():
        tasks.postpone(task, until=at + WAITS_FOR_CASE)
        return
    if Case.objects.filter(order=order, closed_at__gte=entry.occurred_at).exists():
        withhold("survey", why="asked_with_case", journey=task.journey, entry=task.entry, at=at)
        return
    Survey.objects.get_or_create(
        order=order, defaults={"person": order.person, "journey": order.journey, "asked_at": at}
    )
    tell_her(order.person, purpose="survey", subject=order.public_id, task=task, at=at)


def send_payment_link(task: Task, *, at: datetime) -> None:
    """A link to pay with stands: send it to her. On a page she is already."""
    payment = Payment.objects.select_related("order__person", "stripe").get(public_id=entry_of(task).data["payment"])
    if payment.stripe.kind == Checkout.Kind.LINK and payment.order.person is not None:
        tell(
            payment.order.person,
            purpose="payment_link",
            subject=payment.public_id,
            journey=task.journey,
            entry=task.entry,
            expires_at=payment.stripe.expires_at,
            at=at,
        )


def remind_of_payment(task: Task, *, at: datetime) -> None:
    """A part of what was agreed is due tomorrow: remind her once, where it is not paid."""
    said = entry_of(task).data
    order = Order.objects.select_related("person").get(public_id=said["order"])
    if order.person is not None:
        tell(
            order.person,
            purpose="payment_due",
            subject=order.public_id,
            phase=said["due_at"][:16],
            facts={name: said[name] for name in ("amount", "due_at")},
            journey=task.journey,
            entry=task.entry,
            expires_at=datetime.fromisoformat(said["due_at"]),
            at=at,
        )


def tell_that_unpaid(task: Task, *, at: datetime) -> None:
    """Nobody paid for her order, so it was canceled: tell her."""
    order = Order.objects.select_related("person").get(public_id=entry_of(task).data["order"])
    tell_her(order.person, purpose="order_unpaid", subject=order.public_id, task=task, at=at)


def tell_that_link_ended(task: Task, *, at: datetime) -> None:
    """Nobody paid by the link in time, and the goods are for others again: tell her. Not if she or we wanted that."""
    entry = entry_of(task)
    links = Payment.objects.select_related("order__person").filter(
        order__public_id=entry.data["order"], stripe__kind=Checkout.Kind.LINK, status=Payment.Status.CANCELED
    )
    ended = links.order_by("-pk").first()
    if ended and entry.actor.partition(":")[0] in ("system", "provider"):
        tell_her(ended.order.person, purpose="payment_link_ended", subject=ended.public_id, task=task, at=at)
