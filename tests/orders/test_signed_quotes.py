"""An agent's price is bought on the web, in the store and by phone: once, until it ends, never silently."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from commerce import clock
from commerce.carts import offers
from commerce.carts.models import Cart
from commerce.pricing.models import PriceList
from commerce.pricing.publishing import set_prices
from commerce.promotions.models import Coupon
from commerce.quotes import signed
from commerce.quotes.models import SignedQuote
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry
from orders import abandoning, checkout
from orders.cancel import cancel
from orders.drafting import PriceChanged
from orders.models import Order
from tests.factories import MONDAY, coupon, person, promotion
from tests.orders.calling import CARTS, EVA, check_out, post
from tests.orders.checking_out import STAMP, terms, types

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def ten(shop):
    """A promotion of today, which ends before the offer does."""
    return promotion(value=1000, ends_at=clock.now() + HOUR)


def promised(shop, quantity=2, *, at=MONDAY, **options):
    return offers.promise(shop.cart(quantity), by=SYSTEM, channel="call_center", at=at, **options)


def dearer(shop, amount=2000):
    set_prices(PriceList.objects.get(), {shop.mug.pk: (amount, None)}, at=MONDAY + HOUR)


def test_made_by_phone_it_is_bought_on_the_web_after_the_price_rose(shop, agent, ten):
    cart = post(agent, CARTS, {"lines": [{"sku": "TAZA", "quantity": 2}]}).json()
    offer = post(agent, f"{CARTS}{cart['id']}/signed-quotes/", {"valid_hours": 24}).json()
    ten.is_active = False
    ten.save()
    web = Client()
    hers = post(web, CARTS, {}).json()

    shown = web.put(f"{CARTS}{hers['id']}/signed-quote/", {"quote": offer["code"]}, content_type="application/json")
    order = check_out(web, hers["id"], 2250, **EVA)

    assert (offer["total"], shown.json()["total"], shown.json()["signed"]) == (2250, 2250, offer["code"])
    assert shown.json()["signed_quote"]["obstacle"] == ""
    assert (order["total"], web.get(f"/api/v1/signed-quotes/{offer['id']}/").json()["is_used"]) == (2250, True)
    journey = Order.objects.get().journey
    assert "quote.honored" in list(Entry.objects.filter(journey=journey).values_list("type", flat=True))


@pytest.mark.parametrize("shown", ["code", "token"])
def test_a_clerk_shows_it_at_the_checkout_itself(shop, clerk, shown):
    offer = promised(shop, at=clock.now())
    set_prices(PriceList.objects.get(), {shop.mug.pk: (2000, None)}, at=clock.now())
    cart = post(clerk, CARTS, {"lines": [{"sku": "TAZA", "quantity": 2}]}).json()

    order = check_out(clerk, cart["id"], 2500, signed_quote=signed.as_dict(offer)[shown], **EVA)

    assert (cart["total"], order["total"]) == (4000, 2500)
    assert SignedQuote.objects.get().demand == order["id"]


def test_used_once_the_next_purchase_is_told_the_new_total(shop, clerk):
    offer = promised(shop, at=clock.now())
    set_prices(PriceList.objects.get(), {shop.mug.pk: (2000, None)}, at=clock.now())
    carts = [post(clerk, CARTS, {"lines": [{"sku": "TAZA", "quantity": 2}]}).json() for _ in range(2)]
    check_out(clerk, carts[0]["id"], 2500, signed_quote=offer.code, **EVA)

    told = check_out(clerk, carts[1]["id"], 2500, signed_quote=offer.code, answered=409, **EVA)

    assert (told["code"], told["promised"], told["total"]) == ("quote_used", 2500, 4000)


def test_after_its_end_the_checkout_refuses_with_the_new_total(shop):
    offer = promised(shop)
    dearer(shop)
    cart = offers.put(shop.cart(2), shown=offer.code, **STAMP)
    late = STAMP | {"at": offer.valid_until}

    with pytest.raises(signed.QuoteEnded) as refusal, transaction.atomic():
        checkout.buy(cart, terms=terms(2500, shop.store), tender="manual", **late)

    assert (refusal.value.facts["promised"], refusal.value.facts["total"]) == (2500, 4000)
    assert not Order.objects.exists()


def test_with_other_goods_it_neither_goes_onto_a_cart_nor_stays_silently_off(shop):
    offer = promised(shop)
    with pytest.raises(offers.QuoteForOtherGoods):
        offers.put(shop.cart(3), shown=offer.code, **STAMP)

    cart = offers.put(shop.cart(2), shown=offer.code, **STAMP)
    offers.edits.set_quantity(cart, variant=shop.mug, quantity=3, **STAMP)
    shown = offers.price(cart, offers.wanted_in(cart), at=MONDAY)

    assert (shown.quote.total, shown.obstacle) == (3750, "goods_differ")
    with pytest.raises(offers.QuoteForOtherGoods):
        checkout.buy(cart, terms=terms(2500, shop.store), tender="manual", **STAMP)


def test_a_cart_without_an_offer_is_told_of_a_new_price_as_before(shop):
    cart = shop.cart(2)
    dearer(shop)

    with pytest.raises(PriceChanged):
        checkout.buy(cart, terms=terms(2500, shop.store), tender="manual", **STAMP | {"at": MONDAY + 2 * HOUR})


def test_a_checkout_that_comes_to_nothing_gives_it_back_with_its_coupon(shop):
    once = coupon("UNA", use_limit=1)
    offer = offers.promise(shop.cart(2, coupon=once), by=SYSTEM, channel="call_center", at=MONDAY)
    cart = offers.put(shop.cart(2), shown=offer.code, **STAMP)
    draft = checkout.prepare(cart, terms=terms(2250, shop.store), **STAMP)
    assert SignedQuote.objects.get().demand == draft.public_id

    abandoning.give_up(draft, **STAMP)

    assert (SignedQuote.objects.get().demand, Coupon.objects.get().uses_held) == ("", 1)
    cart = Cart.objects.get(pk=cart.pk)
    order = checkout.buy(cart, terms=terms(2250, shop.store), tender="manual", **STAMP)
    assert (SignedQuote.objects.get().demand, Coupon.objects.get().uses_redeemed) == (order.public_id, 1)
    cancel(order, **STAMP)
    assert (SignedQuote.objects.get().demand, Coupon.objects.get().uses_held) == ("", 1)


def test_bound_to_a_person_it_is_not_for_whoever_heard_the_code(shop, lucia):
    hers = shop.cart(2, person=lucia)
    offer = offers.promise(hers, is_bound=True, by=SYSTEM, channel="call_center", at=MONDAY)

    with pytest.raises(signed.QuoteNotYours):
        offers.put(shop.cart(2, person=person("Mar")), shown=offer.code, **STAMP)

    assert offers.put(hers, shown=offer.code, **STAMP).signed_quote == offer
    assert types().count("cart.quote_applied") == 1


def test_only_staff_promise_prices(client, shop, clerk):
    cart = post(client, CARTS, {"lines": [{"sku": "TAZA", "quantity": 1}]}).json()["id"]

    answers = [post(who, f"{CARTS}{cart}/signed-quotes/", {}).status_code for who in (client, clerk)]

    assert answers == [401, 201]


def test_the_page_of_an_offer_is_printed_and_bought_from(client, shop):
    offer = promised(shop, at=clock.now())
    page = f"/offers/{offer.public_id}/"

    shown = client.get(page).content.decode()
    client.post(page)

    assert offer.code in shown
    assert "<svg" in shown
    assert "pvp v1" in shown
    cart = Cart.objects.latest("pk")
    assert (cart.signed_quote, cart.lines.get().quantity) == (offer, 2)
    assert offer.code in client.get("/cart/").content.decode()


def test_one_field_on_the_cart_page_takes_either_code(client, shop):
    offer = promised(shop, at=clock.now())
    coupon("DIEZ")
    client.post("/cart/add/", {"sku": "TAZA", "quantity": 2})

    for version, code in ((1, "diez"), (2, offer.code)):
        client.post("/cart/code/", {"code": code, "version": version})
    both = Cart.objects.latest("pk")
    client.post("/cart/code/", {"code": "", "offer": "1", "version": 3})

    assert (both.coupon.code, both.signed_quote) == ("DIEZ", offer)
    assert Cart.objects.latest("pk").signed_quote is None
