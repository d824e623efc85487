"""VAT by category and place: where the goods go says whose rate applies, included in the price or on top of it."""

import pytest

from commerce.pricing.models import PriceList, TaxRate
from commerce.pricing.tax_places import tax_place
from orders import checkout, drafting
from orders.drafting import PriceChanged
from tests.factories import LONG_AGO
from tests.orders.checking_out import STAMP, terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def canarias(shop):
    shop.store.postal_code = "35001"
    shop.store.save()
    TaxRate.objects.create(country="ES-CN", category="standard", basis_points=700, starts_at=LONG_AGO)


PLACES = {
    ("ES", "28013"): "ES",
    ("ES", "35001"): "ES-CN",
    ("ES", " 38900"): "ES-CN",
    ("ES", "51001"): "ES-CE",
    ("ES", "52006"): "ES-ML",
    ("PT", "9500-001"): "PT-20",
    ("PT", "9000-001"): "PT-30",
    ("FR", "35000"): "FR",
}


def test_parts_of_a_country_with_taxes_of_their_own():
    assert {given: tax_place(*given) for given in PLACES} == PLACES


def test_included_the_total_stays_and_the_part_that_is_tax_is_of_the_place(shop, canarias):
    order = checkout.buy(shop.cart(1), terms=terms(1250, shop.store), tender="manual", **STAMP)

    assert (order.total, order.tax_total, order.lines.get().tax_basis_points) == (1250, 82, 700)


def test_on_top_the_total_is_of_the_place_and_told_before_anything_is_sold(shop, canarias):
    PriceList.objects.update(tax_included=False)
    cart = shop.cart(1)

    with pytest.raises(PriceChanged) as refusal:
        drafting.agreed(cart, terms=terms(1513, shop.store), at=STAMP["at"])
    order = checkout.buy(cart, terms=terms(1338, shop.store), tender="manual", **STAMP)

    assert refusal.value.facts["total"] == 1338
    assert (order.total, order.tax_total) == (1338, 88)
