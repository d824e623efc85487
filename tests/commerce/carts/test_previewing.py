"""What a promotion would change is seen before it is saved: prices, baskets and margins, and nothing is kept."""

import pytest

from commerce.carts import edits, previewing
from commerce.pricing.models import PriceList
from commerce.promotions.models import Promotion, PromotionVersion
from commerce.timeline.actors import VISITOR
from tests.factories import LONG_AGO, MONDAY, promotion, sales_channel, staff, variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def goods():
    """A cup that costs us 5 euros, a towel whose cost nobody knows, and two carts."""
    cup, towel = variant(sku="TAZA", price=1210, cost=500), variant(sku="TOALLA", price=2000)
    web = sales_channel()
    edits.open_cart(sales_channel=web, lines=[(cup, 2)], by=VISITOR, at=MONDAY)
    edits.open_cart(sales_channel=web, lines=[(towel, 1)], by=VISITOR, at=MONDAY)
    return cup, towel


def saved(**fields):
    products = fields.pop("products", [])

    def save():
        made = Promotion(**{"name": "Diez", "kind": "percentage", "value": 1000, "starts_at": LONG_AGO} | fields)
        made.save()
        made.products.set(products)
        return made

    return save


def test_a_new_one_is_measured_in_prices_baskets_and_margin(goods):
    cup, _ = goods

    effect = previewing.look(saved(value=6000, products=[cup.product]), before=None, at=MONDAY)

    assert effect.units == [previewing.UnitChange("TAZA", 1210, 484, 5000, -2500)]
    assert (effect.units_seen, effect.below_cost) == (2, 1)
    assert (effect.baskets, effect.baskets_seen, effect.total_before, effect.total_after) == (1, 2, 2420, 968)
    assert (effect.margin_before, effect.margin_after) == (5000, -2500)
    assert (Promotion.objects.count(), PromotionVersion.objects.count()) == (0, 0)


def test_without_a_cost_there_is_no_margin(goods):
    effect = previewing.look(saved(), before=None, at=MONDAY)

    assert [(unit.sku, unit.margin_after) for unit in effect.units] == [("TAZA", 4444), ("TOALLA", None)]
    assert effect.baskets == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"needs_coupon": True},
        {"is_first_purchase": True},
        {"customer_group": "staff"},
        {"starts_at": MONDAY.replace(year=2027)},
    ],
)
def test_it_is_measured_for_whoever_may_have_it_when_it_begins(goods, fields):
    assert previewing.look(saved(**fields), before=None, at=MONDAY).baskets == 2


def test_of_a_change_the_version_before_is_what_it_is_compared_with(goods):
    standing = promotion(value=1000)

    def save():
        changed = Promotion.objects.get()
        changed.value = 500
        changed.save()
        return changed

    effect = previewing.look(save, before=standing, at=MONDAY)

    assert [(unit.before, unit.after) for unit in effect.units] == [(1089, 1149), (1800, 1900)]
    standing.refresh_from_db()
    assert (standing.value, standing.version) == (1000, 1)


def test_what_a_basket_would_no_longer_hold_costs_us_nothing_either():
    cup, plate = variant(price=1210, cost=500), variant(price=None, cost=500)
    plate.prices.create(
        price_list=PriceList.objects.create(code="platos", currency="EUR"), amount=1210, starts_at=LONG_AGO
    )
    edits.open_cart(sales_channel=sales_channel(), lines=[(cup, 1), (plate, 1)], by=VISITOR, at=MONDAY)
    pvp = PriceList.objects.get(code="pvp")

    def end():
        ended = PriceList.objects.get(pk=pvp.pk)
        ended.is_active = False
        ended.save()
        return ended

    effect = previewing.look(end, before=pvp, at=MONDAY)

    assert (effect.total_before, effect.total_after) == (2420, 1210)
    assert (effect.margin_before, effect.margin_after) == (5000, 5000)


def test_what_changes_nothing_says_so(goods):
    effect = previewing.look(saved(minimum_total=10**9), before=None, at=MONDAY)

    assert (effect.units, effect.baskets, effect.total_before, effect.margin_before) == ([], 0, 0, None)


def test_in_the_back_office_it_is_looked_at_first_and_published_by_a_second_button(goods, client):
    client.force_login(staff("back_office"))
    add = "/admin/promotions/promotion/add/"
    said = {
        "name": "Diez",
        "names": "{}",
        "kind": "percentage",
        "value": "1000",
        "tiers": "[]",
        "minimum_total": "0",
        "minimum_quantity": "0",
        "priority": "0",
        "combines": "on",
        "is_active": "on",
        "starts_at_0": "2020-01-01",
        "starts_at_1": "00:00:00",
        "ends_at_0": "",
        "ends_at_1": "",
    }

    looked = client.post(add, said | {"_look": "1"})
    page = looked.content.decode()
    kept = Promotion.objects.count()
    wrong = client.post(add, said | {"kind": "n_for_m", "_look": "1"})
    client.post(add, dict(looked.context["said"]) | {"_save": "1"})

    assert "2 of 2 variants would cost something else, 0 of them below cost" in page
    assert (kept, wrong.context["adminform"].form.is_valid()) == (0, False)
    assert Promotion.objects.get().value == 1000


def test_a_lists_own_time_place_and_rank_are_looked_at_too_and_what_would_no_longer_be_sold(goods, client):
    pvp = PriceList.objects.get()
    client.force_login(staff("back_office"))
    said = {"code": "pvp", "currency": "EUR", "tax_included": "on", "timezone": "Europe/Madrid", "rank": "0"}

    looked = client.post(f"/admin/pricing/pricelist/{pvp.pk}/change/", said | {"_look": "1"})  # no more active

    assert [(unit.sku, unit.before, unit.after) for unit in looked.context["effect"].units] == [
        ("TAZA", 1210, None),
        ("TOALLA", 2000, None),
    ]
    assert PriceList.objects.get().is_active
    assert "Look at what it would change" in client.get(f"/admin/pricing/pricelist/{pvp.pk}/change/").content.decode()
