"""What can be chosen at checkout: the ways in which goods can reach somebody, and the ways to pay."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.carts.models import Cart
from commerce.carts.showing import wanted_in
from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.quotes.quote import quote, with_delivery
from commerce.quotes.reckoning import Quote, Wanted
from inventory import reservations, sourcing
from inventory.holds import OutOfStock
from inventory.opening import NeverOpen
from inventory.promise import outlook
from inventory.rules import Line
from inventory.sourcing import CannotServe, TooManyParcels
from orders.delivery.rates import Offer, offers_for
from orders.promising import at_the_door, promised_for
from orders.tenders import BANK_TRANSFER, MANUAL, PAYMENT_LINK, STRIPE

HOME = "home"


@dataclass(frozen=True)
class Way:
    """One way, whether it can be taken now, and until when we would promise it. Home has no location.

    `is_sent`: the store gets it from another place of ours first.
    """

    code: str
    location: Location | None
    can: bool
    promised_for: datetime | None
    is_sent: bool = False


def ways_for(cart: Cart, *, at: datetime) -> list[Way]:
    """Home first, then the stores, those that have everything before the others; five queries.

    What is kept for this cart, or for whom it is, counts as there: its checkout takes it.
    """
    wanted: Counter[int] = Counter()
    for want in wanted_in(cart):
        wanted[want.variant_id] += want.quantity
    channel = cart.sales_channel
    places = list(channel.locations.filter(is_active=True).exclude(kind=Location.Kind.TRANSIT))
    own: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for kept in reservations.kept_for(cart, wanted, at=at):
        own[kept.stock.location_id][kept.stock.variant_id] += kept.quantity
    outlooks = [
        replace(one, now=Counter(one.now) + own[one.location.pk]) for one in outlook(wanted, locations=places, at=at)
    ]
    everywhere = {variant: sum(one.now.get(variant, 0) for one in outlooks) for variant in wanted}
    is_there = all(everywhere[variant] >= units for variant, units in wanted.items())
    first = next((one.location for one in outlooks if one.has(wanted)), None)
    home = Way(HOME, None, is_there, promised(cart, None, comes_from=first, at=at))
    collected = []
    for one in outlooks:
        if one.location.offers_pickup:
            sent = not one.has(wanted) and is_there and one.location.transfer_days is not None
            comes_from = (first or next(o.location for o in outlooks if o is not one)) if sent else None
            until = promised(cart, one.location, comes_from=comes_from, at=at)
            collected.append(Way(one.location.code, one.location, one.has(wanted) or sent, until, sent))
    return [home, *sorted(collected, key=lambda way: (not way.can, way.is_sent, way.promised_for is None))]


def promised(cart: Cart, store: Location | None, *, comes_from: Location | None, at: datetime) -> datetime | None:
    """Until when it would be ready, or delivered; nothing where a store is never open."""
    try:
        return promised_for(
            pickup_at=store,
            comes_from=comes_from,
            sales_channel=cart.sales_channel,
            zone=settings.SHOP_TIMEZONE,
            at=at,
        )
    except NeverOpen:
        return None


def methods_for(cart: Cart, quote: Quote, *, postal_code: str, country: str = "ES", at: datetime) -> list[Offer]:
    """How it can be brought to a postal code, for how much and until when, as checkout would charge and promise it.

    None where no rates are entered. Raises OutsideZones, NotBroughtThus.
    """
    senders = senders_of(cart, postal_code=postal_code, at=at)
    return offers_for(quote, postal_code=postal_code, country=country, places=senders, at=at)


def senders_of(cart: Cart, *, postal_code: str, at: datetime) -> list[Location]:
    """The places that would serve a cart now; none where not all of it is there."""
    try:
        return senders(wanted_in(cart), sales_channel=cart.sales_channel, postal_code=postal_code, at=at)
    except (OutOfStock, CannotServe, TooManyParcels):
        return []


def senders(wanted: Sequence[Wanted], *, sales_channel: SalesChannel, postal_code: str, at: datetime) -> list[Location]:
    """The places that would serve these goods now; raises OutOfStock, CannotServe, TooManyParcels."""
    lines = [Line(str(want.variant_id), want.variant_id, "", want.quantity) for want in wanted]
    plan = sourcing.plan_for(lines, sales_channel=sales_channel, postal_code=postal_code, at=at)
    return list(Location.objects.filter(pk__in=plan.location_ids))


@dataclass(frozen=True)
class Brought:
    """One way in which one unit of something would be brought: for how much, and until when."""

    name: str
    fee: int
    arrives_by: datetime


def brought_to(variant: Variant, *, sales_channel: SalesChannel, postal_code: str, at: datetime) -> list[Brought]:
    """How one unit could be brought to a postal code, as checkout would charge and promise it if it were bought now.

    Raises NotForSale, OutsideZones, NotBroughtThus, OutOfStock, CannotServe.
    """
    wanted = [Wanted(variant.pk, 1)]
    quoted = quote(wanted, sales_channel=sales_channel, at=at)
    places = senders(wanted, sales_channel=sales_channel, postal_code=postal_code, at=at)
    found = offers_for(quoted, postal_code=postal_code, places=places, at=at)
    if found:
        return [Brought(offer.name, offer.fee, offer.arrives_by) for offer in found]
    days, zone = sales_channel.delivery_days, settings.SHOP_TIMEZONE
    arrives_by = max(at_the_door(days, comes_from=place, zone=zone, at=at) for place in places)
    return [Brought("", with_delivery(quoted, sales_channel=sales_channel, at=at).delivery_total, arrives_by)]


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
