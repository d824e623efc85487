"""Everything we ever write to people about, as data: what kind it is, over what, until when, and what ends it."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from notifications.law import Subject


class Kind(StrEnum):
    """How a message came about; the law and her consents look at it."""

    CODE = "code"
    TRANSACTIONAL = "transactional"
    CONVERSATION = "conversation"
    REMINDER = "reminder"
    SURVEY = "survey"
    ALERT = "alert"
    MARKETING = "marketing"


class About(StrEnum):
    """What a message's subject is the public id of."""

    LOGIN = "login"
    CART = "cart"
    ORDER = "order"
    FULFILLMENT = "fulfillment"
    CONVERSATION = "conversation"
    RESERVATION = "reservation"
    ALERT = "alert"
    CASE = "case"
    CHAT = "chat"
    RETURN = "return"
    PAYMENT = "payment"
    PROMISE = "promise"
    ERASURE = "erasure"


LAW: dict[Kind, Subject] = {
    Kind.REMINDER: Subject.MARKETING,
    Kind.MARKETING: Subject.MARKETING,
    Kind.SURVEY: Subject.SURVEY,
}
"""Which law binds a kind; the others answer what she asked for or is waiting for, and no hours bind them."""

CONSENT: dict[Kind, str] = {
    Kind.REMINDER: "reminder",
    Kind.MARKETING: "marketing",
    Kind.SURVEY: "survey",
    Kind.ALERT: "restock",
}
"""Which of her choices counts for a kind: a no always; a yes is needed everywhere for all but surveys.

News that she asked for herself are bound by no hours or caps of the law, and disturb her neither while she talks with
us nor while a case of hers is open.
"""


@dataclass(frozen=True)
class Purpose:
    """One reason to write.

    `contact_channels` in our order; one that she prefers goes first. `fresh_for` counts from when it was due.
    `at_once`: she is waiting for it, so that her preferred hours do not delay it. `states`: the states of its subject
    in which it is true; in any other it has become pointless. `arrives_within`: if the first contact channel does not
    report so soon that it arrived, the next one is tried. `whatsapp_to_phone`: a phone number takes WhatsApp, too.
    """

    kind: Kind
    about: About
    contact_channels: tuple[str, ...]
    fresh_for: timedelta
    at_once: bool = False
    states: frozenset[str] = field(default_factory=frozenset)
    arrives_within: timedelta | None = None
    whatsapp_to_phone: bool = False


MAIL_FIRST = ("email", "sms", "whatsapp")
SMS_FIRST = ("sms", "whatsapp", "email")

PURPOSES: dict[str, Purpose] = {
    "login_code": Purpose(
        Kind.CODE,
        About.LOGIN,
        ("email", "sms"),
        fresh_for=timedelta(minutes=10),
        at_once=True,
        states=frozenset({"live"}),
    ),
    "cart_reminder": Purpose(
        Kind.REMINDER, About.CART, MAIL_FIRST, fresh_for=timedelta(days=2), states=frozenset({"open"})
    ),
    "order_confirmation": Purpose(
        Kind.TRANSACTIONAL,
        About.ORDER,
        MAIL_FIRST,
        fresh_for=timedelta(days=3),
        at_once=True,
        states=frozenset({"placed", "completed"}),
    ),
    "pickup_ready": Purpose(
        Kind.TRANSACTIONAL,
        About.FULFILLMENT,
        SMS_FIRST,  # U2-5: a text message confirms either of the two, ready to collect and collected by the carrier
        fresh_for=timedelta(days=7),
        at_once=True,
        states=frozenset({"ready"}),
    ),
    "shipped": Purpose(
        Kind.TRANSACTIONAL,
        About.FULFILLMENT,
        SMS_FIRST,
        fresh_for=timedelta(days=2),
        at_once=True,
        states=frozenset({"handed_to_carrier"}),
    ),
    "out_for_delivery": Purpose(
        Kind.TRANSACTIONAL,
        About.FULFILLMENT,
        SMS_FIRST,
        fresh_for=timedelta(hours=4),
        at_once=True,
        states=frozenset({"out_for_delivery"}),
    ),
    "delivered": Purpose(
        Kind.TRANSACTIONAL,
        About.FULFILLMENT,
        SMS_FIRST,
        fresh_for=timedelta(days=1),
        at_once=True,
        states=frozenset({"delivered"}),
    ),
    "arriving": Purpose(
        Kind.TRANSACTIONAL,
        About.FULFILLMENT,
        ("whatsapp", "sms"),
        fresh_for=timedelta(minutes=45),
        at_once=True,
        states=frozenset({"handed_to_carrier", "out_for_delivery"}),
        arrives_within=timedelta(seconds=120),
        whatsapp_to_phone=True,
    ),
    "arrived": Purpose(
        Kind.TRANSACTIONAL,
        About.FULFILLMENT,
        SMS_FIRST,
        fresh_for=timedelta(days=2),
        at_once=True,
        states=frozenset({"allocated", "picking"}),
    ),
    "delivery_failed": Purpose(
        Kind.TRANSACTIONAL,
        About.FULFILLMENT,
        SMS_FIRST,
        fresh_for=timedelta(days=2),
        at_once=True,
        states=frozenset({"failed"}),
    ),
    "unserved": Purpose(
        Kind.TRANSACTIONAL,
        About.FULFILLMENT,
        MAIL_FIRST,
        fresh_for=timedelta(days=3),
        at_once=True,
        states=frozenset({"canceled"}),
    ),
    "reservation_offered": Purpose(
        Kind.TRANSACTIONAL,
        About.RESERVATION,
        SMS_FIRST,
        fresh_for=timedelta(minutes=10),
        at_once=True,
        states=frozenset({"kept"}),
    ),
    "reservation_ending": Purpose(
        Kind.TRANSACTIONAL,
        About.RESERVATION,
        MAIL_FIRST,
        fresh_for=timedelta(hours=1),
        at_once=True,
        states=frozenset({"kept"}),
    ),
    "back_in_stock": Purpose(
        Kind.ALERT, About.ALERT, MAIL_FIRST, fresh_for=timedelta(hours=4), states=frozenset({"kept"})
    ),
    "payment_link": Purpose(
        Kind.TRANSACTIONAL,
        About.PAYMENT,
        SMS_FIRST,
        fresh_for=timedelta(hours=24),
        at_once=True,
        states=frozenset({"pending"}),
    ),
    "payment_due": Purpose(
        Kind.TRANSACTIONAL,
        About.ORDER,
        MAIL_FIRST,
        fresh_for=timedelta(days=1),
        states=frozenset({"placed", "completed"}),
    ),
    "order_unpaid": Purpose(
        Kind.TRANSACTIONAL, About.ORDER, MAIL_FIRST, fresh_for=timedelta(days=3), states=frozenset({"canceled"})
    ),
    "order_changed": Purpose(
        Kind.TRANSACTIONAL,
        About.ORDER,
        MAIL_FIRST,
        fresh_for=timedelta(days=3),
        at_once=True,
        states=frozenset({"placed", "completed"}),
    ),
    "order_canceled": Purpose(
        Kind.TRANSACTIONAL,
        About.ORDER,
        MAIL_FIRST,
        fresh_for=timedelta(days=3),
        at_once=True,
        states=frozenset({"canceled"}),
    ),
    "refunded": Purpose(Kind.TRANSACTIONAL, About.ORDER, MAIL_FIRST, fresh_for=timedelta(days=3)),
    "pickup_expired": Purpose(
        Kind.TRANSACTIONAL, About.FULFILLMENT, MAIL_FIRST, fresh_for=timedelta(days=3), states=frozenset({"expired"})
    ),
    "returned_to_sender": Purpose(
        Kind.TRANSACTIONAL,
        About.FULFILLMENT,
        SMS_FIRST,
        fresh_for=timedelta(days=3),
        at_once=True,
        states=frozenset({"returned_to_sender"}),
    ),
    "payment_link_ended": Purpose(
        Kind.TRANSACTIONAL,
        About.PAYMENT,
        SMS_FIRST,
        fresh_for=timedelta(days=1),
        states=frozenset({"canceled"}),
    ),
    "promise_endangered": Purpose(
        Kind.TRANSACTIONAL,
        About.PROMISE,
        MAIL_FIRST,
        fresh_for=timedelta(days=1),
        at_once=True,
        states=frozenset({"open", "broken"}),
    ),
    "promise_dated": Purpose(
        Kind.TRANSACTIONAL, About.PROMISE, MAIL_FIRST, fresh_for=timedelta(days=3), states=frozenset({"open"})
    ),
    "erasure_deferred": Purpose(
        Kind.TRANSACTIONAL,
        About.ERASURE,
        MAIL_FIRST,
        fresh_for=timedelta(days=3),
        states=frozenset({"waiting"}),
    ),
    "erasure_due": Purpose(
        Kind.TRANSACTIONAL,
        About.ERASURE,
        MAIL_FIRST,
        fresh_for=timedelta(hours=12),
        at_once=True,
        states=frozenset({"waiting"}),
    ),
    "survey": Purpose(
        Kind.SURVEY,
        About.ORDER,
        ("email", "sms"),
        fresh_for=timedelta(hours=24),
        states=frozenset({"placed", "completed"}),
    ),
    "case_survey": Purpose(
        Kind.SURVEY,
        About.CASE,
        ("email", "sms"),
        fresh_for=timedelta(hours=24),
        states=frozenset({"closed"}),
    ),
    "chat_unread": Purpose(
        Kind.CONVERSATION,
        About.CHAT,
        ("email",),
        fresh_for=timedelta(hours=24),
        at_once=True,
        states=frozenset({"unread"}),
    ),
    **{
        name: Purpose(
            Kind.TRANSACTIONAL,
            About.CASE,
            (*MAIL_FIRST, "chat"),
            fresh_for=timedelta(days=7),
            at_once=True,
            states=frozenset({"closed"} if name == "case_closed" else {"open", "closed"}),
        )
        for name in ("case_opened", "case_step", "case_swap", "case_late", "case_closed")
    },
    **{
        f"return_{state}": Purpose(
            Kind.TRANSACTIONAL,
            About.RETURN,
            MAIL_FIRST,
            fresh_for=timedelta(days=7),
            at_once=True,
            states=frozenset({state}),
        )
        for state in ("requested", "received", "inspected", "settled", "canceled")
    },
    "return_corrected": Purpose(
        Kind.TRANSACTIONAL,
        About.RETURN,
        MAIL_FIRST,
        fresh_for=timedelta(days=7),
        states=frozenset({"requested", "received"}),
    ),
    "dm_reply": Purpose(
        Kind.CONVERSATION,
        About.CONVERSATION,
        ("instagram", "messenger", "whatsapp", "x", "chat", "email"),
        fresh_for=timedelta(hours=24),  # the networks take no answer later than that
        at_once=True,
    ),
}

LOUD = frozenset({"sms", "whatsapp", "voice"})
"""Contact channels that ring in a pocket: what is not urgent leaves over them in the house's hours only."""

HOUSE_HOURS = "09:00-21:00"
