"""PaymentIntents and their charges: automatic and manual capture, declines, expiring authorizations."""

from typing import Any

from tests.peers.stripe import customers
from tests.peers.stripe.errors import Refusal, declined, invalid
from tests.peers.stripe.forms import known, whole
from tests.peers.stripe.store import Object, Store

DECLINES = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedLostCard": "lost_card",
}
AUTHORIZATION_SECONDS = 7 * 24 * 3600
"""How long a bank keeps money aside for a card that was not present."""

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(store: Store, fields: Object) -> Object:
    """POST /v1/payment_intents."""
    known(
        fields,
        *("amount", "currency", "capture_method", "confirm", "customer", "description", "metadata", "payment_method"),
        *("payment_method_types", "automatic_payment_methods", "off_session", "receipt_email", "setup_future_usage"),
    )
    amount = whole(fields, "amount")
    if "currency" not in fields:
        raise invalid("Missing required param: currency.", "parameter_missing", param="currency")
    intent = new(store, amount, fields["currency"], fields)
    if fields.get("confirm") == "true":
        confirm(store, intent, fields.get("payment_method", ""))
    return intent


def new(store: Store, amount: int, currency: str, fields: Object) -> Object:
    """An intent that waits for a way to pay."""
    intent = store.new(
        "pi",
        "payment_intent",
        amount=amount,
        currency=currency.lower(),
        status="requires_payment_method",
        capture_method=fields.get("capture_method", "automatic"),
        customer=fields.get("customer"),
        description=fields.get("description"),
        metadata=fields.get("metadata") or {},
        payment_method_types=fields.get("payment_method_types") or ["card"],
        setup_future_usage=fields.get("setup_future_usage"),
    )
    intent["client_secret"] = f"{intent['id']}_secret_standin"
    store.tell("payment_intent.created", intent)
    return intent


def confirm(store: Store, intent: Object, method: str) -> Object:
    """The shopper's bank is asked; raises Refusal if it says no."""
    if intent["status"] not in OPEN:
        raise unexpected(intent, "confirmed")
    if not method:
        raise invalid("You cannot confirm this PaymentIntent because it's missing a payment method.", param="")
    if method in DECLINES:
        intent.update(
            status="requires_payment_method",
            last_payment_error={
                "type": "card_error",
                "code": "card_declined",
                "decline_code": DECLINES[method],
                "message": "Your card was declined.",
            },
        )
        store.tell("payment_intent.payment_failed", intent)
        raise declined(DECLINES[method], intent)
    if intent["setup_future_usage"] and intent["customer"] and method in customers.CARDS:
        method = customers.keep(store, intent["customer"], method)["id"]
    charge = authorize(store, intent, method)
    intent.update(payment_method=method, latest_charge=charge["id"], last_payment_error=None)
    if intent["capture_method"] == "manual":
        intent.update(status="requires_capture", amount_capturable=intent["amount"])
        store.tell("payment_intent.amount_capturable_updated", intent)
    else:
        take(store, intent, charge, intent["amount"])
    return intent


def authorize(store: Store, intent: Object, method: str) -> Object:
    """A charge for which the bank has said yes."""
    charge = store.new(
        "ch",
        "charge",
        amount=intent["amount"],
        currency=intent["currency"],
        payment_intent=intent["id"],
        payment_method=method,
        customer=intent["customer"],
        metadata=dict(intent["metadata"]),
        paid=True,
        status="succeeded",
    )
    if intent["capture_method"] == "manual":
        charge["payment_method_details"]["card"]["capture_before"] = store.now() + AUTHORIZATION_SECONDS
    return charge


def take(store: Store, intent: Object, charge: Object, amount: int) -> None:
    """The money moves."""
    intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
    charge.update(captured=True, amount_captured=amount)
    store.tell("payment_intent.succeeded", intent)
    if intent["capture_method"] == "manual":
        store.tell("charge.captured", charge)


def capture(store: Store, intent: Object, fields: Object) -> Object:
    """POST /v1/payment_intents/{id}/capture."""
    known(fields, "amount_to_capture", "final_capture", "metadata")
    if intent["status"] != "requires_capture":
        raise unexpected(intent, "captured")
    amount = whole(fields, "amount_to_capture", default=intent["amount_capturable"])
    if amount > intent["amount_capturable"]:
        raise invalid(
            f"Amount to capture ({amount}) is greater than the capturable amount ({intent['amount_capturable']}).",
            "amount_too_large",
            param="amount_to_capture",
        )
    take(store, intent, store.get("charge", intent["latest_charge"]), amount)
    return intent


def cancel(store: Store, intent: Object, fields: Object, *, reason: str | None = None) -> Object:
    """POST /v1/payment_intents/{id}/cancel: money kept aside is let go."""
    known(fields, "cancellation_reason")
    if intent["status"] not in (*OPEN, "requires_capture"):
        raise unexpected(intent, "canceled")
    intent.update(
        status="canceled",
        canceled_at=store.now(),
        cancellation_reason=reason or fields.get("cancellation_reason"),
        amount_capturable=0,
    )
    if intent["latest_charge"]:
        store.get("charge", intent["latest_charge"])["refunded"] = True
    store.tell("payment_intent.canceled", intent)
    return intent


def expire_authorizations(store: Store) -> None:
    """What was not captured in time is let go by the bank."""
    for intent in store.all("payment_intent"):
        if intent["status"] != "requires_capture":
            continue
        charge = store.get("charge", intent["latest_charge"])
        if charge["payment_method_details"]["card"]["capture_before"] <= store.now():
            cancel(store, intent, {}, reason="automatic")
            store.tell("charge.expired", charge)


def unexpected(intent: Object, what: str) -> Refusal:
    """The intent's life has moved on."""
    return invalid(
        f"This PaymentIntent could not be {what} because it has a status of {intent['status']}.",
        "payment_intent_unexpected_state",
        payment_intent=intent,
    )


def route(store: Store, method: str, path: tuple[str, ...], fields: Object, base: str) -> Any:
    """Requests below /v1/payment_intents and /v1/charges."""
    match (method, *path):
        case ("POST", "payment_intents"):
            return create(store, fields)
        case ("GET", "payment_intents"):
            return store.page("payment_intent", fields, by=("customer",), path="/v1/payment_intents")
        case ("GET", "payment_intents", identifier):
            return store.get("payment_intent", identifier)
        case ("POST", "payment_intents", identifier, "confirm"):
            known(fields, "payment_method", "return_url")
            return confirm(store, store.get("payment_intent", identifier), fields.get("payment_method", ""))
        case ("POST", "payment_intents", identifier, "capture"):
            return capture(store, store.get("payment_intent", identifier), fields)
        case ("POST", "payment_intents", identifier, "cancel"):
            return cancel(store, store.get("payment_intent", identifier), fields)
        case ("GET", "charges"):
            return store.page("charge", fields, by=("payment_intent",), path="/v1/charges")
        case ("GET", "charges", identifier):
            return store.get("charge", identifier)
    return None
