"""Stripe's webhook: signed, stored once, and answered by looking at the object as it stands now.

What an event says of its object is not believed: events come twice, late and in any order, the object does not.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from commerce.inbox import signatures
from commerce.inbox.models import InboundEvent
from commerce.inbox.receiving import Delivery, Genuine, Ignored, Malformed, Refused, read_json
from commerce.timeline.tasks import schedule
from orders.models import Payment
from orders.stripe.kept_cards import look_soon as look_soon_at_cards
from orders.stripe.looking import look_soon
from orders.stripe.models import Customer

LOOK_AT_REFUND = "orders.stripe.refunding.look"
LOOK_AT_DISPUTE = "orders.stripe.disputes.look"
MAX_ID = 100


class WrongAccount(Refused):
    """Signed with our secret, about somebody else's money."""

    def __init__(self) -> None:
        super().__init__("this event belongs to another account", code="wrong_account", status=400)


def verify(delivery: Delivery, *, at: datetime) -> Genuine:
    """Check signature and time over the raw body, then whose event it is; raises Refused."""
    header = delivery.headers.get("Stripe-Signature", "")
    signatures.check_stamp(header, delivery.body, secrets=settings.STRIPE_WEBHOOK_SECRET, at=at)
    event = read_json(delivery.body)
    identifier = event.get("id")
    if not (isinstance(identifier, str) and 0 < len(identifier) <= MAX_ID):
        raise Malformed("the event has no id")
    if settings.STRIPE_ACCOUNT and event.get("account", settings.STRIPE_ACCOUNT) != settings.STRIPE_ACCOUNT:
        raise WrongAccount
    return Genuine(identifier)


def handle(event: InboundEvent, *, at: datetime) -> None:
    """Plan a look at what the event is about; raises Ignored where that is none of our business."""
    body: Any = read_json(bytes(event.body))
    if body.get("livemode") is not settings.STRIPE_API_KEY.startswith(("sk_live", "rk_live")):
        raise Ignored("from the other of Stripe's modes, test or live")
    thing = body.get("data", {}).get("object") if isinstance(body.get("data"), dict) else None
    if not isinstance(thing, dict) or not isinstance(thing.get("id"), str):
        raise Ignored("about nothing")
    match str(thing.get("object")):
        case "checkout.session" if thing.get("mode") == "setup":
            about_cards(thing.get("customer"), at=at)
        case "customer":
            about_cards(thing["id"], at=at)
        case "payment_method" | "setup_intent":
            about_cards(thing.get("customer"), card=thing["id"], at=at)
        case "checkout.session" | "payment_link":
            about_payment(thing, intent="", at=at)
        case "payment_intent":
            about_payment(thing, intent=thing["id"], at=at)
        case "charge" if isinstance(thing.get("payment_intent"), str):
            about_payment(thing, intent=thing["payment_intent"], at=at)
            plan(LOOK_AT_REFUND, thing["payment_intent"], {"intent": thing["payment_intent"]}, at=at)
        case "refund" if isinstance(thing.get("payment_intent"), str):
            plan(LOOK_AT_REFUND, thing["payment_intent"], {"intent": thing["payment_intent"]}, at=at)
        case "dispute":
            plan(LOOK_AT_DISPUTE, thing["id"], {"dispute": thing["id"]}, at=at)
        case _:
            raise Ignored("nothing that we follow")


def about_payment(thing: dict[str, Any], *, intent: str, at: datetime) -> None:
    """Plan a look at a payment; raises Ignored if it is none of ours."""
    payment = payment_of(thing, intent=intent)
    if payment is None:
        raise Ignored("no payment of ours")
    look_soon(payment, intent=intent, at=at)


def about_cards(customer: object, *, card: str = "", at: datetime) -> None:
    """Plan a look at what is kept for somebody; raises Ignored if it is nobody of ours. A card that was let go names
    nobody any more."""
    hers = Q(reference=customer) if isinstance(customer, str) and customer else Q(cards__reference=card)
    known = Customer.objects.select_related("journey").filter(hers, ended_at=None).first()
    if known is None:
        raise Ignored("no customer of ours")
    look_soon_at_cards(known, at=at)


def payment_of(thing: dict[str, Any], *, intent: str) -> Payment | None:
    """The payment that an object of Stripe's belongs to: by its intent, its page, or the id we gave it."""
    payments = Payment.objects.select_related("stripe", "order__journey")
    if intent and (known := payments.filter(stripe__intent=intent).first()):
        return known
    if known := payments.filter(stripe__page=thing["id"]).first():
        return known
    metadata = thing.get("metadata")
    ours = metadata.get("payment") if isinstance(metadata, dict) else None
    return payments.filter(public_id=ours, stripe__isnull=False).first() if isinstance(ours, str) else None


def plan(handler: str, key: str, data: dict[str, str], *, at: datetime) -> None:
    """Plan a look by a worker, outside this transaction; many at once become one."""
    schedule(handler, key=key[:64], due_at=at, data=data, rings=True)
