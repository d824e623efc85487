"""A price told in one channel is honored in the others: kept until it ends, proven by a till that cannot ask us."""

import base64
from datetime import timedelta

import jwt
import pytest

from commerce.pricing.models import PriceList
from commerce.pricing.publishing import set_prices
from commerce.promotions.models import Coupon
from commerce.promotions.uses import CouponUsedUp, hold
from commerce.quotes import signed, tokens
from commerce.quotes.reckoning import Wanted
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from commerce.timeline.record import open_journey
from tests.factories import MONDAY, coupon, person, promotion, sales_channel, variant

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=5)
AGENT = Actor("staff", "7")


@pytest.fixture
def cup():
    return variant(price=1000)


def made(cup, *, at=MONDAY, **options):
    return signed.make(
        [Wanted(cup.pk, 3)],
        sales_channel=sales_channel("call_center"),
        journey=open_journey(at=at),
        by=AGENT,
        channel="call_center",
        at=at,
        **options,
    )


def test_it_says_goods_channel_versions_total_and_end_and_stands_on_the_timeline(cup):
    quote = made(cup)

    [entry] = Entry.objects.filter(journey=quote.journey)
    said = signed.as_dict(quote)
    assert (said["total"], said["currency"], said["sales_channel"]) == (3000, "EUR", "call_center")
    assert said["versions"] == {"price_lists": {"pvp": 1}, "promotions": {}}
    assert (entry.type, entry.data["total"], entry.actor) == ("quote.signed", 3000, "staff:7")


def test_a_till_proves_it_by_public_keys_alone(cup):
    quote = made(cup)

    keys = tokens.key_set()["keys"]
    found = signed.prove_offline(signed.address_of(quote), keys=keys, at=LATER)

    assert set(keys[0]) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert (found.code, found.total, found.lines) == (quote.code, 3000, [[cup.pk, 3, 1000, 0, 3000]])
    assert (found.made_at, found.valid_until) == (MONDAY, MONDAY + signed.LASTS)
    with pytest.raises(signed.QuoteEnded):
        signed.prove_offline(signed.token_of(quote), keys=keys, at=quote.valid_until)


def test_a_token_that_was_changed_or_made_by_others_is_not_known(cup, settings):
    token = signed.token_of(made(cup))
    head, body, mark = token.split(".")
    cheaper = base64.urlsafe_b64encode(base64.urlsafe_b64decode(body + "==").replace(b"3000", b"1000")).rstrip(b"=")
    keys = tokens.key_set()["keys"]
    settings.SECRET_KEY = "somebody else's"
    foreign = tokens.sign({"jti": "X"})

    for forged in ("", "x", "a.b.c", f"{head}.{cheaper.decode()}.{mark}", f"{head}.{body}.", token[:-4], foreign):
        with pytest.raises(signed.QuoteUnknown):
            signed.prove_offline(forged, keys=keys, at=LATER)


def test_a_token_of_another_purpose_or_algorithm_is_none(cup):
    keys = tokens.key_set()["keys"]
    claims = {"jti": made(cup).code}
    for key, algorithm in (("", "none"), (keys[0]["x"] * 2, "HS256")):
        forged = jwt.encode(claims, key, algorithm=algorithm, headers={"kid": keys[0]["kid"], "typ": tokens.TYPE})
        with pytest.raises(signed.QuoteUnknown):
            signed.find(forged)


def test_when_the_secret_changes_the_old_one_proves_what_it_signed_as_long_as_it_is_listed(cup, settings):
    token, first = signed.token_of(made(cup)), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [first]

    assert signed.prove_offline(token, keys=tokens.key_set()["keys"], at=LATER).total == 3000

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(signed.QuoteUnknown):
        signed.prove_offline(token, keys=tokens.key_set()["keys"], at=LATER)


def test_what_was_told_is_kept_whatever_changes_meanwhile(cup):
    ten = promotion(value=1000)
    quote = made(cup)
    set_prices(PriceList.objects.get(), {cup.pk: (1500, None)}, at=MONDAY + timedelta(hours=1))
    ten.value, ten.name = 500, "other"
    ten.save()

    found = signed.find(quote.code.lower())
    now = signed.quote([Wanted(cup.pk, 3)], sales_channel=sales_channel(), at=LATER)

    kept = signed.as_told(found, now=now)
    assert (kept.total, kept.lines[0].unit_price, kept.lines[0].discount, now.total) == (2700, 1000, 300, 4275)
    assert kept.signed == quote.code


@pytest.mark.parametrize(
    ("quantity", "after", "used", "why"),
    [
        (3, timedelta(hours=5), "", ""),
        (2, timedelta(hours=5), "", "goods_differ"),
        (3, signed.LASTS, "", "ended"),
        (3, timedelta(hours=5), "ORDER", "used"),
    ],
)
def test_it_prices_exactly_its_goods_until_it_ends_and_once(cup, quantity, after, used, why):
    quote = made(cup)
    quote.demand = used

    assert signed.obstacle(quote, wanted=[Wanted(cup.pk, quantity)], person=None, at=MONDAY + after) == why


def test_one_that_is_bound_is_for_that_person_also_when_she_turns_out_to_be_another(cup):
    ana, eva = person("Ana"), person("Eva")
    quote = made(cup, person=ana, is_bound=True)
    ana.root = eva
    ana.save()

    whys = [
        signed.obstacle(signed.find(quote.code), wanted=[Wanted(cup.pk, 3)], person=who, at=LATER)
        for who in (None, person("Mar"), ana, eva)
    ]

    assert whys == ["not_yours", "not_yours", "", ""]


def test_its_coupon_is_held_until_it_ends_or_is_given_to_the_order(cup):
    once = coupon("UNA", use_limit=1)
    quote = made(cup, coupon=once)

    with pytest.raises(CouponUsedUp):
        hold(once, demand="OTHER", person=None, at=LATER, expires_at=None)
    signed.take(quote, demand="ORDER")
    signed.give_coupon(quote, at=LATER)
    hold(once, demand="ORDER", person=None, at=LATER, expires_at=None)
    assert Coupon.objects.get().uses_held == 1

    with pytest.raises(signed.QuoteUsed):
        signed.take(quote, demand="ANOTHER")


def test_it_can_be_printed_as_a_code_that_a_phone_and_a_till_read(cup):
    quote = made(cup)

    assert signed.picture_of(quote).startswith("<svg")
    assert signed.find(signed.address_of(quote)) == quote
