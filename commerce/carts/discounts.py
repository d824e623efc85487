"""Discounts that a clerk or agent gives by hand: with a reason, and within the limit of her role.

Beyond it a second person must agree (commerce.approvals). What was within the limit, or was agreed to, is the most that
it ever takes off: whatever is put into the cart later, it does not grow.
"""

from datetime import datetime

from django.db import transaction

from commerce.approvals import deciding
from commerce.approvals.models import Approval
from commerce.carts import edits
from commerce.carts.happenings import DiscountGiven, DiscountRemoved
from commerce.carts.models import Cart, ManualDiscount
from commerce.carts.showing import locked, price, wanted_in
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import record

KIND = "discount"
Kind, Status = ManualDiscount.Kind, ManualDiscount.Status


class TooMuchOff(Problem):
    """No discount takes off more than there is."""

    code = "discount_too_large"
    status = 422


class DiscountGone(Problem):
    """It was taken back, or the cart was bought without it, before somebody agreed."""

    code = "discount_gone"


@transaction.atomic
def give(
    cart: Cart,
    *,
    kind: str,
    value: int,
    reason: str,
    seen_version: int | None = None,
    role: str,
    by: Actor,
    channel: str,
    at: datetime,
) -> ManualDiscount:
    """Take something off a cart by hand, in place of what stood there; beyond the role's limit it waits for a yes.

    Raises TooMuchOff, NotForSale, StaleCart or CartClosed.
    """
    [cart] = locked(cart.pk)
    end(cart)
    discount = ManualDiscount(cart=cart, kind=kind, value=value, reason=reason, given_by=str(by)[:60], given_at=at)
    amount = amount_of(discount, cart, at=at)
    alone, _agrees = deciding.limits_of(KIND, role)
    within = alone is None or amount <= alone
    discount.status, discount.maximum = (Status.APPLIES, alone) if within else (Status.WAITING, amount)
    discount.save()
    put(cart, discount, seen_version=seen_version, at=at)
    given = DiscountGiven(cart.public_id, cart.version, discount.public_id, amount, cart.currency, reason, not within)
    record(cart.journey_id, given, by=by, channel=channel, at=at)
    if within:
        return discount
    deciding.ask(
        KIND,
        subject=cart.public_id,
        amount=amount,
        currency=cart.currency,
        reason=reason,
        journey=cart.journey,
        location=cart.location,
        facts={"discount": discount.pk},
        by=by,
        channel=channel,
        at=at,
    )
    return discount


def amount_of(discount: ManualDiscount, cart: Cart, *, at: datetime) -> int:
    """What it takes off the cart as it is, after everything else; raises TooMuchOff."""
    cart.by_hand = cart.signed_quote = None
    wanted = wanted_in(cart)
    left = price(cart, wanted, at=at).quote.total
    if discount.kind == Kind.AMOUNT and discount.value > left:
        raise TooMuchOff("more than there is cannot be taken off", left=left)
    discount.status = Status.APPLIES
    cart.by_hand = discount
    taken = left - price(cart, wanted, at=at).quote.total
    if taken < 1:
        raise TooMuchOff("there is nothing to take it off", left=left)
    return taken


def put(cart: Cart, discount: ManualDiscount | None, *, seen_version: int | None, at: datetime) -> None:
    """Change what is taken off a cart by hand. The price of an offer ends with it: this is another price."""
    columns = {"by_hand_id": discount.pk if discount else None, "signed_quote_id": None}
    edits.change(cart, columns, seen_version=seen_version, at=at)
    cart.by_hand, cart.signed_quote = discount, None


def end(cart: Cart) -> str:
    """Let what stands on a locked cart end; returns its public id."""
    standing = cart.by_hand
    if standing is None:
        return ""
    standing.status = Status.REMOVED
    standing.save(update_fields=["status"])
    return standing.public_id


def carry_out(approval: Approval, *, by: Actor, at: datetime) -> None:
    """A second person agreed; raises DiscountGone, CartClosed."""
    discount = ManualDiscount.objects.get(pk=approval.facts["discount"])
    [cart] = locked(discount.cart_id)
    if cart.by_hand_id != discount.pk or discount.status != Status.WAITING:
        raise DiscountGone("this discount was taken back meanwhile")
    discount.status, discount.maximum = Status.APPLIES, approval.amount
    discount.save(update_fields=["status", "maximum"])
    put(cart, discount, seen_version=None, at=at)


@transaction.atomic
def remove(cart: Cart, *, seen_version: int | None = None, by: Actor, channel: str, at: datetime) -> Cart:
    """Take nothing off by hand any more; raises StaleCart or CartClosed."""
    [cart] = locked(cart.pk)
    if cart.by_hand_id is None and cart.status == Cart.Status.OPEN:
        return cart
    removed = end(cart)
    put(cart, None, seen_version=seen_version, at=at)
    record(cart.journey_id, DiscountRemoved(cart.public_id, cart.version, removed), by=by, channel=channel, at=at)
    return cart
