"""Goods received and counted on a phone of 360 pixels with nothing but a keyboard, in a real browser."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from inventory.models import Stock
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CAMERA = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["ean_13"]; }
  async detect() { return [{ rawValue: "2048000010016" }]; }
};
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").fillRect(0, 0, 9, 9);
  return canvas.captureStream(30);
};
"""
"""A camera that always sees the same barcode."""


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    """A small phone of somebody who reads Spanish."""
    return {**browser_context_args, "viewport": {"width": 360, "height": 740}, "locale": "es-ES"}


@pytest.fixture
def store(phone: Page, live_server: LiveServer) -> str:
    """The address of a store's pages, for a clerk of it; her browser must not complain."""
    centro = factories.location("centro", name="Centro")
    factories.sales_channel("store", locations=(centro,))
    factories.stock(factories.variant(sku="TAZA", barcode="2048000010016"), centro, on_hand=2)
    clerk = Client()
    clerk.force_login(factories.staff("store", centro))
    cookie = clerk.cookies[settings.SESSION_COOKIE_NAME].value
    phone.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    return f"{live_server.url}/store/centro"


def test_a_delivery_is_scanned_typed_and_booked_by_keyboard(page: Page, store: str) -> None:
    page.goto(f"{store}/receive/")
    page.keyboard.type("2048000010016\n")  # as a scanner types it: the search field has the focus
    quantity = page.get_by_label("Cantidad de Producto")
    expect(quantity).to_have_value("1")
    quantity.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("12")
    page.get_by_label("Número del albarán").focus()
    page.keyboard.type("ALB-1")
    page.get_by_role("button", name="Registrar").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("12 unidades están en la estantería.")).to_be_visible()
    assert Stock.objects.get().on_hand == 14


def test_no_page_of_the_floor_sticks_out_of_a_narrow_screen(page: Page, store: str) -> None:
    wide = []
    for name in ("", "?q=TAZA", "receive/", "transfers/", "count/", "explain/TAZA/"):
        page.goto(f"{store}/{name}")
        if not page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"):
            wide.append(name)

    assert wide == []


def test_a_camera_reads_the_barcode_where_the_browser_can(page: Page, store: str) -> None:
    page.add_init_script(CAMERA)
    page.goto(f"{store}/count/")

    page.get_by_role("button", name="Cámara").press("Enter")

    expect(page.get_by_label("Cantidad de Producto")).to_have_value("1")
