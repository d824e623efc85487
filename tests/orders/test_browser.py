"""A purchase on a phone with nothing but a keyboard, in a real browser."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from commerce.catalog.models import Variant
from orders.models import Order
from tests import factories

expect.set_options(timeout=20_000)  # build machines are busy

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    """A small phone of somebody who reads Spanish."""
    return {**browser_context_args, "viewport": {"width": 360, "height": 740}, "locale": "es-ES"}


@pytest.fixture
def mug() -> Variant:
    centro = factories.location("centro", name="Centro", street="Calle Mayor 1", city="Madrid")
    factories.sales_channel(locations=(centro,))
    variant = factories.variant(price=990)
    factories.stock(variant, centro, on_hand=9)
    return variant


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus says these words, and see that the focus can be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        said = page.evaluate(
            "(e => [e.innerText, e.getAttribute('aria-label'), e.labels?.[0]?.innerText].join(' '))"
            "(document.activeElement)"
        )
        if words in said:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    pytest.fail(f"no way to “{words}” by keyboard")


def fits(page: Page) -> bool:
    """Whether nothing sticks out of a narrow screen."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_mug_is_bought_for_pickup_with_the_keyboard_alone(phone: Page, live_server: LiveServer, mug: Variant) -> None:
    phone.goto(f"{live_server.url}/p/{mug.product.handle}/")
    widths = [fits(phone)]

    tab_to(phone, "Añadir a la cesta")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", name="Tu cesta")).to_be_visible()
    widths.append(fits(phone))
    tab_to(phone, "Tramitar el pedido")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", name="¿Cómo lo quieres?")).to_be_visible()
    widths.append(fits(phone))
    tab_to(phone, "Envío a casa")
    phone.keyboard.press("ArrowDown")
    tab_to(phone, "Nombre")
    phone.keyboard.type("Lucía Prado")
    tab_to(phone, "Correo electrónico")
    phone.keyboard.type("lucia@example.com")
    tab_to(phone, "Comprar ahora")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", name="Lo estamos preparando")).to_be_visible()
    widths.append(fits(phone))

    order = Order.objects.get()
    assert phone.url == f"{live_server.url}/o/{order.public_id}/"
    assert (order.status, order.total, order.pickup_at.code) == ("placed", 990, "centro")
    assert widths == [True] * 4


def test_a_quantity_changes_in_place_and_keeps_the_focus(phone: Page, live_server: LiveServer, mug: Variant) -> None:
    phone.goto(f"{live_server.url}/p/{mug.product.handle}/")
    phone.get_by_role("button", name="Añadir a la cesta").click()
    more = phone.get_by_role("button", name="Una unidad más de")
    phone.wait_for_load_state()  # before the script stands, the same press sends the form and loads the page again

    more.focus()
    phone.keyboard.press("Enter")

    expect(phone.locator("#total")).to_have_text("19,80 €")
    expect(phone.locator("#badge")).to_contain_text("2")
    expect(more).to_be_focused()
