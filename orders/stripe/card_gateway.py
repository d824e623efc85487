"""The calls to Stripe about cards that are kept there. Workers alone make them, as all in orders.stripe.gateway."""

from dataclasses import dataclass
from typing import Any

import stripe

from orders.stripe.gateway import Page, State, client, refused

GONE = "resource_missing"


class CustomerGone(Exception):
    """Stripe does not know this customer, or no more."""


@dataclass(frozen=True)
class SeenCard:
    """A card as Stripe tells it: by what its holder knows it. Nothing of this pays."""

    reference: str
    brand: str
    last4: str
    expires: str


def make_customer(customer: str) -> str:
    """Somebody for whom cards can be kept, told by our id alone; returns Stripe's."""
    made = client().customers.create({"metadata": {"customer": customer}}, {"idempotency_key": f"customer-{customer}"})
    return str(made.id)


def cards_of(customer: str) -> list[SeenCard]:
    """The cards that are kept for somebody; raises CustomerGone."""
    try:
        found = client().customers.payment_methods.list(customer, {"type": "card", "limit": 100})
        return [card_of(method) for method in found.auto_paging_iter()]
    except stripe.InvalidRequestError as problem:
        if problem.code == GONE:
            raise CustomerGone from problem
        raise


def card_of(method: Any) -> SeenCard:
    """A card in the house's words."""
    card = method.card
    return SeenCard(method.id, card.brand, card.last4, f"{card.exp_month:02}/{card.exp_year}")


def open_card_page(*, page: str, customer: str, language: str, back: str) -> Page:
    """Open a page on which a card is kept and nothing is paid, through a SetupIntent; raises Failed.

    It is closed by us: told to close at an instant, a worker that comes late could open none.
    """
    wanted = {
        "mode": "setup",
        "customer": customer,
        "client_reference_id": page,
        "metadata": {"card_page": page},
        "setup_intent_data": {"metadata": {"card_page": page}},
        "payment_method_types": ["card"],
        "locale": language,
        "success_url": back,
        "cancel_url": back,
    }
    try:
        made = client().checkout.sessions.create(wanted, {"idempotency_key": f"cards-{page}"})
    except stripe.InvalidRequestError as problem:
        raise refused(problem) from problem
    return Page(made.id, made.url)


def see_card_page(reference: str) -> State:
    """How such a page stands: open, closed, or captured where its card is kept."""
    session = client().checkout.sessions.retrieve(reference)
    if session.status == "complete" and session.setup_intent:
        intent = client().setup_intents.retrieve(session.setup_intent)
        return State.CAPTURED if intent.status == "succeeded" else State.PROCESSING
    return State.OPEN if session.status == "open" else State.CLOSED


def detach(card: str) -> None:
    """Have a card kept no more; one that is gone already is what was wanted."""
    try:
        client().payment_methods.detach(card)
    except stripe.InvalidRequestError as problem:
        if problem.http_status not in (400, 404):
            raise


def forget(customer: str) -> None:
    """Delete somebody at Stripe with all her cards; who is gone already is what was wanted."""
    try:
        client().customers.delete(customer)
    except stripe.InvalidRequestError as problem:
        if problem.code != GONE:
            raise
