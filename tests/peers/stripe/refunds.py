"""Refunds with their limits and failures, and disputes."""

from typing import Any

from tests.peers.stripe.errors import invalid
from tests.peers.stripe.forms import known, whole
from tests.peers.stripe.store import Object, Store

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
DISPUTE_SECONDS = 9 * 24 * 3600


def create(store: Store, fields: Object) -> Object:
    """POST /v1/refunds."""
    known(fields, "amount", "charge", "payment_intent", "reason", "metadata")
    charge = charge_of(store, fields)
    if fields.get("reason", REASONS[0]) not in REASONS:
        raise invalid(f"Invalid reason: must be one of {', '.join(REASONS)}", param="reason")
    if not charge["captured"]:
        raise invalid("This charge has not been captured yet; cancel its PaymentIntent instead.", "charge_not_captured")
    if charge["disputed"]:
        raise invalid("Charge has been charged back; cannot issue a refund.", "charge_disputed")
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
    amount = whole(fields, "amount", default=left)
    if amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            "amount_too_large",
            param="amount",
        )
    refund = store.new(
        "re",
        "refund",
        amount=amount,
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        currency=charge["currency"],
        reason=fields.get("reason"),
        metadata=fields.get("metadata") or {},
        status="succeeded",
    )
    count(charge, amount)
    store.tell("charge.refunded", charge)
    store.tell("refund.created", refund)
    return refund


def charge_of(store: Store, fields: Object) -> Object:
    """The charge that is to be given back; raises Refusal."""
    if "charge" in fields:
        return store.get("charge", fields["charge"])
    if "payment_intent" not in fields:
        raise invalid("One of charge or payment_intent is required.", "parameter_missing", param="charge")
    intent = store.get("payment_intent", fields["payment_intent"])
    if not intent["latest_charge"]:
        raise invalid(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    return store.get("charge", intent["latest_charge"])


def count(charge: Object, amount: int) -> None:
    """What has been given back of a charge; less, when a refund fails."""
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]


def fail(store: Store, refund: Object, reason: str = "lost_or_stolen_card") -> Object:
    """The bank could not take the money back: it returns to our balance."""
    if refund["status"] in ("failed", "canceled"):
        raise invalid(f"This refund is {refund['status']} already.")
    refund.update(status="failed", failure_reason=reason)
    count(store.get("charge", refund["charge"]), -refund["amount"])
    store.tell("refund.failed", refund)
    return refund


def dispute(store: Store, fields: Object) -> Object:
    """A cardholder asks her bank for the money back (a control of this stand-in, not of Stripe's API)."""
    charge = charge_of(store, fields)
    charge["disputed"] = True
    made = store.new(
        "dp",
        "dispute",
        amount=whole(fields, "amount", default=charge["amount"]),
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        currency=charge["currency"],
        reason=fields.get("reason", "product_not_received"),
        status="needs_response",
        is_charge_refundable=False,
        evidence={},
    )
    made["evidence_details"]["due_by"] = store.now() + DISPUTE_SECONDS
    store.tell("charge.dispute.created", made)
    store.tell("charge.dispute.funds_withdrawn", made)
    return made


def decide(store: Store, made: Object, *, won: bool) -> Object:
    """The bank decides a dispute."""
    made["status"] = "won" if won else "lost"
    if won:
        store.get("charge", made["charge"])["disputed"] = False
        store.tell("charge.dispute.funds_reinstated", made)
    store.tell("charge.dispute.closed", made)
    return made


def answer(store: Store, made: Object, fields: Object) -> Object:
    """POST /v1/disputes/{id}: evidence."""
    known(fields, "evidence", "submit", "metadata")
    made["evidence"] = made["evidence"] | fields.get("evidence", {})
    made["evidence_details"]["has_evidence"] = bool(made["evidence"])
    if fields.get("submit") == "true":
        made["status"] = "under_review"
        made["evidence_details"]["submission_count"] += 1
    store.tell("charge.dispute.updated", made)
    return made


def route(store: Store, method: str, path: tuple[str, ...], fields: Object, base: str) -> Any:
    """Requests below /v1/refunds and /v1/disputes."""
    match (method, *path):
        case ("POST", "refunds"):
            return create(store, fields)
        case ("GET", "refunds"):
            return store.page("refund", fields, by=("payment_intent", "charge"), path="/v1/refunds")
        case ("GET", "refunds", identifier):
            return store.get("refund", identifier)
        case ("GET", "disputes"):
            return store.page("dispute", fields, by=("payment_intent", "charge"), path="/v1/disputes")
        case ("GET", "disputes", identifier):
            return store.get("dispute", identifier)
        case ("POST", "disputes", identifier):
            return answer(store, store.get("dispute", identifier), fields)
        case ("POST", "disputes", identifier, "close"):
            return decide(store, store.get("dispute", identifier), won=False)
    return None
