"""Every page of the store that a clerk can reach, on a phone of 360 pixels: nothing sticks out, the keyboard's focus is
seen everywhere, and the browser has nothing to complain of. All names and numbers are as long as they may be."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from commerce import clock
from commerce.carts import handing
from commerce.catalog.models import Product
from commerce.customers.models import Person
from commerce.rest.doors import DOORS
from commerce.timeline.actors import VISITOR
from orders.models import Todo
from orders.todos import open_todo
from tests import factories
from tests.commerce.rest.test_object_scope import paths
from tests.orders.shop import Shop, open_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Cafetera-exprés-automática-de-acero-inoxidable-con-molinillo-integrado"
NO_PAGES = {"store-cart-live"}
"""What a page asks for by itself."""
WATCH = """
window.unseen = new Set();
document.addEventListener("focusin", event => {
  const look = getComputedStyle(event.target);
  if (look.outlineStyle === "none" && look.boxShadow === "none") unseen.add(event.target.outerHTML.slice(0, 120));
});
"""
TABS = 40
WIDEST = """
(() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return "";
  const right = e => e.getBoundingClientRect().right;
  const out = [...document.querySelectorAll("body *")].filter(e => right(e) > root.clientWidth + 1);
  return "sticks out: " + out.slice(-1).map(e => e.outerHTML.slice(0, 160));
})()
"""


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    """A small phone of somebody who reads Spanish."""
    return {**browser_context_args, "viewport": {"width": 360, "height": 740}, "locale": "es-ES"}


@pytest.fixture
def pages(phone: Page, live_server: LiveServer) -> dict[str, str]:
    """Name → address of every page under /store/, for a clerk who has something in hand on each of them."""
    shop = open_shop()
    shop.mug.sku = "CAF-" + "0123456789" * 5
    shop.mug.save()
    reached = paths(shop)
    Product.objects.update(title=f"{LONG} {LONG}")
    Person.objects.update(given_name="Maximiliano-Wolfeschlegelstein", family_name="Bergerdorff-Hausenbergerdorff")
    cause = f"9 × {shop.mug.sku} of order 1001 were sold by a till that was offline"
    open_todo(Todo.Kind.OVERSOLD, "x", order=None, cause=cause, location_id=shop.store.pk, at=clock.now())
    clerk = in_hand(shop)
    cookie = clerk.cookies[settings.SESSION_COOKIE_NAME].value
    phone.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    names = [name for name, methods in DOORS.items() if name.startswith("store-") and "GET" in methods]
    here = f"{live_server.url}/store/"
    found = {name: f"{live_server.url}{reached[name]}" for name in names if name not in NO_PAGES}
    return found | {"stores": here, "store": f"{here}centro/", "store, searched": f"{here}centro/?q=cafetera"}


def in_hand(shop: Shop) -> Client:
    """A clerk who has begun everything: a sale, a customer's cart, a delivery, a count."""
    clerk = Client()
    clerk.force_login(factories.staff("store", shop.store))
    code = handing.hand_off(shop.cart(2), by=VISITOR, channel="web", at=clock.now()).code
    for address, said in (
        ("sell/put/", {"sku": shop.mug.sku, "quantity": 2, "version": 1}),
        ("cart/take/", {"code": code}),
        ("receive/", {"q": shop.mug.sku}),
        ("count/", {"q": shop.mug.sku}),
    ):
        answer = clerk.post(f"/store/{shop.store.code}/{address}", said)
        assert answer.status_code in (200, 302), (address, answer.content)
    return clerk


def test_every_page_of_a_store_fits_a_phone_and_shows_where_the_keyboard_is(phone: Page, pages: dict[str, str]) -> None:
    faults: dict[str, object] = {}
    phone.add_init_script(WATCH)
    for name, address in pages.items():
        answer = phone.goto(address)
        for _ in range(min(phone.locator("a, button, input, select, textarea, summary").count(), TABS)):
            phone.keyboard.press("Tab")
        unseen = phone.evaluate("[...unseen]")
        if answer is None or answer.status != 200 or phone.evaluate(WIDEST) or unseen:
            faults[name] = (answer and answer.status, phone.evaluate(WIDEST), unseen[:3])

    assert faults == {}, faults
    assert len(pages) >= 17
