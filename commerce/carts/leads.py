"""A lead, known only by a profile on a network, turns out to be the shopper who uses the lead's code."""

from datetime import datetime

from commerce.carts.models import Cart
from commerce.customers.merges import merge, were_parted
from commerce.customers.people import are_one
from commerce.promotions.rules import belongs_to_another
from commerce.timeline.actors import Actor


def recognize(cart: Cart, *, by: Actor, channel: str, at: datetime) -> None:
    """Write down who the lead is, if the code on a person's cart was given to one."""
    coupon, person = cart.coupon, cart.person
    if coupon is None or person is None or coupon.person is None or are_one(coupon.person, person):
        return
    if not belongs_to_another(coupon, person=person) and not were_parted(coupon.person, person):
        evidence = f"used coupon {coupon.pk}"
        merge(coupon.person, into=person, evidence=evidence, journey=cart.journey, by=by, channel=channel, at=at)
