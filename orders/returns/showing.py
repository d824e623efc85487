"""Purchases and returns as the API gives them: plain dicts."""

from datetime import datetime
from typing import Any

from orders.models import Order
from orders.returns.bought import purchase_of
from orders.returns.models import Return
from orders.returns.policy import Policy, in_words
from orders.returns.starting import open_question

LINE = ("ordinal", "sku", "quantity", "reason", "condition", "total", "fee")


def show_policy(policy: Policy, *, language: str) -> dict[str, Any]:
    """A version of the policy, with the sentences that every channel says."""
    return {
        "version": policy.version,
        "days": policy.days,
        "outcomes": list(policy.outcomes),
        "words": in_words(policy, language=language),
    }


def show_returnable(order: Order, *, language: str, at: datetime) -> dict[str, Any]:
    """What of an order may come back now, by which policy, and what was announced already."""
    purchase = purchase_of(order)
    returns = order.returns.filter(till_key=None).select_related("location", "replacement").order_by("pk")
    return {
        "policy": show_policy(purchase.policy, language=language),
        "offers": [
            {
                "line": offer.line,
                "sku": offer.sku,
                "title": offer.title,
                "quantity": offer.quantity,
                "until": offer.until,
                "why": list(offer.why),
                "only_if_our_fault": offer.only_if_our_fault,
            }
            for offer in purchase.offers(at=at)
        ],
        "returns": [show(returned) for returned in returns],
    }


def show(returned: Return) -> dict[str, Any]:
    """A return; amounts are minor units."""
    is_open = returned.status == Return.Status.STARTED
    return {
        "id": returned.public_id,
        "code": returned.code,
        "order": returned.order.public_id if returned.order else None,
        "status": returned.status,
        "next": open_question(returned) if is_open else None,
        "way": returned.way or None,
        "outcome": returned.outcome or None,
        "policy": returned.policy,
        "location": returned.location.code if returned.location else None,
        "replacement": returned.replacement.public_id if returned.replacement else None,
        "currency": returned.currency,
        "total": returned.total,
        "fee": returned.fee,
        "lines": list(returned.lines.values(*LINE)),
    }
