"""Reading a cart: whose it is, what lies in it, and what that costs here and now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext

from commerce.bulk import columns_of, made
from commerce.carts.models import Cart, ManualDiscount
from commerce.channels.models import SalesChannel
from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.pricing.prices import NoOffer
from commerce.promotions.taking import Reason, Rule
from commerce.quotes import signed
from commerce.quotes.quote import Quote, Wanted, quote_what_sells, refuse_missing

USABLE = (Cart.Status.OPEN, Cart.Status.CHECKING_OUT)


FIND = (
    f"SELECT {columns_of(Cart, 'c')}, {columns_of(SalesChannel, 's')}"  # noqa: S608 (our own names)
    " FROM carts_cart c JOIN channels_saleschannel s ON s.id = c.sales_channel_id WHERE c.public_id = %s"
)


def find(public_id: str) -> Cart:
    """A cart with its sales channel; raises Cart.DoesNotExist.

    Every door of a cart begins here, so it is written out: composing this query takes the ORM longer than running it.
    """
    with connection.cursor() as cursor:
        cursor.execute(FIND, [public_id])
        row = cursor.fetchone()
    if row is None:
        raise Cart.DoesNotExist
    columns = len(Cart._meta.concrete_fields)
    cart = made(Cart, row[:columns])
    cart.sales_channel = made(SalesChannel, row[columns:])
    return cart


def carts() -> QuerySet[Cart]:
    """Carts with all that a quote asks of them, in one query."""
    return Cart.objects.select_related("sales_channel", "person", "coupon__person", "signed_quote__person", "by_hand")


def locked(*keys: int) -> list[Cart]:
    """Carts by primary key, locked in that order, as they stand after the wait.

    Nothing is joined: what was joined to a row before the wait for it would be stale afterwards.
    """
    return list(Cart.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))


def carts_of(person: Person) -> QuerySet[Cart]:
    """The carts of a person, and of those she turned out to be; the last one edited comes first."""
    return Cart.objects.filter(person__in=people_of(person)).order_by("-edited_at")


def usable_of(person: Person) -> QuerySet[Cart]:
    """Her open cart, or the one that she is checking out: by its key alone, since joined first all carts would be read.

    Two accounts that were found to be one have two carts until these are joined, a moment later: then the latest.
    """
    latest = carts_of(person).filter(status__in=USABLE).values("pk")[:1]
    return carts().filter(pk=latest)


def usable_cart_of(person: Person) -> Cart | None:
    """Her open cart, or the one that she is checking out."""
    return usable_of(person).first()


def lines_in(cart: Cart) -> list[tuple[int, int, str]]:
    """What lies in a cart: variant, quantity, and who edited the line last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT variant_id, quantity, edited_by FROM carts_cartline"
            " WHERE cart_id = %s AND quantity > 0 ORDER BY id",
            [cart.pk],
        )
        return cursor.fetchall()


def wanted_in(cart: Cart) -> list[Wanted]:
    """What lies in a cart, for a quote."""
    return [Wanted(variant, quantity) for variant, quantity, _ in lines_in(cart)]


@dataclass(frozen=True)
class Priced:
    """What a cart costs, what in it cannot be bought, and why its signed quote does not hold, if it has one."""

    quote: Quote
    missing: list[NoOffer]
    obstacle: str = ""


def price(cart: Cart, wanted: Sequence[Wanted], *, tax_place: str = "", at: datetime, language: str = "") -> Priced:
    """What a cart costs, whoever asks: by its signed quote, or else as things are in the channel it was opened in."""
    quote, missing = quote_what_sells(
        wanted,
        sales_channel=cart.sales_channel,
        at=at,
        coupon=cart.coupon,
        person=cart.person,
        location_id=cart.location_id,
        by_hand=rule_by_hand(cart),
        tax_place=tax_place,
        language=language,
    )
    if cart.signed_quote is None:
        return Priced(quote, missing)
    why = signed.obstacle(cart.signed_quote, wanted=wanted, person=cart.person, at=at)
    if why or missing:
        return Priced(quote, missing, why)
    return Priced(signed.as_told(cart.signed_quote, now=quote), missing)


def rule_by_hand(cart: Cart) -> Rule | None:
    """A cart's discount by hand as the reckoning sees it: it comes last, and takes off no more than was agreed to."""
    discount = cart.by_hand
    if discount is None:
        return None
    return Rule(
        promotion_id=0,
        version=1,
        name=gettext("Discount by hand"),
        kind=discount.kind,
        value=discount.value,
        currency=cart.currency if discount.kind == ManualDiscount.Kind.AMOUNT else "",
        refused=None if discount.status == ManualDiscount.Status.APPLIES else Reason.NEEDS_APPROVAL,
        applies_to="manual",
        maximum=discount.maximum,
    )


def quote_of(cart: Cart, *, at: datetime, language: str = "") -> Quote:
    """What a cart costs; raises NotForSale."""
    priced = price(cart, wanted_in(cart), at=at, language=language)
    refuse_missing(priced.missing)
    return priced.quote


def tag(version: int, status: str) -> str:
    """The ETag of a cart: it changes with every edit, and when paying begins or ends."""
    return f'"{version}-{status}"'


def tag_of(cart: Cart) -> str:
    """The ETag under which a cart is known to whoever looks at it again and again."""
    return tag(cart.version, cart.status)


def show(cart: Cart, *, at: datetime, language: str = "") -> dict[str, Any]:
    """A cart as the API gives it. What can no longer be bought stands apart, and costs nothing."""
    lines = lines_in(cart)
    priced = price(cart, [Wanted(variant, quantity) for variant, quantity, _ in lines], at=at, language=language)
    quantities = {variant: quantity for variant, quantity, _ in lines}
    editors = {variant: actor.partition(":")[0] for variant, _, actor in lines}
    shown = priced.quote.as_dict()
    for line in shown["lines"]:
        line["edited_by"] = editors[line["variant_id"]]
    return {
        "id": cart.public_id,
        "version": cart.version,
        "status": cart.status,
        "sales_channel": cart.sales_channel.code,
        "person": cart.person.public_id if cart.person else None,
        "code": cart.coupon.code if cart.coupon else None,
        "edited_at": cart.edited_at,
        "unavailable": [
            {"sku": gone.sku, "title": gone.title, "quantity": quantities[gone.variant_id], "reason": gone.reason}
            for gone in priced.missing
        ],
        "discount": cart.by_hand
        and {
            "id": cart.by_hand.public_id,
            "kind": cart.by_hand.kind,
            "value": cart.by_hand.value,
            "reason": cart.by_hand.reason,
            "status": cart.by_hand.status,
        },
        "signed_quote": cart.signed_quote
        and {
            "code": cart.signed_quote.code,
            "valid_until": cart.signed_quote.valid_until,
            "total": cart.signed_quote.total,
            "obstacle": priced.obstacle,
        },
    } | shown
