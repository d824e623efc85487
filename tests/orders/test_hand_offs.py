"""A cart goes from any channel to any other and back: the same lines, code and price, over HTTP.

Six channels, each as its people use it: the web store on a laptop, a phone's browser (by QR), a clerk's page in a
store, a till (the API with its device key), the call center's desk, and a link that was sent into a chat.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from commerce.carts.models import Cart
from commerce.channels import devices
from tests import factories
from tests.commerce.carts.calling import log_in, post

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Shown:
    """What a channel shows of a cart."""

    lines: dict[str, int]
    code: str
    total: str


@dataclass
class Channel:
    """One way to give a cart and to take it up, and what it shows then."""

    begin: Callable[[], None]
    give: Callable[[], tuple[str, str]]
    take: Callable[[str, str], None]
    see: Callable[[], Shown]


def page(text: str) -> Shown:
    """A cart as a page shows it."""
    # the form beside a line names what it changes, and the quantity it shows
    lines = dict(re.findall(r'name="sku" value="([^"]+)"><input type="hidden" name="had" value="(\d+)"', text))
    code = re.search(r'<strong class="tag">([^<]+)</strong>', text)
    total = re.search(r'id="total">([^<]+)<', text)
    return Shown(
        {sku: int(units) for sku, units in lines.items()},
        code.group(1) if code else "",
        total.group(1).replace("\xa0", " ") if total else "",
    )


def secret_in(text: str) -> tuple[str, str]:
    """The code to say, and the code as the link has it: only a camera could read it, so it comes from the template."""
    return re.sub(r"\s", "", re.search(r'id="code"[^>]*>([^<]+)<', text).group(1)), ""


def web(by_link: bool = False) -> Channel:
    client = Client()

    def give() -> tuple[str, str]:
        shown = client.post("/cart/hand-off/", {"scope": "pay"})
        return secret_in(shown.content.decode())[0], shown.context["address"].rpartition("/take/")[2].strip("/")

    def take(code: str, secret: str) -> None:
        address, said = (f"/cart/take/{secret}/", {}) if by_link else ("/cart/take/", {"code": code})
        looked = client.get(address)
        assert looked.status_code == 200
        assert client.post(address, said).status_code == 302

    def begin() -> None:
        client.post("/cart/add/", {"sku": "TAZA", "quantity": "2"})
        client.post("/cart/add/", {"sku": "MANTA", "quantity": "1"})
        client.post("/cart/code/", {"code": "DIEZ", "version": Cart.objects.get().version})

    return Channel(begin, give, take, lambda: page(client.get("/cart/").content.decode()))


def staffed(user, home: str) -> Channel:
    client = log_in(user)

    def give() -> tuple[str, str]:
        shown = client.post(f"{home}give/")
        return secret_in(shown.content.decode())[0], shown.context["address"].rpartition("/take/")[2].strip("/")

    def take(code: str, secret: str) -> None:
        assert client.post(f"{home}take/", {"code": code}).status_code == 302

    def begin() -> None:
        client.post(f"{home}add/", {"sku": "TAZA", "quantity": "2"})
        client.post(f"{home}add/", {"sku": "MANTA", "quantity": "1"})
        client.post(f"{home}code/", {"code": "DIEZ", "version": Cart.objects.get().version})

    return Channel(begin, give, take, lambda: page(client.get(home).content.decode()))


def till(store) -> Channel:
    _, key = devices.issue("Caja 1", role="store", location=store, at=factories.MONDAY)
    client, held = Client(headers={"Authorization": f"Bearer {key}"}), {}

    def give() -> tuple[str, str]:
        given = post(client, f"/api/v1/carts/{held['id']}/hand-off/").json()
        return given["code"], given["token"]

    def take(code: str, secret: str) -> None:
        taken = post(client, "/api/v1/hand-offs/", {"code": code})
        assert taken.status_code == 200, taken.content
        held.update(id=taken.json()["cart"]["id"])

    def begin() -> None:
        lines = [{"sku": "TAZA", "quantity": 2}, {"sku": "MANTA", "quantity": 1}]
        held.update(id=post(client, "/api/v1/carts/", {"lines": lines, "code": "DIEZ"}).json()["id"])

    def see() -> Shown:
        cart = client.get(f"/api/v1/carts/{held['id']}/").json()
        lines = {line["sku"]: line["quantity"] for line in cart["lines"]}
        return Shown(lines, cart["code"], f"{cart['total'] / 100:.2f} €".replace(".", ","))

    return Channel(begin, give, take, see)


MAKE: dict[str, Callable[[], Channel]] = {
    "laptop": web,
    "phone": lambda: web(by_link=True),
    "store": lambda: staffed(factories.staff("store", factories.location("centro")), "/store/centro/cart/"),
    "till": lambda: till(factories.location("centro")),
    "desk": lambda: staffed(factories.staff("agent"), "/desk/cart/"),
    "chat": lambda: web(by_link=True),
}
WANTED = Shown({"TAZA": 2, "MANTA": 1}, "DIEZ", "58,32 €")


@pytest.fixture(autouse=True)
def shop() -> None:
    centro = factories.location("centro")
    for kind in ("web", "store", "call_center"):
        factories.sales_channel(kind, locations=(centro,))
    factories.variant(sku="TAZA", price=990)
    factories.variant(sku="MANTA", price=4500)
    factories.coupon("DIEZ", value=1000)


@pytest.mark.parametrize("giver", MAKE)
def test_a_cart_is_the_same_in_every_channel_it_is_handed_to_and_when_it_comes_back(giver: str) -> None:
    here, seen = MAKE[giver](), {}
    here.begin()

    for taker, make in MAKE.items():  # also another one of the same kind: a second phone, clerk or till
        there = make()
        there.take(*here.give())
        here.take(*there.give())
        seen[taker] = (there.see(), here.see())

    assert seen == dict.fromkeys(MAKE, (WANTED, WANTED))
    assert Cart.objects.count() == 1
