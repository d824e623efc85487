"""A quote to carry elsewhere: signed, so that a price told in one channel is honored in the others until it ends.

It says which goods, where and when it was made, what they cost and by which versions. It is honored by reckoning again
as of the instant it was made: prices are only added, never changed. Where something was changed in hindsight all the
same, the new total is told; it is never silently another.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import segno
from django.core import signing
from django.utils.dateparse import parse_datetime

from commerce.channels.models import SalesChannel
from commerce.promotions.models import Coupon
from commerce.quotes.quote import quote
from commerce.quotes.reckoning import Quote, Wanted
from commerce.rest.problems import Problem

LASTS = timedelta(days=2)
SALT = "mostrador.quote"


class QuoteUnknown(Problem):
    """This is no quote of ours, or somebody changed it."""

    code = "quote_unknown"
    status = 404


class QuoteEnded(Problem):
    """The quote was good once; what the goods cost now stands in `total`."""

    code = "quote_ended"
    status = 409


class QuoteChanged(Problem):
    """What the quote was reckoned from is not as it was; what the goods cost now stands in `total`."""

    code = "quote_changed"
    status = 409


@dataclass(frozen=True)
class Promised:
    """What a signed quote says."""

    lines: list[list[int]]
    sales_channel: str
    location_id: int | None
    coupon: str
    currency: str
    total: int
    versions: dict[str, dict[str, int]]
    made_at: str
    valid_until: str

    @property
    def wanted(self) -> list[Wanted]:
        """The goods it is for."""
        return [Wanted(variant, quantity) for variant, quantity in self.lines]


def sign(
    wanted: Sequence[Wanted],
    *,
    sales_channel: SalesChannel,
    location_id: int | None = None,
    coupon: Coupon | None = None,
    lasts: timedelta = LASTS,
    at: datetime,
) -> str:
    """Quote a basket and sign it; raises NotForSale. It holds no personal data, so a code given to one stays out."""
    priced = quote(wanted, sales_channel=sales_channel, location_id=location_id, coupon=coupon, at=at)
    promised = Promised(
        lines=[[line.variant_id, line.quantity] for line in priced.lines],
        sales_channel=sales_channel.code,
        location_id=location_id,
        coupon=coupon.code if coupon else "",
        currency=priced.currency,
        total=priced.total,
        versions=priced.versions,
        made_at=at.isoformat(),
        valid_until=(at + lasts).isoformat(),
    )
    return signing.dumps(asdict(promised), salt=SALT, compress=True)


def read(token: str) -> Promised:
    """What a token says, whoever shows it; raises QuoteUnknown."""
    try:
        return Promised(**signing.loads(token, salt=SALT))
    except (signing.BadSignature, TypeError, ValueError) as problem:
        raise QuoteUnknown("this offer is not known") from problem


def honor(token: str, *, coupon: Coupon | None = None, at: datetime) -> Quote:
    """The quote as it was made, in whatever channel it is shown; raises QuoteUnknown, QuoteEnded or QuoteChanged."""
    promised = read(token)
    channel = SalesChannel.objects.get(code=promised.sales_channel)
    made_at, until = parse_datetime(promised.made_at), parse_datetime(promised.valid_until)
    if made_at is None or until is None:
        raise QuoteUnknown("this offer is not known")

    def as_of(instant: datetime) -> Quote:
        return quote(
            promised.wanted, sales_channel=channel, location_id=promised.location_id, coupon=coupon, at=instant
        )

    if at >= until:
        now = as_of(at)
        raise QuoteEnded("this offer has ended", total=now.total, promised=promised.total, currency=now.currency)
    then = as_of(made_at)
    if then.total != promised.total:
        now = as_of(at)
        raise QuoteChanged(
            "this offer cannot be kept; please look at the new total",
            total=now.total,
            promised=promised.total,
            currency=now.currency,
        )
    return then


def qr_code(token: str) -> str:
    """The offer as a picture to be printed, in SVG."""
    return segno.make(token, error="l").svg_inline(scale=3)
