"""The facts of each letter: what its templates may say, the same for every contact channel.

Amounts, days and hours come as text in the person's language, on the clock of the place they speak of.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from commerce.carts import restoring
from commerce.carts.models import Cart
from commerce.carts.showing import wanted_in
from commerce.customers import logins
from commerce.customers.models import LoginCode
from commerce.links import links
from commerce.money import display
from commerce.promises.models import Promise
from commerce.quotes.quote import quote_what_sells
from inventory.alerts import asking
from inventory.alerts.models import Alert
from inventory.models import Reservation
from inventory.window import in_language
from notifications import changes, refunded, returns, wording
from notifications.cases.joining import case_of
from notifications.cases.letters import case, link_to
from notifications.models import Conversation, ErasureRequest, Message, Survey, Turn
from notifications.privacy.wording import told
from notifications.purposes import CONSENT, PURPOSES
from notifications.wording import absolute
from orders import private_links
from orders.cases.models import Case
from orders.delivery.until import KEPT, kept_until
from orders.models import Fulfillment, Order, Payment
from orders.returns.models import Return
from orders.returns.policy import in_force, in_words

UNSUBSCRIBE_LASTS = timedelta(days=365)
SURVEY_LASTS = timedelta(days=30)


@dataclass(frozen=True)
class Line:
    """A line of goods as a letter lists it."""

    title: str
    quantity: int
    total: str


def facts_for(message: Message, *, language: str, at: datetime) -> dict[str, Any]:
    """Everything that the templates of a message may say."""
    facts = {
        "shop_name": settings.SHOP_NAME,
        "shop_url": f"{settings.PUBLIC_URL}/",
        "given_name": message.person.given_name,
        "language": language,
    }
    if PURPOSES[message.purpose].kind in CONSENT:
        secret = links.create("unsubscribe", message.public_id, lasts=UNSUBSCRIBE_LASTS, at=at)
        facts["unsubscribe_url"] = absolute("unsubscribe", secret)
    return facts | LETTERS[message.purpose](message, language, at)


def login_code(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """The code with which she shows that an address is hers."""
    code = logins.code_of(LoginCode.objects.get(public_id=message.subject))
    return {"code": code, "minutes": max(1, (message.expires_at - at) // timedelta(minutes=1))}


def cart_reminder(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """What she left in her cart, at today's price, with a link that brings it back on any device."""
    cart = Cart.objects.select_related("sales_channel", "coupon", "person").get(public_id=message.subject)
    quote, _ = quote_what_sells(
        wanted_in(cart),
        sales_channel=cart.sales_channel,
        coupon=cart.coupon,
        person=cart.person,
        at=at,
        language=language,
    )
    return {
        "lines": [Line(ln.title, ln.quantity, display(ln.total, quote.currency, language)) for ln in quote.lines],
        "discount": display(quote.discount_total, quote.currency, language) if quote.discount_total else "",
        "total": display(quote.total, quote.currency, language),
        "code": cart.coupon.code if cart.coupon else "",
        "restore_url": absolute("cart-restore", restoring.create(cart, at=at)),
    }


def order_confirmation(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """What she has bought, what she paid and when she gets it."""
    order = Order.objects.get(public_id=message.subject)
    fulfillments = order.fulfillments.select_related("location", "address").order_by("pk")
    return {
        "number": order.number,
        "replaces": "yes" if replaces(order) else "",
        "lines": [
            Line(title, quantity, display(total, order.currency, language))
            for title, quantity, total in order.lines.values_list("title", "quantity", "total")
        ],
        "delivery": display(order.delivery_total, order.currency, language) if order.delivery_total else "",
        "total": display(order.total, order.currency, language),
        "order_url": absolute("order-link", private_links.create(order, at=at)),
        "return_policy": in_words(in_force(order.placed_at or order.created_at), language=language),
        "ways": [way_of(fulfillment, message, language) for fulfillment in fulfillments],
    }


def replaces(order: Order) -> bool:
    """Whether an order is what somebody gets instead of what she gave back; those come of no cart."""
    return order.cart_id is None and Return.objects.filter(replacement=order).exists()


def way_of(fulfillment: Fulfillment, message: Message, language: str) -> dict[str, Any]:
    """How and when a part of an order reaches her."""
    is_pickup = fulfillment.kind == Fulfillment.Kind.PICKUP
    zone = fulfillment.location.timezone if is_pickup else message.person.timezone
    promised = fulfillment.promised_for
    return {
        "is_pickup": is_pickup,
        "place": fulfillment.location.name if is_pickup else "",
        "address": wording.street_address(fulfillment.location) if is_pickup else "",
        "city": fulfillment.address.city if fulfillment.address else "",
        "promised": wording.moment(promised, zone=zone, language=language) if promised else "",
    }


def pickup_ready(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """Where, until when and with which code she collects."""
    fulfillment = parcel(message)
    place = fulfillment.location
    return of_order(fulfillment) | {
        "pickup_code": fulfillment.pickup_code,
        "place": place.name,
        "address": wording.street_address(place),
        "phone": place.phone,
        "hours": wording.opening_hours(place.opening_hours, language=language),
        "closed": wording.closed_days(place, at=at, days=KEPT.days, language=language),
        "until": wording.day(kept_until(fulfillment) or at + KEPT, zone=place.timezone, language=language),
    }


def pickup_expired(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """Where nobody came, and whether the money goes back by itself."""
    fulfillment = parcel(message)
    is_over = fulfillment.order.status == Order.Status.CANCELED
    return of_order(fulfillment) | {"place": fulfillment.location.name, "is_paid_back": is_over}


def reservation(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """What is kept for her, where, and until when."""
    kept = Reservation.objects.select_related("stock__variant__product", "stock__location").get(
        public_id=message.subject
    )
    place = kept.stock.location
    return {
        "title": kept.stock.variant.product.title,
        "quantity": kept.quantity,
        "place": place.name,
        "address": wording.street_address(place),
        "until": wording.moment(kept.expires_at, zone=place.timezone, language=language) if kept.expires_at else "",
    }


def back_in_stock(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """What is back, and the page on which she takes the unit that is kept for her."""
    alert = Alert.objects.select_related("reservation", "location").get(public_id=message.subject)
    until = alert.reservation.expires_at if alert.reservation else None
    zone = alert.location.timezone if alert.location else message.person.timezone
    return {
        "title": in_language(alert.variant.product, "title", language),
        "options": alert.variant.options_text,
        "place": alert.location.name if alert.location else "",
        "until": wording.moment(until, zone=zone, language=language) if until else "",
        "take_url": absolute("alert-take", asking.link_to(alert, at=at)),
    }


def on_its_way(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """Where a parcel is."""
    fulfillment = parcel(message)
    zone, expected = message.person.timezone, fulfillment.expected_at
    return of_order(fulfillment) | {
        "carrier": fulfillment.carrier,
        "tracking_number": fulfillment.tracking_number,
        "expected_day": wording.day(expected, zone=zone, language=language) if expected else "",
        "expected_hour": wording.hour(expected, zone=zone, language=language) if expected else "",
        "city": fulfillment.address.city if fulfillment.address else "",
    }


def delivered(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """That it is there, and the page on which she says what is wrong."""
    order = parcel(message).order
    return on_its_way(message, language, at) | {
        "order_url": absolute("order-link", private_links.create(order, at=at)),
    }


def unserved(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """What she will not get after all."""
    fulfillment = parcel(message)
    lines = fulfillment.lines.select_related("order_line").order_by("order_line")
    return of_order(fulfillment) | {"lines": [f"{row.quantity} × {row.order_line.title}" for row in lines]}


def arriving(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """At which hour the carrier is at her door; whether that corrects what she was told."""
    return on_its_way(message, language, at) | {"corrects": int(message.phase) % 2 == 0}


def arrived(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """What she waited for is here: we call, or ask her to write where we cannot, if she wanted to be asked at all."""
    part = parcel(message)
    order = part.order
    return of_order(part) | {"calls": order.call_me and order.phone_id, "asks": order.call_me and not order.phone_id}


def parcel(message: Message) -> Fulfillment:
    """The fulfillment that a message is about."""
    return Fulfillment.objects.select_related("order", "location", "address").get(public_id=message.subject)


def of_order(fulfillment: Fulfillment) -> dict[str, Any]:
    """What every letter about a fulfillment says."""
    return {"number": fulfillment.order.number}


def payment_link(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """What is to be paid, where, and until when. The address is ours, so that it ends when the link does."""
    payment = Payment.objects.select_related("order", "stripe").get(public_id=message.subject)
    until = payment.stripe.expires_at
    return {
        "number": payment.order.number or "",
        "total": display(payment.amount, payment.currency, language),
        "pay_url": absolute("payment", payment.public_id),
        "until": wording.moment(until, zone=message.person.timezone, language=language),
    }


AT_A_PLACE = (Promise.Kind.PICKUP, Promise.Kind.RESERVATION)


def promise_endangered(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """What will not be as she was told, and when it will be instead."""
    promise = Promise.objects.select_related("location").get(public_id=message.subject)
    part = Fulfillment.objects.select_related("order").filter(public_id=promise.subject).first()
    zone = promise.location.timezone if promise.location else message.person.timezone
    expected = promise.expected_at
    return {
        "kind": promise.kind,
        "number": part.order.number if part else number_of_case(promise),
        "place": promise.location.name if promise.location and promise.kind in AT_A_PLACE else "",
        "promised": wording.moment(promise.due_at, zone=zone, language=language) if promise.due_at else "",
        "expected": wording.moment(expected, zone=zone, language=language) if expected else "",
    }


def number_of_case(promise: Promise) -> str:
    """The number of the order that a case is about, where a step of a case was promised."""
    about = Case.objects.select_related("order").filter(public_id=promise.subject.partition("/")[0]).first()
    return about.order.number or "" if about and about.order else ""


def payment_due(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """How much of an order is to be paid, and until when."""
    order = Order.objects.get(public_id=message.subject)
    due_at = datetime.fromisoformat(message.facts["due_at"])
    return {
        "number": order.number,
        "amount": display(message.facts["amount"], order.currency, language),
        "until": wording.day(due_at, zone=message.person.timezone, language=language),
        "order_url": absolute("order-link", private_links.create(order, at=at)),
    }


def order_unpaid(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """Which order was canceled because nobody paid."""
    return {"number": Order.objects.get(public_id=message.subject).number}


def survey(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """The order she is asked about, and the page on which she answers."""
    asked = Survey.objects.select_related("order").get(order__public_id=message.subject)
    secret = links.create("survey", asked.public_id, lasts=SURVEY_LASTS, at=at)
    number = asked.order.number if asked.order else ""
    return {"number": number, "survey_url": absolute("survey", secret), "scores": range(11)}


def erasure(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """Why her data is still needed, and until when as far as that is known."""
    asked = ErasureRequest.objects.get(public_id=message.subject)
    reasons = told(asked.reasons, zone=message.person.timezone, language=language)
    return {"reasons": reasons, "account_url": absolute("account-data")}


def dm_reply(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """What we answer, as it was written in the conversation."""
    turn = Turn.objects.select_related("conversation").get(pk=message.facts["turn"])
    return {"text": turn.text, "title": turn.conversation.title}


def chat_unread(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """What we answered in the chat while she was gone, and the way back to it."""
    talk = Conversation.objects.get(public_id=message.subject)
    said = talk.turns.filter(side=Turn.Side.HOUSE, pk__gt=message.facts["after"], pk__lte=message.facts["turn"])
    about = case_of(talk)
    return {
        "answers": [turn.text for turn in said.exclude(actor="system").order_by("pk")],
        "chat_url": absolute("chat"),
        "key": about.key if about else "",
        "case_url": absolute("case-link", link_to(about, at=at)) if about else "",
    }


def case_survey(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """The case she is asked about, and the page on which she answers."""
    asked = Survey.objects.select_related("case").get(case__public_id=message.subject)
    secret = links.create("survey", asked.public_id, lasts=SURVEY_LASTS, at=at)
    key = asked.case.key if asked.case else ""
    return {"key": key, "survey_url": absolute("survey", secret), "scores": range(11)}


LETTERS: dict[str, Callable[[Message, str, datetime], dict[str, Any]]] = {
    "login_code": login_code,
    "cart_reminder": cart_reminder,
    "order_confirmation": order_confirmation,
    "pickup_ready": pickup_ready,
    "arriving": arriving,
    "arrived": arrived,
    "shipped": on_its_way,
    "out_for_delivery": on_its_way,
    "delivered": delivered,
    "delivery_failed": on_its_way,
    "unserved": unserved,
    "returned_to_sender": on_its_way,
    "pickup_expired": pickup_expired,
    "back_in_stock": back_in_stock,
    "reservation_offered": reservation,
    "reservation_ending": reservation,
    "promise_dated": promise_endangered,
    "payment_due": payment_due,
    "order_unpaid": order_unpaid,
    "payment_link": payment_link,
    "payment_link_ended": payment_link,
    "promise_endangered": promise_endangered,
    "survey": survey,
    "case_survey": case_survey,
    "chat_unread": chat_unread,
    "erasure_deferred": erasure,
    "erasure_due": erasure,
    "dm_reply": dm_reply,
    **dict.fromkeys(("return_requested", "return_received", "return_inspected"), returns.letter),
    **dict.fromkeys(("return_settled", "return_canceled", "return_corrected"), returns.letter),
    "order_changed": changes.changed,
    "order_canceled": changes.canceled,
    "refunded": refunded.letter,
    **dict.fromkeys(("case_opened", "case_step", "case_swap", "case_late", "case_closed"), case),
}
