"""A price told on the phone is honored in the store: kept until it ends, or refused with the new total."""

from datetime import timedelta

import pytest

from commerce.pricing.models import PriceList
from commerce.pricing.publishing import set_prices
from commerce.promotions.models import Promotion
from commerce.quotes import signed
from commerce.quotes.reckoning import Wanted
from tests.factories import MONDAY, promotion, sales_channel, variant

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=5)


@pytest.fixture
def cup():
    return variant(price=1000)


@pytest.fixture
def token(cup):
    return signed.sign([Wanted(cup.pk, 3)], sales_channel=sales_channel("call_center"), at=MONDAY)


def test_a_price_that_changed_meanwhile_is_kept_until_the_offer_ends(cup, token):
    set_prices(PriceList.objects.get(), {cup.pk: (1500, None)}, at=MONDAY + timedelta(hours=1))
    promotion(value=500, starts_at=MONDAY + timedelta(hours=1))

    kept = signed.honor(token, at=LATER)

    assert (kept.total, kept.lines[0].quantity) == (3000, 3)


def test_an_offer_that_ended_is_refused_with_the_new_total(cup, token):
    set_prices(PriceList.objects.get(), {cup.pk: (1500, None)}, at=MONDAY + timedelta(hours=1))

    with pytest.raises(signed.QuoteEnded) as refusal:
        signed.honor(token, at=MONDAY + signed.LASTS)

    assert (refusal.value.facts["promised"], refusal.value.facts["total"]) == (3000, 4500)


def test_what_was_changed_in_hindsight_is_refused_and_never_silently_another(cup):
    ten = promotion(value=1000)
    token = signed.sign([Wanted(cup.pk, 3)], sales_channel=sales_channel(), at=MONDAY)
    Promotion.objects.filter(pk=ten.pk).update(value=500)

    with pytest.raises(signed.QuoteChanged) as refusal:
        signed.honor(token, at=LATER)

    assert (refusal.value.facts["promised"], refusal.value.facts["total"]) == (2700, 2850)


def test_an_offer_of_somebody_elses_making_is_not_known(token):
    for forged in ("", "x", token[:-1] + ("a" if token[-1] != "a" else "b"), token.upper()):
        with pytest.raises(signed.QuoteUnknown):
            signed.honor(forged, at=LATER)


def test_it_can_be_printed_as_a_qr_code(token):
    assert signed.qr_code(token).startswith("<svg")
