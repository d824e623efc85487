"""The calls to Stripe, in the house's own words. Only workers and commands call these, never a request or a lock.

Every write carries the public id of a row that was committed before as its idempotency key.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any

import stripe
from django.conf import settings

API_VERSION = "2026-10-28.endive"
"""Pinned, so that an upgrade of the library changes nothing by itself."""

SECONDS = 10

WHOLE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THOUSANDTHS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
"""Currencies without decimals in Stripe's API, and with three, as its page on currencies lists them.

All others have two there: ISK and UGX too, though nobody pays in parts of them.
"""


def decimals(currency: str) -> int:
    """Decimals of a currency in Stripe's API, which are not everywhere those of the ISO."""
    return 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2


class NotConnected(Exception):
    """No API key is set."""


Unreachable = (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError)
"""Stripe did not answer, or not with an answer: what became of the request is not known."""


Unknown = stripe.InvalidRequestError
"""Stripe does not know what it is asked about, or refuses to tell."""


class Failed(Exception):
    """Stripe refused for good: trying again would change nothing. The message is Stripe's code, without data."""


class State(StrEnum):
    """How a payment stands at Stripe."""

    OPEN = "open"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    CLOSED = "closed"


@dataclass(frozen=True)
class Seen:
    """A payment as Stripe tells it now; `amount` is what is held or was received, in minor units."""

    state: State
    intent: str = ""
    amount: int = 0
    currency: str = ""
    payment: str = ""
    capture_before: datetime | None = None
    disputed: bool = False


@dataclass(frozen=True)
class SeenRefund:
    """A refund as Stripe tells it now."""

    reference: str
    intent: str
    amount: int
    state: str
    ours: str


@dataclass(frozen=True)
class SeenDispute:
    """A dispute as Stripe tells it now."""

    reference: str
    intent: str
    amount: int
    currency: str
    reason: str
    status: str
    due_by: datetime | None


@dataclass(frozen=True)
class Page:
    """Where somebody can pay."""

    reference: str
    url: str


@dataclass(frozen=True)
class Asked:
    """What is to be paid, for Stripe's page."""

    payment: str
    order: str
    title: str
    amount: int
    currency: str
    language: str
    back: str
    expires_at: datetime
    captures_later: bool = False
    customer: str = ""
    keeps_card: bool = False


@cache
def connected(key: str, base: str) -> stripe.StripeClient:
    """One client for each key; it keeps a connection for each thread."""
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": base},
        http_client=stripe.RequestsClient(timeout=SECONDS),
        max_network_retries=1,
    )


def client() -> Any:
    """The calls of Stripe's API; raises NotConnected."""
    if not settings.STRIPE_API_KEY:
        raise NotConnected("STRIPE_API_KEY is not set")
    return connected(settings.STRIPE_API_KEY, settings.STRIPE_API_BASE).v1


def refused(problem: stripe.InvalidRequestError | stripe.CardError) -> Failed:
    """Stripe's refusal by its code; its sentences may quote what we sent."""
    return Failed(problem.code or type(problem).__name__)


def instant(seconds: int | None) -> datetime | None:
    """Stripe's time as ours."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def line_of(asked: Asked) -> dict[str, Any]:
    """The order as one line: Stripe needs no list of what somebody bought."""
    price = {
        "currency": asked.currency.lower(),
        "unit_amount": asked.amount,
        "product_data": {"name": asked.title},
    }
    return {"quantity": 1, "price_data": price}


def facts_of(asked: Asked) -> dict[str, Any]:
    """What the intent carries, so that a payment that is seen later finds its row."""
    facts: dict[str, Any] = {"metadata": {"payment": asked.payment, "order": asked.order}}
    facts |= {"capture_method": "manual"} if asked.captures_later else {}
    return facts | ({"setup_future_usage": "on_session"} if asked.keeps_card else {})


def customer_of(asked: Asked) -> dict[str, Any]:
    """For whom the page is, so that her kept cards stand on it. All of them are there because she asked for it."""
    if not asked.customer:
        return {}
    return {"customer": asked.customer, "saved_payment_method_options": {"allow_redisplay_filters": SHOWN_AGAIN}}


SHOWN_AGAIN = ["always", "limited", "unspecified"]


def open_page(asked: Asked) -> Page:
    """Open a hosted Checkout Session; raises Failed."""
    wanted = {
        "mode": "payment",
        "client_reference_id": asked.payment,
        "metadata": {"payment": asked.payment},
        "payment_intent_data": facts_of(asked),
        "line_items": [line_of(asked)],
        "payment_method_types": ["card"],
        "locale": asked.language,
        "expires_at": int(asked.expires_at.timestamp()),
        "success_url": asked.back,
        "cancel_url": asked.back,
    } | customer_of(asked)
    try:
        made = client().checkout.sessions.create(wanted, {"idempotency_key": f"page-{asked.payment}"})
    except stripe.InvalidRequestError as problem:
        raise refused(problem) from problem
    return Page(made.id, made.url)


def open_link(asked: Asked) -> Page:
    """Open a Payment Link that works once; raises Failed."""
    wanted = {
        "metadata": {"payment": asked.payment},
        "payment_intent_data": facts_of(asked),
        "line_items": [line_of(asked)],
        "restrictions": {"completed_sessions": {"limit": 1}},
        "after_completion": {"type": "redirect", "redirect": {"url": asked.back}},
    }
    try:
        made = client().payment_links.create(wanted, {"idempotency_key": f"link-{asked.payment}"})
    except stripe.InvalidRequestError as problem:
        raise refused(problem) from problem
    return Page(made.id, made.url)


def find_page(payment: str, *, since: datetime) -> Page | None:
    """The session that an earlier, unclear try has opened, if it has."""
    sessions = client().checkout.sessions.list({"limit": 100, "created": {"gte": int(since.timestamp()) - 60}})
    for session in sessions.auto_paging_iter():
        if session.client_reference_id == payment:
            return Page(session.id, session.url or "")
    return None


def close_page(reference: str) -> None:
    """Make sure that nobody can pay there any more; a page that is closed already stays so.

    Whoever has opened a link is on a page of her own, which a closed link leaves open.
    """
    try:
        if reference.startswith("plink_"):
            client().payment_links.update(reference, {"active": False})
            opened = client().checkout.sessions.list({"payment_link": reference, "limit": 100})
            for session in opened.auto_paging_iter():
                if session.status == "open":
                    close_page(session.id)
        else:
            client().checkout.sessions.expire(reference)
    except stripe.InvalidRequestError as problem:
        if problem.http_status not in (400, 404):
            raise


def see_page(reference: str) -> Seen:
    """How the payment of a page or link stands."""
    if reference.startswith("plink_"):
        sessions = client().checkout.sessions.list({"payment_link": reference, "limit": 100}).auto_paging_iter()
        seen = [see_session(session) for session in sessions]
        link_open = client().payment_links.retrieve(reference).active
        waiting = Seen(State.OPEN if link_open or any(s.state == State.OPEN for s in seen) else State.CLOSED)
        return max([*seen, waiting], key=lambda one: RANK[one.state])
    return see_session(client().checkout.sessions.retrieve(reference))


RANK = {State.CLOSED: 0, State.OPEN: 1, State.PROCESSING: 2, State.AUTHORIZED: 3, State.CAPTURED: 4}


def see_session(session: Any) -> Seen:
    """How the payment of a session stands. A complete session may still be unpaid."""
    if session.payment_intent:
        seen = see_intent(session.payment_intent)
        if seen.state != State.OPEN or session.status == "open":
            return seen
    return Seen(State.OPEN if session.status == "open" else State.CLOSED)


STATES = {
    "requires_payment_method": State.OPEN,
    "requires_confirmation": State.OPEN,
    "requires_action": State.OPEN,
    "processing": State.PROCESSING,
    "requires_capture": State.AUTHORIZED,
    "succeeded": State.CAPTURED,
    "canceled": State.CLOSED,
}
"""Stripe's statuses of a PaymentIntent."""


def see_intent(reference: str) -> Seen:
    """How an intent stands."""
    intent = client().payment_intents.retrieve(reference)
    capture_before, disputed = None, False
    if intent.latest_charge:
        charge = client().charges.retrieve(intent.latest_charge)
        disputed = charge.disputed
        if intent.status == "requires_capture":
            capture_before = instant(getattr(charge.payment_method_details.card, "capture_before", None))
    return seen_of(intent, capture_before=capture_before, disputed=disputed)


def seen_of(intent: Any, *, capture_before: datetime | None = None, disputed: bool = False) -> Seen:
    """An intent in the house's words."""
    state = STATES[intent.status]
    amount = intent.amount_received if state == State.CAPTURED else intent.amount
    ours = said(intent.metadata, "payment")
    return Seen(state, intent.id, amount, intent.currency.upper(), ours, capture_before, disputed)


def said(metadata: Any, name: str) -> str:
    """What we wrote on an object of Stripe's; nothing if it is not ours."""
    return str(metadata.to_dict().get(name, "")) if metadata else ""


def capture(intent: str, *, amount: int, payment: str) -> None:
    """Take money that was kept aside, once; raises Failed."""
    try:
        client().payment_intents.capture(
            intent, {"amount_to_capture": amount}, {"idempotency_key": f"capture-{payment}"}
        )
    except stripe.InvalidRequestError as problem:
        raise refused(problem) from problem


def let_go(intent: str, *, payment: str) -> None:
    """Let go of money that was kept aside; raises Failed."""
    try:
        client().payment_intents.cancel(intent, {}, {"idempotency_key": f"cancel-{payment}"})
    except stripe.InvalidRequestError as problem:
        raise refused(problem) from problem


def give_back(intent: str, *, amount: int, refund: str) -> SeenRefund:
    """Refund a part of a payment, once for each refund of ours; raises Failed."""
    wanted = {"payment_intent": intent, "amount": amount, "metadata": {"refund": refund}}
    try:
        made = client().refunds.create(wanted, {"idempotency_key": f"refund-{refund}"})
    except stripe.InvalidRequestError as problem:
        raise refused(problem) from problem
    return refund_of(made)


def find_refund(intent: str, *, refund: str) -> SeenRefund | None:
    """The refund that an earlier, unclear try has made, if it has."""
    return next((seen for seen in refunds_of(intent) if seen.ours == refund), None)


def refunds_of(intent: str) -> Iterator[SeenRefund]:
    """Every refund of an intent."""
    for refund in client().refunds.list({"payment_intent": intent, "limit": 100}).auto_paging_iter():
        yield refund_of(refund)


def see_refund(reference: str) -> SeenRefund:
    """How a refund stands."""
    return refund_of(client().refunds.retrieve(reference))


def refund_of(refund: Any) -> SeenRefund:
    """A refund in the house's words."""
    return SeenRefund(
        refund.id, refund.payment_intent or "", refund.amount, refund.status, said(refund.metadata, "refund")
    )


def see_dispute(reference: str) -> SeenDispute:
    """How a dispute stands."""
    return dispute_of(client().disputes.retrieve(reference))


def dispute_of(dispute: Any) -> SeenDispute:
    """A dispute in the house's words."""
    return SeenDispute(
        dispute.id,
        dispute.payment_intent or "",
        dispute.amount,
        dispute.currency.upper(),
        dispute.reason,
        dispute.status,
        instant(dispute.evidence_details.due_by),
    )


def disputes_since(since: datetime) -> Iterator[SeenDispute]:
    """Every dispute opened since an instant, newest first."""
    wanted = {"limit": 100, "created": {"gte": int(since.timestamp())}}
    for dispute in client().disputes.list(wanted).auto_paging_iter():
        yield dispute_of(dispute)


def intents_since(since: datetime) -> Iterator[Seen]:
    """Every intent made since an instant, newest first."""
    wanted = {"limit": 100, "created": {"gte": int(since.timestamp())}}
    for intent in client().payment_intents.list(wanted).auto_paging_iter():
        yield seen_of(intent)
