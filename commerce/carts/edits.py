"""Opening and editing carts. An edit whose author saw the latest version is one statement; others are merged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from commerce.carts.happenings import CartCouponApplied, CartCouponRemoved, CartEdited, CartOpened
from commerce.carts.leads import recognize
from commerce.carts.models import Cart
from commerce.carts.operations import Kind, Operation, history_of, known, settled
from commerce.carts.showing import locked, show, usable_cart_of
from commerce.carts.statements import EDIT, OPEN
from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.customers.models import Person
from commerce.customers.people import root_of
from commerce.ids import public_id
from commerce.planning import keep_plans
from commerce.promotions.models import Coupon
from commerce.promotions.rules import belongs_to_another
from commerce.promotions.uses import find
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.journeys import link
from commerce.timeline.record import Happening, record

MAX_UNITS = 9999
MAX_LINES = 100


class StaleCart(Problem):
    """The cart never had that version, or somebody changed its code meanwhile; `cart` is how it stands now."""

    code = "cart_changed"
    status = 409


class CartClosed(Problem):
    """The cart is being checked out, was ordered, or was merged into another."""

    code = "cart_closed"
    status = 409


class TooManyUnits(Problem):
    """More units of one thing than anybody needs."""

    code = "too_many_units"
    status = 422


class TooManyLines(Problem):
    """More different things than a cart holds."""

    code = "too_many_lines"
    status = 422


class CodeNotYours(Problem):
    """The code was given to somebody else, or its owner has not said who she is."""

    code = "coupon_not_yours"
    status = 409


Lines = Sequence[tuple[Variant, int]]


@transaction.atomic(savepoint=False)
def open_cart(
    *,
    sales_channel: SalesChannel,
    person: Person | None = None,
    coupon: Coupon | None = None,
    lines: Lines = (),
    location: Location | None = None,
    by: Actor,
    at: datetime,
) -> Cart:
    """A person's open cart, or a new one on the coupon's journey, or on one of its own; with these lines added.

    `location` is the store where a new one is bought, if it is.
    Raises CodeNotYours, TooManyUnits, TooManyLines, and CartClosed while her cart is being checked out.
    """
    keep_plans()
    if coupon and belongs_to_another(coupon, person=person):
        raise CodeNotYours("this code was given to somebody else; if it is yours, please log in")
    if person and (hers := usable_cart_of(person)):
        return put(hers, lines, coupon, by=by, channel=sales_channel.kind, at=at)
    quantities = added_up(lines)
    if person is None:
        cart = new_cart(sales_channel, None, coupon, quantities, location, by=by, at=at)
    else:
        try:
            with transaction.atomic():
                cart = new_cart(sales_channel, person, coupon, quantities, location, by=by, at=at)
        except IntegrityError:  # another device of hers was first
            return open_cart(
                sales_channel=sales_channel,
                person=person,
                coupon=coupon,
                lines=lines,
                location=location,
                by=by,
                at=at,
            )
    happenings: list[Happening] = [CartOpened(cart.public_id, sales_channel.code)]
    happenings += [CartEdited(cart.public_id, 1, v.pk, v.sku, quantity) for v, quantity in quantities.items()]
    if coupon:
        happenings.append(CartCouponApplied(cart.public_id, 1, coupon.pk, coupon.promotion_id))
    recognize(cart, by=by, channel=sales_channel.kind, at=at)
    record(cart.journey_id, *happenings, by=by, channel=sales_channel.kind, at=at)
    return cart


def new_cart(
    sales_channel: SalesChannel,
    person: Person | None,
    coupon: Coupon | None,
    quantities: Mapping[Variant, int],
    location: Location | None,
    *,
    by: Actor,
    at: datetime,
) -> Cart:
    """A cart with its lines, on the journey of the coupon that led here, or on a new one."""
    cart = Cart(
        person=root_of(person) if person else None,
        sales_channel=sales_channel,
        currency=sales_channel.currency,
        coupon=coupon,
        location=location,
        created_at=at,
        edited_at=at,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            OPEN,
            {
                "public_id": cart.public_id,
                "journey": coupon.journey_id if coupon else None,
                "new_journey": public_id(),
                "person": cart.person_id,
                "sales_channel": sales_channel.pk,
                "currency": cart.currency,
                "coupon": coupon.pk if coupon else None,
                "location": location.pk if location else None,
                "variants": [variant.pk for variant in quantities],
                "quantities": list(quantities.values()),
                "by": str(by),
                "at": at,
            },
        )
        cart.pk, cart.journey_id = cursor.fetchone()
    return cart


def put(cart: Cart, lines: Lines, coupon: Coupon | None, *, by: Actor, channel: str, at: datetime) -> Cart:
    """Add lines and a code to a cart that is there already."""
    if lines:
        edit(cart, added_up(lines), Kind.ADD, by=by, channel=channel, at=at)
    if coupon and coupon.pk != cart.coupon_id:
        put_coupon(cart, coupon, seen_version=None, by=by, channel=channel, at=at)
    return cart


def added_up(lines: Lines) -> dict[Variant, int]:
    """Lines as quantities by variant, so that a limit cannot be dodged by writing a thing twice."""
    quantities: dict[Variant, int] = {}
    for variant, quantity in lines:
        quantities[variant] = quantities.get(variant, 0) + quantity
    check_limits(quantities, lines=len(quantities))
    return quantities


def check_limits(quantities: Mapping[Variant, int], *, lines: int) -> None:
    """Refuse more than a cart holds."""
    for variant, quantity in quantities.items():
        if quantity > MAX_UNITS:
            raise TooManyUnits(f"a cart holds at most {MAX_UNITS} units of one thing", sku=variant.sku, limit=MAX_UNITS)
    if lines > MAX_LINES:
        raise TooManyLines(f"a cart holds at most {MAX_LINES} different things", limit=MAX_LINES)


@transaction.atomic
def add(
    cart: Cart,
    *,
    variant: Variant,
    quantity: int,
    seen_version: int | None = None,
    key: str = "",
    hand: str = "",
    by: Actor,
    channel: str,
    at: datetime,
) -> Cart:
    """Put more units of something into a cart, on top of those that lie there already.

    `key` is the client's own id of the edit: sent twice, it happens once. Without `seen_version` the cart is meant as
    it stands now. Raises StaleCart, CartClosed, TooManyUnits, TooManyLines or OperationReused.
    """
    keep_plans()
    by_whom = Author(seen_version, key, hand)
    return edit(cart, {variant: quantity}, Kind.ADD, author=by_whom, by=by, channel=channel, at=at)


@transaction.atomic
def set_quantity(
    cart: Cart,
    *,
    variant: Variant,
    quantity: int,
    seen_version: int | None = None,
    key: str = "",
    hand: str = "",
    by: Actor,
    channel: str,
    at: datetime,
) -> Cart:
    """Say how many units of something lie in a cart; 0 removes it, and it stays removed for all who did not see that.

    Raises StaleCart, CartClosed, TooManyUnits, TooManyLines or OperationReused.
    """
    keep_plans()
    kind, by_whom = Kind.SET if quantity else Kind.REMOVE, Author(seen_version, key, hand)
    return edit(cart, {variant: quantity}, kind, author=by_whom, by=by, channel=channel, at=at)


@dataclass(frozen=True)
class Author:
    """What the author of an edit had before her eyes, the client's id of it, and which hand it was."""

    seen: int | None = None
    key: str = ""
    hand: str = ""


ANYBODY = Author()


def edit(
    cart: Cart,
    asked: Mapping[Variant, int],
    kind: Kind,
    *,
    author: Author = ANYBODY,
    by: Actor,
    channel: str,
    at: datetime,
) -> Cart:
    """Do an edit in one statement if its author saw the cart as it is, and merge it with those she did not see."""
    facts: dict[str, Any] = {
        "cart": cart.pk,
        "variants": [variant.pk for variant in asked],
        "asked": list(asked.values()),
        "kind": kind.value,
        "key": author.key or None,
        "hand": author.hand,
        "by": str(by),
        "channel": channel,
        "at": at,
    }
    rows = []
    if author.seen is not None or not author.key:
        as_asked = {"quantities": facts["asked"], "adds": kind == Kind.ADD, "touches": True}
        rows = write(facts | as_asked | {"current": author.seen, "seen": author.seen})
    if not rows:
        if author == ANYBODY:
            raise refusal(cart, at=at)
        [(variant, quantity)] = asked.items()
        merged = merging(cart, variant, kind, quantity, author=author, at=at)
        if merged is None:
            return cart
        rows = write(facts | merged)
    names = {variant.pk: variant for variant in asked}
    after = {names[variant]: quantity for _, variant, quantity, _ in rows if variant}
    check_limits(after, lines=rows[0][3] + sum(quantity > 0 for quantity in after.values()))
    cart.version, cart.edited_at = rows[0][0], at
    happenings = [CartEdited(cart.public_id, cart.version, v.pk, v.sku, quantity) for v, quantity in after.items()]
    if happenings:
        record(cart.journey_id, *happenings, by=by, channel=channel, at=at)
    return cart


def write(values: dict[str, Any]) -> list[Any]:
    """Write an edit; no rows where the cart is closed or not at the version that is named."""
    with connection.cursor() as cursor:
        cursor.execute(EDIT, values)
        return cursor.fetchall()


def merging(
    cart: Cart, variant: Variant, kind: Kind, quantity: int, *, author: Author, at: datetime
) -> dict[str, Any] | None:
    """Lock the cart, and say what is to be written after an edit whose author had not seen all; nothing if it is known.

    Raises StaleCart for a version that never was, CartClosed, OperationReused.
    """
    [now] = locked(cart.pk)
    if author.key and known(now, author.key, variant=variant.pk, kind=kind.value, quantity=quantity):
        cart.version, cart.status = now.version, now.status
        return None
    if now.status != Cart.Status.OPEN or (author.seen or 0) > now.version:
        raise refusal(cart, at=at)
    seen = now.version if author.seen is None else author.seen
    earlier = history_of(now, variant.pk)
    after = settled([*earlier, Operation(kind.value, quantity, seen, now.version + 1, author.hand)])
    touches = after != settled(earlier)
    return {"quantities": [after], "adds": False, "touches": touches, "current": now.version, "seen": seen}


def refusal(cart: Cart, *, at: datetime) -> Problem:
    """Why an edit touched no row: the cart is closed, or not as the editor saw it."""
    cart.refresh_from_db()
    if cart.status != Cart.Status.OPEN:
        words = {"checking_out": "is being checked out", "ordered": "was ordered", "merged": "is part of another cart"}
        return CartClosed(f"this cart {words[cart.status]}", cart_status=cart.status)
    return StaleCart("this cart was changed meanwhile", version=cart.version, cart=show(cart, at=at))


@transaction.atomic
def apply_coupon(
    cart: Cart, *, code: str, seen_version: int | None = None, by: Actor, channel: str, at: datetime
) -> Cart:
    """Put a code on a cart, in place of the one it had; whether it takes anything off stands in the quote.

    Raises UnknownCode, CodeEnded, CodeNotYours, StaleCart or CartClosed.
    """
    coupon = find(code, at=at)
    if belongs_to_another(coupon, person=cart.person):
        raise CodeNotYours("this code was given to somebody else; if it is yours, please log in")
    if coupon.pk == cart.coupon_id and cart.status == Cart.Status.OPEN:
        return cart
    return put_coupon(cart, coupon, seen_version=seen_version, by=by, channel=channel, at=at)


@transaction.atomic
def remove_coupon(cart: Cart, *, seen_version: int | None = None, by: Actor, channel: str, at: datetime) -> Cart:
    """Take the code off a cart; raises StaleCart or CartClosed."""
    if cart.coupon_id is None and cart.status == Cart.Status.OPEN:
        return cart
    return put_coupon(cart, None, seen_version=seen_version, by=by, channel=channel, at=at)


def change(cart: Cart, columns: Mapping[str, Any], *, seen_version: int | None, at: datetime) -> None:
    """Change what a cart says of itself, in one statement that names the version the editor saw."""
    said = ", ".join(f"{column} = %({column})s" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE carts_cart SET version = version + 1, coupon_version = version + 1, edited_at = %(at)s, {said}"  # noqa: S608 (our own columns)
            " WHERE id = %(cart)s AND status = 'open'"
            " AND coalesce(%(seen)s, version) BETWEEN coupon_version AND version RETURNING version",
            {"cart": cart.pk, "seen": seen_version, "at": at, **columns},
        )
        row = cursor.fetchone()
    if row is None:
        raise refusal(cart, at=at)
    cart.version, cart.edited_at = row[0], at


def put_coupon(
    cart: Cart, coupon: Coupon | None, *, seen_version: int | None, by: Actor, channel: str, at: datetime
) -> Cart:
    """Change a cart's coupon, and write it down."""
    change(cart, {"coupon_id": coupon.pk if coupon else None}, seen_version=seen_version, at=at)
    cart.coupon = coupon
    happening: Happening = CartCouponRemoved(cart.public_id, cart.version)
    if coupon:
        happening = CartCouponApplied(cart.public_id, cart.version, coupon.pk, coupon.promotion_id)
        if coupon.journey_id:
            link(coupon.journey_id, cart.journey_id, reason="its coupon", at=at)
        recognize(cart, by=by, channel=channel, at=at)
    record(cart.journey_id, happening, by=by, channel=channel, at=at)
    return cart
