"""The ways in by which each channel learns a price: the doors that shoppers, agents, stores and tills really use.

The desk, a store and a till come with the key of a machine that is made for the question and undone with it. The till
reckons by the document that its door gives out, proven by the keys that the API gives out, and proves by itself a
quote that the desk has signed.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.db import transaction
from django.test import Client

from commerce import clock
from commerce.channels import devices
from commerce.channels.models import Location, Role, SalesChannel
from commerce.parity.answers import Basket, LinePriced, NoAnswer, Priced
from commerce.pricing.models import PriceList
from commerce.promotions.models import Promotion
from commerce.quotes import till_copy
from commerce.quotes.quote import quote_what_sells
from commerce.quotes.reckoning import Wanted
from commerce.quotes.signed import prove_offline
from commerce.shopify import client as shopify
from commerce.shopify import prices as shopify_prices

CARTS = "/api/v1/carts/"
KEYS = "/api/v1/signed-quotes/keys/"
SNAPSHOT = "/api/v1/tills/snapshot/"
SIGNATURE = "Mostrador-Signature"


@dataclass(frozen=True)
class Answer:
    """What a door said."""

    status: int
    body: bytes
    headers: Mapping[str, str]


Send = Callable[[str, str, Mapping[str, Any] | None, str], Answer]
"""Method, path, body and key in; the answer out."""


@dataclass(frozen=True)
class Doors:
    """How doors are knocked at, and within what: in this process all that is made for a question is undone."""

    send: Send
    trial: Callable[[], AbstractContextManager[None]]


Price = Callable[[Basket], Priced]


@dataclass(frozen=True)
class Adapter:
    """A channel's way to a price, and what it should say: what we reckon for that channel and place ourselves.

    What is told elsewhere, by rules of its own, is compared with the other channels only.
    """

    name: str
    price: Price
    should: Price | None = None


@cache
def visitor() -> Client:
    """Somebody who knocks without a network; made once: what a request passes is slow to load."""
    return Client(raise_request_exception=False)


def within(method: str, path: str, body: Mapping[str, Any] | None, key: str) -> Answer:
    """Knock at our own doors without a network: the whole way of a request, in this process and transaction."""
    public = urlsplit(settings.PUBLIC_URL)
    headers = {"host": public.netloc} | ({"authorization": f"Bearer {key}"} if key else {})
    said = orjson.dumps(body) if body is not None else b""
    visitor().cookies.clear()
    answer = visitor().generic(
        method, path, said, content_type="application/json", secure=public.scheme == "https", headers=headers
    )
    return Answer(answer.status_code, answer.content, answer.headers)


@contextmanager
def nothing_stays() -> Iterator[None]:
    """Undo what was made for a question: carts, machines, quotes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


OURS = Doors(within, nothing_stays)


def adapters_now(doors: Doors = OURS) -> list[Adapter]:
    """Every channel's way to a price, as things are."""
    kinds = SalesChannel.Kind
    found = []
    web, desk = (SalesChannel.objects.filter(kind=kind).first() for kind in (kinds.WEB, kinds.CALL_CENTER))
    if web:
        found.append(Adapter("web API", by_cart(doors), reckoned(web)))
    if desk:
        found.append(Adapter("desk", by_cart(doors, role=Role.AGENT), reckoned(desk)))
    for channel, store in stores():
        should = reckoned(channel, store)
        found.append(Adapter(f"store {store.code}", by_cart(doors, role=Role.STORE, location=store), should))
        found.append(Adapter(f"till snapshot {store.code}", by_snapshot(snapshot_of(store, doors)), should))
    if desk and len(found) > 1:
        found.append(Adapter("quote signed at the desk, proven offline", by_signed_quote(doors), reckoned(desk)))
    if settings.SHOPIFY_SHOP:
        found.append(Adapter("Shopify", by_shopify))
    return found


def reckoned(channel: SalesChannel, store: Location | None = None) -> Price:
    """The price by the rules as they are written down, through no door and out of no copy."""

    def price(basket: Basket) -> Priced:
        wanted = [Wanted(variant.pk, quantity) for variant, quantity in basket]
        told, _ = quote_what_sells(
            wanted, sales_channel=channel, location_id=store.pk if store else None, at=clock.now()
        )
        return as_priced(told.as_dict())

    return price


def stores() -> list[tuple[SalesChannel, Location]]:
    """The first store of each channel of stores, and those that have prices or promotions of their own."""
    own = {*PriceList.objects.filter(is_active=True, location__isnull=False).values_list("location", flat=True)}
    own |= {*Promotion.objects.filter(is_active=True, location__isnull=False).values_list("location", flat=True)}
    found: dict[Location, SalesChannel] = {}
    for channel in SalesChannel.objects.filter(kind=SalesChannel.Kind.STORE).order_by("pk"):
        here = channel.locations.filter(kind=Location.Kind.STORE, is_active=True).order_by("pk")
        found = {store: channel for i, store in enumerate(here) if i == 0 or store.pk in own} | found
    return [(found[store], store) for store in sorted(found, key=lambda store: (found[store].pk, store.pk))]


def knock(doors: Doors, method: str, path: str, body: Mapping[str, Any] | None = None, *, key: str = "") -> Answer:
    """One answer; raises NoAnswer where it is a refusal."""
    answer = doors.send(method, path, body, key)
    if answer.status >= 300:
        code = orjson.loads(answer.body or b"{}").get("code", "") if answer.body[:1] == b"{" else ""
        raise NoAnswer(f"{method} {path} answered {answer.status} {code}".strip())
    return answer


def key_for(role: Role | None, location: Location | None) -> str:
    """The key of a machine that may call like somebody of the staff; nobody has none."""
    if role is None:
        return ""
    return devices.issue("parity", role=role, location=location, at=clock.now())[1]


def lines_of(basket: Basket) -> dict[str, Any]:
    """A basket as the doors are told it."""
    return {"lines": [{"sku": variant.sku, "quantity": quantity} for variant, quantity in basket]}


def by_cart(doors: Doors, *, role: Role | None = None, location: Location | None = None) -> Price:
    """The price of a cart that somebody opens in a channel."""

    def price(basket: Basket) -> Priced:
        with doors.trial():
            answer = knock(doors, "POST", CARTS, lines_of(basket), key=key_for(role, location))
        return as_priced(orjson.loads(answer.body))

    return price


def as_priced(told: Mapping[str, Any]) -> Priced:
    """A quote as the API tells it."""
    return Priced(
        currency=told["currency"],
        total=told["total"],
        lines={
            line["sku"]: LinePriced(line["unit_price"], line["discount"], line["tax_basis_points"], line["differs"])
            for line in told["lines"]
        },
        versions=told["versions"]["price_lists"],
        promotions=told["versions"]["promotions"],
        applied={str(taken["promotion_id"]): taken["amount"] for taken in told["applied"]},
        names={str(taken["promotion_id"]): taken["name"] for taken in told["applied"]},
    )


def snapshot_of(store: Location, doors: Doors) -> till_copy.Copy:
    """What the till of a store takes along; raises NoAnswer or CopyBroken."""
    with doors.trial():
        keys = orjson.loads(knock(doors, "GET", KEYS).body)["keys"]
        answer = knock(doors, "GET", SNAPSHOT, key=key_for(Role.STORE, store))
    return till_copy.read(answer.body, answer.headers[SIGNATURE], keys=keys)


def by_snapshot(copy: till_copy.Copy) -> Price:
    """The price that a till reckons while it is offline."""

    def price(basket: Basket) -> Priced:
        wanted = [Wanted(variant.pk, quantity) for variant, quantity in basket]
        return as_priced(copy.snapshot.quote(wanted, at=clock.now()).as_dict())

    return price


def by_signed_quote(doors: Doors) -> Price:
    """The price that a till proves which cannot ask us: of a quote that the desk has signed."""

    def price(basket: Basket) -> Priced:
        with doors.trial():
            key = key_for(Role.AGENT, None)
            cart = orjson.loads(knock(doors, "POST", CARTS, lines_of(basket), key=key).body)
            made = orjson.loads(knock(doors, "POST", f"{CARTS}{cart['id']}/signed-quotes/", {}, key=key).body)
            keys = orjson.loads(knock(doors, "GET", KEYS).body)["keys"]
        proven = prove_offline(made["token"], keys=keys, at=clock.now())
        skus = {variant.pk: variant.sku for variant, _ in basket}
        return replace(
            as_priced(cart),
            currency=proven.currency,
            total=proven.total,
            lines={skus[line[0]]: LinePriced(line[2], line[3]) for line in proven.lines},
            versions=proven.versions["price_lists"],
        )

    return price


def by_shopify(basket: Basket) -> Priced:
    """The price at the shop that is connected."""
    try:
        there = shopify_prices.price({v.sku: quantity for v, quantity in basket}, shop=shopify.Shop.configured())
    except (shopify.NoAnswer, shopify.Refused) as problem:
        raise NoAnswer(str(problem)) from problem
    return Priced(
        currency=there.currency,
        total=there.total,
        lines={line.sku: LinePriced(line.unit_price, line.discount) for line in there.lines},
        applied=dict(there.discounts),
        knows_rules=False,
    )
