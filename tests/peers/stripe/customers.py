"""Customers and the cards that are kept for them: attached when a shopper asked, listed, detached, deleted."""

from typing import Any

from tests.peers.stripe.errors import Refusal, invalid, missing
from tests.peers.stripe.forms import known
from tests.peers.stripe.store import Object, Store

CARDS = {"pm_card_visa": ("visa", "4242"), "pm_card_mastercard": ("mastercard", "4444")}
"""Stripe's cards for tests, by what a shop and its shopper see of them."""

PLAIN = ("description", "email", "name", "phone")


def create(store: Store, fields: Object) -> Object:
    """POST /v1/customers."""
    known(fields, "metadata", *PLAIN)
    made = store.new("cus", "customer", metadata=fields.get("metadata") or {}, **{n: fields.get(n) for n in PLAIN})
    store.tell("customer.created", made)
    return made


def standing(store: Store, identifier: str, *, status: int = 400) -> Object:
    """A customer who was not deleted; raises Refusal."""
    try:
        customer = store.get("customer", identifier)
    except Refusal:
        customer = {"deleted": True}
    if customer.get("deleted"):
        gone = missing("customer", identifier)
        raise Refusal(status, "invalid_request_error", str(gone), "resource_missing", param="customer")
    return customer


def delete(store: Store, customer: Object) -> Object:
    """DELETE /v1/customers/{id}: her cards go with her; the id stays known as deleted."""
    for card in cards_of(store, customer["id"]):
        card["customer"] = None
    store.tell("customer.deleted", customer)
    identifier = customer["id"]
    customer.clear()
    customer.update(id=identifier, object="customer", created=store.now(), deleted=True)
    return {"id": identifier, "object": "customer", "deleted": True}


def keep(store: Store, customer: str, method: str, *, redisplay: str = "limited") -> Object:
    """A card that a shopper typed on Stripe's page, kept for her."""
    brand, last4 = CARDS[method]
    card = store.new("pm", "payment_method", customer=customer, allow_redisplay=redisplay)
    card["card"] |= {"brand": brand, "display_brand": brand, "last4": last4}
    store.tell("payment_method.attached", card)
    return card


def cards_of(store: Store, customer: str) -> list[Object]:
    """The cards that are kept for somebody, newest first."""
    return [card for card in reversed(store.all("payment_method")) if card["customer"] == customer]


def offered(store: Store, session: Object) -> list[Object]:
    """The kept cards that a page shows: those of its customer that may be shown again."""
    if session["mode"] != "payment" or not session["customer"]:
        return []
    options = session["saved_payment_method_options"] or {}
    shown = options.get("allow_redisplay_filters") or ["always"]
    return [card for card in cards_of(store, session["customer"]) if card["allow_redisplay"] in shown]


def detach(store: Store, card: Object) -> Object:
    """POST /v1/payment_methods/{id}/detach: it can never be used again."""
    if card["customer"] is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            param="payment_method",
        )
    card["customer"] = None
    store.tell("payment_method.detached", card)
    return card


def intend(store: Store, session: Object, fields: Object) -> Object:
    """The SetupIntent behind a page on which a card is kept without paying."""
    known(fields, "metadata", "description")
    made = store.new(
        "seti", "setup_intent", customer=session["customer"], metadata=fields.get("metadata") or {}, usage="off_session"
    )
    made["client_secret"] = f"{made['id']}_secret_standin"
    store.tell("setup_intent.created", made)
    return made


def set_up(store: Store, session: Object, method: str) -> None:
    """The bank agreed that a card is kept."""
    intent = store.get("setup_intent", session["setup_intent"])
    card = keep(store, session["customer"], method)
    intent.update(status="succeeded", payment_method=card["id"])
    store.tell("setup_intent.succeeded", intent)


def route(store: Store, method: str, path: tuple[str, ...], fields: Object, base: str) -> Any:
    """Requests below /v1/customers, /v1/payment_methods and /v1/setup_intents."""
    match (method, *path):
        case ("POST", "customers"):
            return create(store, fields)
        case ("GET", "customers", identifier):
            customer = store.get("customer", identifier)
            return {name: customer[name] for name in ("id", "object", "deleted")} if "deleted" in customer else customer
        case ("DELETE", "customers", identifier):
            return delete(store, standing(store, identifier, status=404))
        case ("GET", "customers", identifier, "payment_methods"):
            known(fields, "type", "limit", "starting_after", "allow_redisplay")
            standing(store, identifier, status=404)
            at = f"/v1/customers/{identifier}/payment_methods"
            return store.page("payment_method", fields | {"customer": identifier}, by=("customer", "type"), path=at)
        case ("GET", "payment_methods", identifier):
            return store.get("payment_method", identifier)
        case ("POST", "payment_methods", identifier, "detach"):
            return detach(store, store.get("payment_method", identifier))
        case ("GET", "setup_intents", identifier):
            return store.get("setup_intent", identifier)
    return None
