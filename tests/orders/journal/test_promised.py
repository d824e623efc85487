"""A till that was offline sells at the price of a signed quote: proven by itself, booked without a difference, once."""

from datetime import timedelta

import pytest

from commerce.carts import offers
from commerce.clock import now
from commerce.pricing.models import PriceList
from commerce.pricing.publishing import set_prices
from commerce.quotes import signed, tokens
from commerce.quotes.models import SignedQuote
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry
from commerce.wiring import AUDITS
from orders.journal.models import Difference
from orders.models import Order
from tests.audits import violations
from tests.factories import coupon
from tests.orders.journal.sending import TillOf, line
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db
AGO = timedelta(hours=3)


@pytest.fixture
def offer(shop: Shop) -> SignedQuote:
    """Two mugs, promised by phone before they became dearer."""
    once = coupon("UNA", use_limit=1)
    made = offers.promise(shop.cart(2, coupon=once), by=SYSTEM, channel="call_center", at=now() - AGO)
    set_prices(PriceList.objects.get(), {shop.mug.pk: (2000, None)}, at=now() - AGO / 2)
    return made


def sold(shop: Shop, caja: TillOf, offer: SignedQuote, *, units: int = 2, at=None, **fields) -> list[str]:
    said = line(shop.mug, quantity=units) | {"discount": 125 * units, "total": 1125 * units}
    answer = caja.send(caja.sale(said, at=at, **({"quote": signed.token_of(offer)} | fields)))
    return answer.json()["facts"][0]["differences"]


def test_the_variance_is_nil_and_the_quote_and_its_coupon_are_used(shop: Shop, caja: TillOf, offer: SignedQuote):
    keys = tokens.key_set()["keys"]
    proven = signed.prove_offline(signed.address_of(offer), keys=keys, at=now())

    differences = sold(shop, caja, offer)

    assert (proven.total, differences) == (2250, [])
    assert SignedQuote.objects.get().demand == Order.objects.get().public_id
    entry = Entry.objects.get(type="quote.honored")
    assert (entry.data["total"], entry.data["variance"], entry.journey_id) == (2250, 0, Order.objects.get().journey_id)
    assert violations(*AUDITS) == []


def test_sold_a_second_time_the_sale_stands_and_the_difference_is_told(shop: Shop, caja: TillOf, offer: SignedQuote):
    answers = [sold(shop, caja, offer), sold(shop, caja, offer)]

    assert answers == [[], ["price", "quote"]]
    assert list(Difference.objects.filter(kind="quote").values_list("subject", flat=True)) == ["used"]


@pytest.mark.parametrize(
    ("fields", "subject"),
    [
        ({"quote": "NADIE"}, "unknown"),
        ({"units": 1}, "goods_differ"),
        ({"at": "late"}, "ended"),
    ],
)
def test_one_that_does_not_hold_is_a_difference(shop: Shop, caja: TillOf, offer: SignedQuote, fields, subject):
    if fields.pop("at", ""):
        SignedQuote.objects.update(valid_until=now() - AGO / 2)

    differences = sold(shop, caja, offer, **fields)

    assert differences == ["price", "quote"]
    assert Difference.objects.get(kind="quote").subject == subject
    assert SignedQuote.objects.get().demand == ""
