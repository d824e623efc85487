"""What can be chosen at checkout: the ways in which goods can reach somebody, and the ways to pay."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.carts.models import Cart
from commerce.carts.showing import wanted_in
from commerce.channels.models import Location
from inventory import sourcing
from inventory.opening import NeverOpen
from inventory.sourcing import Line
from orders.promising import promised_for
from orders.tenders import BANK_TRANSFER, MANUAL, PAYMENT_LINK, STRIPE

HOME = "home"


@dataclass(frozen=True)
class Way:
    """One way, whether it can be taken now, and until when we would promise it. Home has no location."""

    code: str
    location: Location | None
    can: bool
    promised_for: datetime | None


def ways_for(cart: Cart, *, at: datetime) -> list[Way]:
    """Home first, then the stores, those that have everything before the others; four queries."""
    lines = [Line(str(want.variant_id), want.variant_id, "", want.quantity) for want in wanted_in(cart)]
    places = sourcing.places_for(cart.sales_channel, [line.variant_id for line in lines], at=at)
    have_all = {place.location_id for place in places if sourcing.lines_whole(place, lines) == len(lines)}
    stores = cart.sales_channel.locations.filter(is_active=True, offers_pickup=True)
    units = [sum(place.available.get(line.variant_id, 0) for place in places) for line in lines]
    can_deliver = all(free >= line.quantity for free, line in zip(units, lines, strict=True))
    home = Way(HOME, None, can_deliver, promised(cart, None, at=at))
    collected = [Way(s.code, s, s.pk in have_all, promised(cart, s, at=at)) for s in stores]
    return [home, *sorted(collected, key=lambda way: (not way.can, way.promised_for is None))]


def promised(cart: Cart, store: Location | None, *, at: datetime) -> datetime | None:
    """Until when it would be ready, or delivered; nothing where a store is never open."""
    try:
        return promised_for(pickup_at=store, sales_channel=cart.sales_channel, zone=settings.SHOP_TIMEZONE, at=at)
    except NeverOpen:
        return None


@dataclass(frozen=True)
class Choice:
    """One way to pay, and what it means."""

    code: str
    words: Promise
    meaning: Promise


CARD = Choice(STRIPE, _("Card"), _("On a page of our payment provider."))
TRANSFER = Choice(BANK_TRANSFER, _("Bank transfer"), _("Within five days; we keep the goods meanwhile."))
DEMONSTRATION = Choice(MANUAL, _("Demonstration"), _("Nothing is charged, the order counts as paid."))
LINK = Choice(PAYMENT_LINK, _("Payment link"), _("She gets a link and pays on her phone."))
PAID = Choice(MANUAL, _("Paid"), _("The money is here."))


def tenders_of_shopper() -> list[Choice]:
    """How a shopper can pay here."""
    cards = [CARD] if settings.STRIPE_API_KEY else []
    return [*cards, *([DEMONSTRATION] if settings.SHOPPERS_MAY_DECLARE_PAID else []), TRANSFER]


def tenders_of_agent() -> list[Choice]:
    """How somebody can pay who orders by phone."""
    return [*([LINK] if settings.STRIPE_API_KEY else []), TRANSFER, PAID]
