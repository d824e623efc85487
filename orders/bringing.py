"""What a checkout page says of being brought home: by which methods, when, for how much; what would be waited for.

The same functions as checkout charges and promises by, so that what is shown is what is charged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from commerce.carts.models import Cart
from commerce.carts.showing import price, wanted_in
from commerce.customers.models import PostalAddress
from commerce.pricing.tax_places import tax_place
from commerce.quotes.quote import with_delivery
from commerce.quotes.reckoning import Quote
from commerce.refusals import sentence
from inventory.promise import hand_over_at
from orders import backorders
from orders.backorders import Waiting
from orders.delivery import slots
from orders.delivery.models import Slot
from orders.delivery.rates import NotBroughtThus, Offer, OutsideZones, are_entered, offers_for, with_offer
from orders.ways import senders_of


@dataclass(frozen=True)
class Home:
    """Home delivery as a page shows it. Without a postal code nobody knows what it costs, where rates are entered."""

    quote: Quote
    methods: Sequence[Offer] = ()
    taken: Offer | None = None
    slots: Sequence[Slot] = ()
    waits: Sequence[Waiting] = field(default_factory=list)
    needs_postal_code: bool = False
    why_not: str = ""

    @property
    def can_wait(self) -> bool:
        """Whether all of what is short is sold before it is here."""
        return bool(self.waits) and all(wait.position is not None for wait in self.waits)


def home_for(
    cart: Cart,
    quote: Quote,
    *,
    said: Mapping[str, Any],
    addresses: Sequence[PostalAddress],
    is_there: bool,
    language: str,
    at: datetime,
) -> Home:
    """How a cart can be brought where a form says, or to her latest address where it says nothing yet."""
    waits = [] if is_there else backorders.waits_for(cart, at=at)
    if not are_entered():
        return Home(with_delivery(quote, sales_channel=cart.sales_channel, at=at), waits=waits)
    country, postal_code = where_to(said, addresses)
    if not postal_code:
        return Home(quote, waits=waits, needs_postal_code=True)
    there = price(cart, wanted_in(cart), tax_place=tax_place(country, postal_code), at=at, language=language).quote
    method = str(said.get("method") or "")
    try:
        senders = senders_of(cart, postal_code=postal_code, at=at)
        methods = offers_for(there, postal_code=postal_code, country=country, places=senders, at=at)
        if method not in {offer.method for offer in methods}:
            method = ""
        delivered, taken = with_offer(there, methods, sales_channel=cart.sales_channel, method=method, at=at)
    except (OutsideZones, NotBroughtThus) as problem:
        return Home(there, waits=waits, why_not=sentence(problem.code, problem.detail, problem.facts))
    windows: list[Slot] = []
    if taken and taken.has_slots:
        after = max((hand_over_at(place, at=at) for place in senders), default=None)
        free = slots.open_slots(postal_code=postal_code, country=country, after=after, at=at)
        windows = list(free.filter(method__code=taken.method)[: slots.MOST_SHOWN])
    return Home(delivered, methods, taken, windows, waits)


def where_to(said: Mapping[str, Any], addresses: Sequence[PostalAddress]) -> tuple[str, str]:
    """Country and postal code of the address that a form names: one of hers, or the one that she types."""
    named = str(said.get("address") or "")
    kept = next((one for one in addresses if str(one.pk) == named), None)
    if kept is None and "address" not in said and not said.get("postal_code"):
        kept = next(iter(addresses), None)
    if kept is not None:
        return kept.country or "ES", kept.postal_code
    return "ES", str(said.get("postal_code") or "").strip()[:12]
