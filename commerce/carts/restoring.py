"""A link that brings a cart back on any device.

It opens a wish, not an account. A person's own cart is given only to her own session; on any other device the link
makes an anonymous copy on the same journey, which meets hers again, line by line, when she logs in there.
"""

from datetime import datetime, timedelta

from django.db import transaction

from commerce.carts.edits import CartClosed
from commerce.carts.happenings import CartRestored
from commerce.carts.merging import met, parts_of, write
from commerce.carts.models import Cart, CartMerge
from commerce.carts.showing import locked
from commerce.customers.models import Person
from commerce.customers.people import are_one
from commerce.links import links
from commerce.links.links import LinkExpired
from commerce.timeline.actors import Actor
from commerce.timeline.record import record

PURPOSE = "restore_cart"
LASTS = timedelta(days=30)


def create(cart: Cart, *, at: datetime) -> str:
    """A new link's secret, for the address that is sent."""
    return links.create(PURPOSE, cart.public_id, lasts=LASTS, at=at)


def revoke(cart: Cart, *, at: datetime) -> None:
    """Make the links to a cart useless."""
    links.revoke(PURPOSE, cart.public_id, at=at)


def behind(secret: str, *, at: datetime) -> Cart:
    """The cart behind a link, or the one it ended in; raises LinkNotFound, and LinkExpired once it was ordered."""
    cart = Cart.objects.get(public_id=links.find(PURPOSE, secret, at=at).subject)
    while cart.merged_into:
        cart = cart.merged_into
    if cart.status == Cart.Status.ORDERED:
        raise LinkExpired("this cart was ordered: the link has done its work")
    return cart


@transaction.atomic
def restore(secret: str, *, person: Person | None, by: Actor, channel: str, at: datetime) -> Cart:
    """The cart behind a link, for whoever holds it; raises LinkNotFound, LinkExpired, or CartClosed."""
    [cart] = locked(behind(secret, at=at).pk)
    while cart.merged_into_id:
        [cart] = locked(cart.merged_into_id)
    if cart.status != Cart.Status.OPEN:
        raise CartClosed("this cart was ordered, or is being checked out", cart_status=cart.status)
    copy_of = None
    if cart.person and not are_one(person, cart.person):
        copy_of, cart = cart.public_id, copy_for_a_guest(cart, at=at)
    record(cart.journey_id, CartRestored(cart.public_id, cart.version, copy_of), by=by, channel=channel, at=at)
    return cart


def copy_for_a_guest(cart: Cart, *, at: datetime) -> Cart:
    """An anonymous cart with the same lines and code; one per journey, however many devices the link is opened on."""
    copies = Cart.objects.filter(journey=cart.journey_id, person=None, status=Cart.Status.OPEN)
    copy = copies.select_for_update(no_key=True).order_by("-edited_at").first()
    if copy is None:
        copy = Cart.objects.create(
            journey_id=cart.journey_id,
            sales_channel=cart.sales_channel,
            currency=cart.currency,
            coupon=cart.coupon,
            created_at=at,
            edited_at=cart.edited_at,
        )
    else:
        copy.version += 1
        copy.save(update_fields=["version"])
    before = parts_of(copy)
    write(copy, met(CartMerge.Strategy.LATEST, before, parts_of(cart)), before=before)
    return copy
