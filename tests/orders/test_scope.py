"""A cart that was handed on by the API is open as far as its code goes, and not a moment longer."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from commerce.carts.models import Cart
from commerce.channels import devices
from orders.models import Order
from tests import factories
from tests.commerce.carts.calling import CARTS, log_in, post
from tests.factories import MONDAY
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db

TAKE = "/api/v1/hand-offs/"


def begun(giver: Client) -> str:
    """The path of an anonymous cart."""
    return f"{CARTS}{post(giver, CARTS, {'lines': [{'sku': 'TAZA', 'quantity': 1}]}).json()['id']}/"


def handed(giver: Client, path: str, scope: str, *, to: Client) -> str:
    """The path by which the taker has it."""
    code = post(giver, f"{path}hand-off/", {"scope": scope}).json()["code"]
    return f"{CARTS}{post(to, TAKE, {'code': code}).json()['cart']['id']}/"


def adds(caller: Client, path: str) -> int:
    return post(caller, f"{path}lines/", {"sku": "TAZA", "quantity": 1}).status_code


def pays(caller: Client, path: str, shop: Shop, *, total: int = 1250) -> int:
    body = {"expected_total": total, "pickup_location": shop.store.code, "tender": "manual", "email": "x@example.com"}
    return post(caller, f"{path}checkout/", body).status_code


def a_till(shop: Shop) -> Client:
    _, key = devices.issue("Caja 1", role="store", location=shop.store, at=MONDAY)
    return Client(headers={"Authorization": f"Bearer {key}"})


TAKERS: dict[str, Callable[[Shop], Client]] = {
    "a phone": lambda shop: Client(),
    "somebody logged in": lambda shop: log_in(
        factories.person("Eva", email="eva@example.com", user=User.objects.create_user("eva")).user
    ),
    "a clerk": lambda shop: log_in(factories.staff("store", shop.store)),
    "a till": a_till,
}


@pytest.mark.parametrize("who", TAKERS)
def test_who_may_edit_can_neither_pay_nor_hand_on_to_pay_nor_end_nor_keep_it(shop: Shop, who: str) -> None:
    giver, taker = Client(), TAKERS[who](shop)
    path = begun(giver)

    taken = handed(giver, path, "edit", to=taker)

    assert adds(taker, taken) == 200
    assert (
        [
            pays(taker, taken, shop, total=2500),
            post(taker, f"{taken}hand-off/", {"scope": "pay"}).status_code,
            taker.delete(f"{taken}hand-off/").status_code,
            post(taker, f"{taken}claim/").status_code,
        ]
        == [403] * 4
        if who != "a phone"
        else [403, 403, 403, 401]
    )
    assert giver.get(path).status_code == 200
    assert not Order.objects.exists()


@pytest.mark.parametrize("who", TAKERS)
def test_when_the_sharing_ends_those_who_took_it_have_no_key_left(shop: Shop, who: str) -> None:
    giver, taker = Client(), TAKERS[who](shop)
    path = begun(giver)
    taken = handed(giver, path, "pay", to=taker)

    before = adds(taker, taken)
    giver.delete(f"{path}hand-off/")

    assert (before, adds(taker, taken), taker.get(taken).status_code) == (200, 404, 404)
    assert pays(taker, taken, shop, total=2500) == 404
    assert giver.get(path).json()["total"] == 2500


def test_the_taker_is_never_told_the_key_of_the_cart_and_hers_is_good_in_her_browser_alone(shop: Shop) -> None:
    giver, taker = Client(), Client()
    path = begun(giver)
    key = Cart.objects.get().public_id
    taken = handed(giver, path, "pay", to=taker)

    answers = [taker.get(TAKE), taker.get(taken), post(taker, f"{taken}lines/", {"sku": "TAZA", "quantity": 1})]

    assert {f"{CARTS}{(a.json().get('cart') or a.json())['id']}/" for a in answers} == {taken}
    assert [key in answer.content.decode() for answer in answers] == [False] * 3
    assert Client().get(taken).status_code == 404


def test_who_may_pay_goes_on_with_it_and_keeps_it_when_she_logs_in(shop: Shop) -> None:
    giver, eva = Client(), TAKERS["somebody logged in"](shop)
    taken = handed(giver, begun(giver), "pay", to=eva)

    hers = post(eva, f"{taken}claim/")

    assert hers.status_code == 200
    assert hers.json()["id"] == Cart.objects.get(person__given_name="Eva").public_id
    assert pays(eva, f"{CARTS}{hers.json()['id']}/", shop) == 201


def test_who_may_pay_pays(shop: Shop) -> None:
    giver, taker = Client(), Client()

    taken = handed(giver, begun(giver), "pay", to=taker)

    assert pays(taker, taken, shop) == 201
