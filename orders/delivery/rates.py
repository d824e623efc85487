"""What it costs to bring goods somewhere, and when they would be there. Choosing is pure.

Where the back office has entered no rates, the sales channel's one fee and its days stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from django.conf import settings

from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.pricing.prices import tax_rate
from commerce.quotes.quote import with_delivery
from commerce.quotes.reckoning import Quote, delivered
from commerce.rest.problems import Problem
from orders.delivery.models import Rate
from orders.promising import at_the_door


class OutsideZones(Problem):
    """We deliver nothing there."""

    code = "outside_delivery_area"
    status = 422


class NotBroughtThus(Problem):
    """This method does not bring this there: it is too heavy, or the method does not go there."""

    code = "method_not_offered"
    status = 422


@dataclass(frozen=True)
class Row:
    """One rate, with what it is of."""

    method: str
    name: str
    carrier: str
    days: int
    cutoff: time
    has_slots: bool
    zone: str
    prefixes: Sequence[str]
    up_to_grams: int | None
    from_value: int
    fee: int
    free_from: int | None


@dataclass(frozen=True)
class Offer:
    """One method as it is offered for a basket and an address."""

    method: str
    name: str
    carrier: str
    zone: str
    fee: int
    has_slots: bool
    days: int
    cutoff: time
    arrives_by: datetime

    def as_dict(self) -> dict[str, object]:
        """As it stands with the quote of an order: what was promised by it, orders.delivery.until reckons again."""
        names = ("method", "zone", "fee", "carrier", "days")
        return {name: getattr(self, name) for name in names} | {"cutoff": self.cutoff.isoformat("minutes")}


def reach(prefixes: Sequence[str], postal_code: str) -> int:
    """How long the longest of a zone's beginnings is that a postal code has; -1 where it has none. Pure."""
    code = postal_code.replace(" ", "").upper()
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix.upper())), default=-1)


def nearest(rows: Sequence[Row], postal_code: str) -> list[Row]:
    """The rates of the zone that names a postal code most exactly. Pure; raises OutsideZones."""
    lengths = [reach(row.prefixes, postal_code) for row in rows]
    longest = max(lengths, default=-1)
    if longest < 0:
        raise OutsideZones("we do not deliver to this postal code", postal_code=postal_code)
    return [row for row, length in zip(rows, lengths, strict=True) if length == longest]


def offers(
    rows: Sequence[Row],
    *,
    postal_code: str,
    goods: int,
    grams: int,
    places: Sequence[Location] = (),
    zone: str,
    at: datetime,
) -> list[Offer]:
    """The methods that bring such a basket from its places to a postal code, the cheapest first, then the fastest.

    Pure. Raises OutsideZones, NotBroughtThus (nothing takes so much weight).
    """
    here, found = nearest(rows, postal_code), dict[str, Row]()
    for row in sorted(here, key=lambda row: (-row.from_value, row.up_to_grams is None, row.up_to_grams or 0)):
        if row.from_value <= goods and (row.up_to_grams is None or grams <= row.up_to_grams):
            found.setdefault(row.method, row)
    if not found:
        raise NotBroughtThus("nothing that we deliver with takes so much weight there", grams=grams)
    made = [offer(row, goods=goods, places=places, zone=zone, at=at) for row in found.values()]
    return sorted(made, key=lambda offered: (offered.fee, offered.days, offered.method))


def offer(row: Row, *, goods: int, places: Sequence[Location], zone: str, at: datetime) -> Offer:
    """A rate as it is offered: free above its threshold, and there when the last of its places has brought its part."""
    is_free = row.free_from is not None and goods >= row.free_from
    return Offer(
        method=row.method,
        name=row.name,
        carrier=row.carrier,
        zone=row.zone,
        fee=0 if is_free else row.fee,
        has_slots=row.has_slots,
        days=row.days,
        cutoff=row.cutoff,
        arrives_by=max(
            at_the_door(row.days, cutoff=row.cutoff, comes_from=place, zone=zone, at=at) for place in places or (None,)
        ),
    )


ROW = (
    "method__code", "method__name", "method__carrier", "method__days", "method__cutoff", "method__has_slots",
    "zone__code", "zone__prefixes", "up_to_grams", "from_value", "fee", "free_from",
)  # fmt: skip


def rows_for(country: str) -> list[Row]:
    """Every rate that is in force in a country; none where no rates are entered at all. Raises OutsideZones."""
    found = Rate.objects.filter(method__is_active=True, zone__country=country).order_by("pk").values_list(*ROW)
    rows = [Row(*row) for row in found]
    if not rows and are_entered():
        raise OutsideZones("we do not deliver to this country", country=country)
    return rows


def offers_for(
    quote: Quote, *, postal_code: str, country: str = "ES", places: Sequence[Location] = (), at: datetime
) -> list[Offer]:
    """The methods for a quoted basket; none where no rates are entered. Raises OutsideZones, NotBroughtThus.

    `places`: those that would serve it, where somebody is told when it arrives.
    """
    rows = rows_for(country)
    if not rows:
        return []
    weighs = any(row.up_to_grams is not None for row in rows)
    return offers(
        rows,
        postal_code=postal_code,
        goods=quote.goods_total - quote.discount_total,
        grams=weight_of(quote) if weighs else 0,
        places=places,
        zone=settings.SHOP_TIMEZONE,
        at=at,
    )


def are_entered() -> bool:
    """Whether the back office has entered any rates; without them the sales channel's one fee stands."""
    return Rate.objects.filter(method__is_active=True).exists()


def check_reach(postal_code: str, *, country: str = "ES", method: str = "") -> None:
    """Whether rates are entered for a postal code, and for the method, if one is named.

    Raises OutsideZones, NotBroughtThus.
    """
    if rows := rows_for(country):
        here = {row.method for row in nearest(rows, postal_code)}
        if method and method not in here:
            raise NotBroughtThus("this is not offered for this address", method=method, offered=sorted(here))


def weight_of(quote: Quote) -> int:
    """What a basket weighs."""
    grams = dict(
        Variant.objects.filter(pk__in=[line.variant_id for line in quote.lines]).values_list("pk", "weight_grams")
    )
    return sum(grams.get(line.variant_id, 0) * line.quantity for line in quote.lines)


def chosen(found: Sequence[Offer], method: str) -> Offer:
    """The offer of a method, or the first one where none is named; raises NotBroughtThus."""
    for offered in found:
        if method in ("", offered.method):
            return offered
    raise NotBroughtThus("this is not offered for this address", method=method, offered=[one.method for one in found])


def brought(
    quote: Quote, *, sales_channel: SalesChannel, postal_code: str, country: str = "ES", method: str = "", at: datetime
) -> tuple[Quote, Offer | None]:
    """A quote with what it costs to bring it to an address, by the same rule in every channel.

    Raises OutsideZones, NotBroughtThus, NoTaxRate.
    """
    found = offers_for(quote, postal_code=postal_code, country=country, at=at)
    return with_offer(quote, found, sales_channel=sales_channel, method=method, at=at)


def with_offer(
    quote: Quote, found: Sequence[Offer], *, sales_channel: SalesChannel, method: str = "", at: datetime
) -> tuple[Quote, Offer | None]:
    """A quote with what the chosen one of its offers costs, or the sales channel's one fee where no rates are entered.

    Raises NotBroughtThus, NoTaxRate.
    """
    if not found:
        if method:
            raise NotBroughtThus("this is not offered here", method=method, offered=[])
        return with_delivery(quote, sales_channel=sales_channel, at=at), None
    taken = chosen(found, method)
    if not taken.fee:
        return quote, taken
    rate = tax_rate(country=sales_channel.country, at=at)
    return delivered(quote, fee=taken.fee, tax_basis_points=rate), taken
