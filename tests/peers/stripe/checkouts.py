"""Checkout Sessions and Payment Links: pages of Stripe's on which a shopper pays, so that we never see a card."""

from typing import Any

from tests.peers.stripe import customers, payments
from tests.peers.stripe.errors import Refusal, declined, invalid, missing
from tests.peers.stripe.forms import known, whole
from tests.peers.stripe.store import Object, Store

LONGEST = 24 * 3600
SHORTEST = 30 * 60
CARDS = {
    "visa": "pm_card_visa",
    "mastercard": "pm_card_mastercard",
    "declined": "pm_card_chargeDeclined",
    "no_funds": "pm_card_chargeDeclinedInsufficientFunds",
}
"""What the page offers instead of a field for a card number."""


def create(store: Store, fields: Object, base: str) -> Object:
    """POST /v1/checkout/sessions."""
    known(
        fields,
        *("mode", "line_items", "success_url", "cancel_url", "client_reference_id", "metadata", "expires_at"),
        *("payment_intent_data", "customer_email", "customer_creation", "locale", "payment_method_types", "ui_mode"),
        *("customer", "saved_payment_method_options", "setup_intent_data", "currency"),
    )
    if fields.get("mode") not in ("payment", "setup"):
        raise invalid("This stand-in knows mode=payment and mode=setup only.", "parameter_missing", param="mode")
    check_customer(store, fields)
    if "success_url" not in fields:
        raise invalid("Missing required param: success_url.", "parameter_missing", param="success_url")
    expires_at = whole(fields, "expires_at", default=store.now() + LONGEST)
    if not SHORTEST <= expires_at - store.now() <= LONGEST + 5:
        raise invalid("The `expires_at` timestamp must be 30 minutes to 24 hours from now.", param="expires_at")
    return open_session(store, fields, base, expires_at=expires_at)


def check_customer(store: Store, fields: Object) -> None:
    """What is kept is kept for somebody who is known; raises Refusal."""
    if "customer" in fields:
        customers.standing(store, fields["customer"])
        if "customer_email" in fields:
            raise invalid("You may only specify one of these parameters: customer, customer_email.")
    if fields["mode"] == "payment":
        if "setup_intent_data" in fields:
            raise invalid("You can not pass `setup_intent_data` in `payment` mode.", param="setup_intent_data")
        return
    for name in ("line_items", "payment_intent_data", "saved_payment_method_options"):
        if name in fields:
            raise invalid(f"You can not pass `{name}` in `setup` mode.", param=name)
    if "payment_method_types" not in fields and "currency" not in fields:
        raise invalid("Missing required param: currency.", "parameter_missing", param="currency")


def open_session(store: Store, fields: Object, base: str, *, expires_at: int) -> Object:
    """A page that waits for a payment, or for a card that is to be kept."""
    mode = fields.get("mode", "payment")
    amount, currency = total(fields.get("line_items") or []) if mode == "payment" else (None, fields.get("currency"))
    session = store.new(
        "cs_live" if store.livemode else "cs_test",
        "checkout.session",
        amount_subtotal=amount,
        amount_total=amount,
        currency=currency,
        mode=mode,
        status="open",
        payment_status="unpaid" if mode == "payment" else "no_payment_required",
        customer=fields.get("customer"),
        saved_payment_method_options=fields.get("saved_payment_method_options"),
        expires_at=expires_at,
        **{name: fields.get(name) for name in ("success_url", "cancel_url", "client_reference_id", "payment_link")},
        metadata=fields.get("metadata") or {},
        customer_email=fields.get("customer_email"),
        locale=fields.get("locale"),
    )
    session["url"] = f"{base}/c/pay/{session['id']}"
    session["_intent"] = (fields.get("payment_intent_data") or {}) | {"customer": fields.get("customer")}
    if mode == "setup":
        session["setup_intent"] = customers.intend(store, session, fields.get("setup_intent_data") or {})["id"]
    return session


def total(items: list[Object]) -> tuple[int, str]:
    """What the line items cost together, and in which currency; raises Refusal."""
    if not items:
        raise invalid("You must specify line_items.", "parameter_missing", param="line_items")
    amount, currencies = 0, set()
    for item in items:
        if "price_data" not in item:
            raise invalid("This stand-in knows line_items[price_data] only.", param="line_items")
        price = item["price_data"]
        if "product_data" not in price or "name" not in price["product_data"]:
            raise invalid("Missing required param: line_items[0][price_data][product_data][name].")
        amount += whole(price, "unit_amount", least=0) * whole(item, "quantity", default=1)
        currencies.add(price.get("currency", "").lower())
    if len(currencies) != 1 or not all(currencies):
        raise invalid("All line items must have the same currency.", param="line_items")
    return amount, currencies.pop()


def pay(store: Store, session: Object, card: str) -> Object:
    """What the page's button does; raises Refusal if the bank says no or the page is closed."""
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}.", "checkout_session_not_open")
    if session["mode"] == "setup":
        return keep_card(store, session, CARDS.get(card, card))
    if session["payment_intent"]:
        intent = store.get("payment_intent", session["payment_intent"])
    else:
        wanted = session["_intent"]
        intent = payments.new(store, session["amount_total"], session["currency"], wanted)
        session["payment_intent"] = intent["id"]
    if card == "transfer":  # a way of paying that takes days
        intent["status"] = "processing"
        session["status"] = "complete"
        store.tell("checkout.session.completed", session)
        store.tell("payment_intent.processing", intent)
        return session
    kept = card.startswith("pm_") and not card.startswith("pm_card_")
    if kept and card not in [offered["id"] for offered in customers.offered(store, session)]:
        raise missing("payment_method", card)
    payments.confirm(store, intent, CARDS.get(card, card))
    session.update(status="complete", payment_status="paid")
    used(store, session)
    store.tell("checkout.session.completed", session)
    return session


def keep_card(store: Store, session: Object, method: str) -> Object:
    """The button of a page on which a card is kept and nothing is paid; raises Refusal if the bank says no."""
    if method in payments.DECLINES:
        raise declined(payments.DECLINES[method])
    customers.set_up(store, session, method)
    session["status"] = "complete"
    store.tell("checkout.session.completed", session)
    return session


def transfer_arrived(store: Store, session: Object, *, succeeded: bool) -> Object:
    """Days later, a bank transfer arrives or comes back (a control of this stand-in)."""
    intent = store.get("payment_intent", session["payment_intent"])
    if intent["status"] != "processing":
        raise invalid("No payment of this session is on its way.")
    intent["status"] = "requires_payment_method"
    if succeeded:
        payments.confirm(store, intent, "pm_sepa_debit")
        session["payment_status"] = "paid"
        store.tell("checkout.session.async_payment_succeeded", session)
    else:
        store.tell("payment_intent.payment_failed", intent)
        store.tell("checkout.session.async_payment_failed", session)
    return session


def expire(store: Store, session: Object) -> Object:
    """POST /v1/checkout/sessions/{id}/expire: nobody can pay there any more."""
    if session["status"] != "open":
        raise invalid(f"Only open Checkout Sessions can be expired. This one has a status of {session['status']}.")
    session.update(status="expired", url=None)
    if session["payment_intent"]:
        intent = store.get("payment_intent", session["payment_intent"])
        if intent["status"] in payments.OPEN:
            payments.cancel(store, intent, {}, reason="expired")
    store.tell("checkout.session.expired", session)
    return session


def expire_old(store: Store) -> None:
    """Close the pages whose time is over."""
    for session in store.all("checkout.session"):
        if session["status"] == "open" and session["expires_at"] <= store.now():
            expire(store, session)


def create_link(store: Store, fields: Object, base: str) -> Object:
    """POST /v1/payment_links."""
    known(fields, "line_items", "metadata", "restrictions", "payment_intent_data", "after_completion")
    _, currency = total(fields.get("line_items") or [])
    limit = (fields.get("restrictions") or {}).get("completed_sessions")
    link = store.new(
        "plink",
        "payment_link",
        currency=currency,
        metadata=fields.get("metadata") or {},
        restrictions={"completed_sessions": {"count": 0, "limit": whole(limit, "limit")}} if limit else None,
    )
    link["url"] = f"{base}/l/{link['id']}"
    link["_wanted"] = {name: fields.get(name) for name in ("line_items", "payment_intent_data")}
    link["_after"] = ((fields.get("after_completion") or {}).get("redirect") or {}).get("url")
    store.tell("payment_link.created", link)
    return link


def change_link(store: Store, link: Object, fields: Object) -> Object:
    """POST /v1/payment_links/{id}."""
    known(fields, "active", "metadata")
    link["active"] = fields.get("active", "true") == "true"
    link["metadata"] |= fields.get("metadata") or {}
    store.tell("payment_link.updated", link)
    return link


def visit_link(store: Store, link: Object, base: str) -> Object:
    """Somebody opens a payment link: a session of her own; raises Refusal if the link is closed."""
    if not link["active"]:
        raise Refusal(404, "invalid_request_error", "This link is no longer active.", "payment_link_inactive")
    fields = link["_wanted"] | {
        "metadata": dict(link["metadata"]),
        "payment_link": link["id"],
        "success_url": link["_after"] or f"{base}/thanks",
    }
    return open_session(store, fields, base, expires_at=store.now() + LONGEST)


def used(store: Store, session: Object) -> None:
    """Count a payment link's use; the last one allowed closes it."""
    if session["payment_link"] is None:
        return
    link = store.get("payment_link", session["payment_link"])
    if link["restrictions"]:
        counted = link["restrictions"]["completed_sessions"]
        counted["count"] += 1
        link["active"] = counted["count"] < counted["limit"]


def route(store: Store, method: str, path: tuple[str, ...], fields: Object, base: str) -> Any:
    """Requests below /v1/checkout/sessions and /v1/payment_links."""
    match (method, *path):
        case ("POST", "checkout", "sessions"):
            return create(store, fields, base)
        case ("GET", "checkout", "sessions"):
            names = ("payment_intent", "payment_link", "status")
            return store.page("checkout.session", fields, by=names, path="/v1/checkout/sessions")
        case ("GET", "checkout", "sessions", identifier):
            return store.get("checkout.session", identifier)
        case ("POST", "checkout", "sessions", identifier, "expire"):
            return expire(store, store.get("checkout.session", identifier))
        case ("POST", "payment_links"):
            return create_link(store, fields, base)
        case ("GET", "payment_links"):
            return store.page("payment_link", fields, path="/v1/payment_links")
        case ("GET", "payment_links", identifier):
            return store.get("payment_link", identifier)
        case ("POST", "payment_links", identifier):
            return change_link(store, store.get("payment_link", identifier), fields)
    return None
