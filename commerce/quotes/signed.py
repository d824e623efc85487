"""A quote to carry elsewhere: signed, so that a price told in one channel is honored in the others until it ends.

What was told is kept, not reckoned again: whatever changes meanwhile, it is that price for exactly those goods, once.
It keeps no goods; a coupon in it is held until it ends. It may be bound to a person. After its end it is refused with
what the goods cost now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import segno
from django.conf import settings
from django.db import transaction

from commerce.channels.models import SalesChannel
from commerce.customers.models import Person
from commerce.ids import fold, spoken_code
from commerce.promotions import uses
from commerce.promotions.models import Coupon
from commerce.promotions.taking import Rule
from commerce.quotes import tokens
from commerce.quotes.happenings import QuoteSigned
from commerce.quotes.models import SignedQuote
from commerce.quotes.quote import quote
from commerce.quotes.reckoning import AppliedPromotion, Quote, QuotedLine, RefusedPromotion, Wanted
from commerce.quotes.tokens import QuoteUnknown
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.models import Journey
from commerce.timeline.record import record

LASTS = timedelta(days=2)
MOST = timedelta(days=30)
LETTERS = 10


class QuoteEnded(Problem):
    """The quote was good once; what the goods cost now stands in `total`."""

    code = "quote_ended"
    status = 409


class QuoteUsed(Problem):
    """Another purchase was made at this price; what the goods cost now stands in `total`."""

    code = "quote_used"
    status = 409


class QuoteNotYours(Problem):
    """The quote was made for somebody else."""

    code = "quote_not_yours"
    status = 409


class NothingToQuote(Problem):
    """There are no goods to promise a price for."""

    code = "nothing_to_quote"
    status = 422


@transaction.atomic
def make(
    wanted: Sequence[Wanted],
    *,
    sales_channel: SalesChannel,
    journey: Journey | int,
    location_id: int | None = None,
    coupon: Coupon | None = None,
    person: Person | None = None,
    by_hand: Rule | None = None,
    is_bound: bool = False,
    lasts: timedelta = LASTS,
    language: str = "",
    by: Actor,
    channel: str,
    at: datetime,
) -> SignedQuote:
    """Promise today's price of a basket until an instant; raises NothingToQuote, NotForSale, CouponUsedUp.

    What was priced for a person, by a code of hers or as a first purchase, is for her alone, asked or not.
    """
    told = quote(
        wanted,
        sales_channel=sales_channel,
        location_id=location_id,
        coupon=coupon,
        person=person,
        by_hand=by_hand,
        at=at,
        language=language,
    )
    if not told.lines:
        raise NothingToQuote("there are no goods to promise a price for")
    spent = coupon if coupon and told.spends(coupon.code) else None
    is_hers_alone = is_bound or told.is_first_purchase or (spent is not None and spent.person_id is not None)
    signed = SignedQuote.objects.create(
        code=spoken_code(LETTERS),
        journey_id=journey if isinstance(journey, int) else journey.pk,
        person_id=person.root_pk if person and is_hers_alone else None,
        sales_channel=sales_channel,
        location_id=location_id,
        coupon=spent,
        currency=told.currency,
        total=told.total,
        quote=told.as_dict(),
        made_at=at,
        valid_until=at + min(lasts, MOST),
    )
    if spent:
        hold_coupon(signed, spent, person=person, at=at)
    happening = QuoteSigned(
        signed.public_id, signed.total, signed.currency, signed.valid_until.isoformat(), signed.person_id is not None
    )
    record(journey, happening, by=by, channel=channel, at=at)
    return signed


def hold_coupon(signed: SignedQuote, coupon: Coupon, *, person: Person | None, at: datetime) -> None:
    """Keep a use of the coupon for whoever buys at this price."""
    uses.hold(
        coupon,
        demand=signed.public_id,
        person=person,
        sales_channel=signed.sales_channel,
        at=at,
        expires_at=signed.valid_until,
    )


def token_of(signed: SignedQuote) -> str:
    """What a till proves offline: lines, channel, versions, total and the end, without a word about a person."""
    lines = signed.quote["lines"]
    return tokens.sign(
        {
            "jti": signed.code,
            "iat": int(signed.made_at.timestamp()),
            "exp": int(signed.valid_until.timestamp()),
            "channel": signed.sales_channel.code,
            "currency": signed.currency,
            "total": signed.total,
            "lines": [
                [line["variant_id"], line["quantity"], line["unit_price"], line["discount"], line["total"]]
                for line in lines
            ],
            "versions": signed.quote["versions"],
            "bound": signed.person_id is not None,
        }
    )


@dataclass(frozen=True)
class Offline:
    """A quote as a till has it that cannot ask us: proven by our public keys alone."""

    code: str
    currency: str
    total: int
    lines: list[list[int]]
    versions: dict[str, dict[str, int]]
    is_bound: bool
    made_at: datetime
    valid_until: datetime


def prove_offline(token: str, *, keys: Sequence[Mapping[str, str]], at: datetime) -> Offline:
    """What a till does with a scanned quote; raises QuoteUnknown or QuoteEnded."""
    said = tokens.prove(token.rpartition("#")[2], keys=keys)
    found = Offline(
        code=said["jti"],
        currency=said["currency"],
        total=said["total"],
        lines=said["lines"],
        versions=said["versions"],
        is_bound=said["bound"],
        made_at=datetime.fromtimestamp(said["iat"], UTC),
        valid_until=datetime.fromtimestamp(said["exp"], UTC),
    )
    if at >= found.valid_until:
        raise QuoteEnded("this offer has ended", promised=found.total, currency=found.currency)
    return found


def find(shown: str) -> SignedQuote:
    """The quote behind a typed code, a scanned token or the address in the picture; raises QuoteUnknown."""
    code = shown
    if "." in shown or "#" in shown:
        code = tokens.prove(shown.rpartition("#")[2], keys=tokens.key_set()["keys"])["jti"]
    known = SignedQuote.objects.select_related("sales_channel", "coupon__person", "person")
    signed = known.filter(code=fold(code)[:12]).first()
    if signed is None:
        raise QuoteUnknown("this offer is not known")
    return signed


def obstacle(signed: SignedQuote, *, wanted: Sequence[Wanted], person: Person | None, at: datetime) -> str:
    """Why a quote does not price this basket now: goods_differ, ended, used, not_yours; empty if it does."""
    promised = {line["variant_id"]: line["quantity"] for line in signed.quote["lines"]}
    if {want.variant_id: want.quantity for want in wanted} != promised:
        return "goods_differ"
    if signed.demand:
        return "used"
    if at >= signed.valid_until:
        return "ended"
    if signed.person and (person is None or person.root_pk != signed.person.root_pk):
        return "not_yours"
    return ""


def as_told(signed: SignedQuote, *, now: Quote) -> Quote:
    """The quote as it was told. What takes something off the delivery is of now: no delivery was promised."""
    told = signed.quote
    return replace(
        now,
        currency=signed.currency,
        lines=tuple(QuotedLine(**line | {"promotions": tuple(line["promotions"])}) for line in told["lines"]),
        goods_total=told["goods_total"],
        discount_total=told["discount_total"],
        delivery_total=0,
        tax_total=told["tax_total"],
        total=told["total"],
        applied=tuple(AppliedPromotion(**promotion) for promotion in told["applied"]),
        refused=tuple(RefusedPromotion(**promotion) for promotion in told["refused"]),
        versions=told["versions"],
        is_greedy=told["is_greedy"],
        is_first_purchase=told["is_first_purchase"],
        signed=signed.code,
    )


def take(signed: SignedQuote, *, demand: str) -> None:
    """Let one order use it, and give the coupon that it held to that order; raises QuoteUsed."""
    free = SignedQuote.objects.filter(pk=signed.pk, demand__in=("", demand))
    if not free.update(demand=demand):
        raise QuoteUsed("another purchase was made at this price", promised=signed.total, currency=signed.currency)


def give_coupon(signed: SignedQuote, *, at: datetime) -> None:
    """Let go of the coupon that a quote holds: its order takes it in the same transaction."""
    if signed.coupon_id:
        uses.release(signed.public_id, at=at)


def release(demand: str, *, at: datetime) -> None:
    """Give back the quote of an order that came to nothing; doing it again changes nothing.

    Its coupon is held again until it ends: the order has given that back in the same transaction.
    """
    for signed in SignedQuote.objects.filter(demand=demand).select_related("coupon", "person", "sales_channel"):
        SignedQuote.objects.filter(pk=signed.pk).update(demand="")
        if signed.coupon and at < signed.valid_until:
            hold_coupon(signed, signed.coupon, person=signed.person, at=at)


def address_of(signed: SignedQuote) -> str:
    """What the picture says: a phone opens the page, a till reads what stands after the #, which no server is sent."""
    return f"{settings.PUBLIC_URL}/offers/{signed.public_id}/#{token_of(signed)}"


def picture_of(signed: SignedQuote) -> str:
    """The quote as a QR code in SVG; empty where it is too long for one: then its code is typed."""
    try:
        return segno.make(address_of(signed), error="l").svg_inline(scale=2)
    except segno.DataOverflowError:
        return ""


def as_dict(signed: SignedQuote) -> dict[str, Any]:
    """A signed quote as the API gives it."""
    return {
        "id": signed.public_id,
        "code": signed.code,
        "token": token_of(signed),
        "url": f"{settings.PUBLIC_URL}/offers/{signed.public_id}/",
        "sales_channel": signed.sales_channel.code,
        "currency": signed.currency,
        "total": signed.total,
        "lines": signed.quote["lines"],
        "versions": signed.quote["versions"],
        "made_at": signed.made_at,
        "valid_until": signed.valid_until,
        "is_bound": signed.person_id is not None,
        "is_used": bool(signed.demand),
    }
