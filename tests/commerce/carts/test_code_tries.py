"""Codes cannot be guessed: every door where one is tried counts, by network address, and of the staff by herself."""

import pytest

from commerce.carts import api, api_offers, pages
from commerce.carts.models import Cart
from commerce.ids import fold
from commerce.promotions.uses import GUESSES
from commerce.rest.limits import network_address, spend
from orders import api_checkout
from tests.commerce.carts.calling import CARTS, log_in, opened, post, put
from tests.factories import coupon, sales_channel, staff, variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def used_up(rf):
    """Sixty tries from this address, within a moment."""
    for kind in ("web", "call_center"):
        sales_channel(kind)
    variant(sku="TAZA")
    coupon("DIEZ")
    address = network_address(rf.get("/"))
    for _ in range(GUESSES.count):
        spend(GUESSES, address)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", CARTS, {"code": "DIEZ"}),
        ("put", f"{CARTS}{{cart}}/coupon/", {"code": "DIEZ"}),
        ("put", f"{CARTS}{{cart}}/signed-quote/", {"quote": "DIEZ"}),
        ("post", f"{CARTS}{{cart}}/checkout/", {"signed_quote": "DIEZ", "expected_total": 1}),
    ],
)
def test_the_sixty_first_try_from_one_address_is_refused_at_every_door(client, used_up, method, path, body):
    cart = opened(client, ("TAZA", 1))["id"]

    answer = {"post": post, "put": put}[method](client, path.format(cart=cart), body)

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")


def test_on_pages_too_and_by_a_link_with_a_code(client, used_up):
    client.post("/cart/add/", {"sku": "TAZA", "quantity": 1})
    client.post("/cart/code/", {"code": "DIEZ", "version": 1})
    client.get("/?code=DIEZ")
    client.post("/cart/add/", {"sku": "TAZA", "quantity": 1})

    cart = Cart.objects.get()
    assert (cart.coupon, cart.lines.get().quantity) == (None, 2)


def test_carts_without_a_code_cost_no_try_and_staff_behind_the_same_address_have_their_own(client, used_up):
    agent = log_in(staff("agent"))

    assert post(client, CARTS, {"lines": [{"sku": "TAZA", "quantity": 1}]}).status_code == 201
    assert post(agent, CARTS, {"code": "diez"}).status_code == 201


def test_every_door_that_takes_a_code_says_so():
    assert api.CartsDoor.limits_of_fields == {"code": GUESSES}
    assert api_checkout.CheckoutDoor.limits_of_fields == {"signed_quote": GUESSES}
    assert GUESSES in api.CartCouponDoor.limits
    assert GUESSES in api_offers.CartSignedQuoteDoor.limits
    assert pages.GUESSES is GUESSES


@pytest.mark.parametrize("typed", ["d1ez-10", " DIEZ 10", "dІеz1o", "DIEZ１０", "ＤＩＥＺ10", "DlEZ IO"])
def test_case_spaces_and_look_alikes_of_any_script_are_one_code(typed):
    assert fold(typed) == fold("DIEZ10")
