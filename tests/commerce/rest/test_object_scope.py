"""What lies in another store is not there: every door of the staff that leads to one store's things."""

import json
from datetime import timedelta

import pytest

from commerce.approvals.deciding import ask
from commerce.channels.models import Role
from commerce.rest.doors import DOORS
from commerce.timeline.actors import SYSTEM
from inventory import reservations
from inventory.floor.carrying import draft
from orders.cases.opening import open_case
from orders.documents.issuing import issue
from orders.returns.receiving import receive
from tests import factories
from tests.commerce.rest.doors import DEVICE, OWN_DOORS, Callers, Door
from tests.factories import MONDAY
from tests.orders.returns.bringing_back import announced, bought
from tests.orders.shop import Shop, open_shop

OF_NO_STORE = {
    "hook": "a provider's name",
    "product": "the catalog is the same everywhere",
    "api-product": "the catalog is the same everywhere",
    "api-cart": "a cart goes from channel to channel",
    "api-cart-lines": "a cart goes from channel to channel",
    "api-cart-line": "a cart goes from channel to channel",
    "api-cart-edits": "a cart goes from channel to channel",
    "api-cart-hand-off": "a cart goes from channel to channel",
    "cart-take-link": "a cart goes from channel to channel",
    "api-cart-coupon": "a cart goes from channel to channel",
    "api-cart-discount": "a cart goes from channel to channel",
    "api-cart-signed-quote": "a cart goes from channel to channel",
    "api-cart-signed-quotes": "a cart goes from channel to channel",
    "api-signed-quote": "whoever holds its address",
    "offer": "whoever holds its address",
    "api-cart-line-up": "a cart goes from channel to channel",
    "api-checkout": "a cart goes from channel to channel",
    "api-reservation": "whoever holds its id",
    "api-alert": "whoever holds its id",
    "alert-take": "whoever holds the link",
    "product-keep": "the catalog is the same everywhere",
    "product-line": "the catalog is the same everywhere",
    "reservation": "whoever holds its id",
    "reservation-release": "whoever holds its id",
    "product-alert": "the catalog is the same everywhere",
    "product-delivery": "the catalog is the same everywhere",
    "cart-restore": "whoever holds the link",
    "feed-local-inventory": "whoever holds its key",
    "feed-stock": "whoever holds its key",
    "order": "a shopper's page",
    "order-link": "whoever holds the link",
    "order-return": "what was bought anywhere comes back anywhere: whoever holds its id",
    "api-order-returns": "what was bought anywhere comes back anywhere: whoever holds its id",
    "payment": "a shopper's page",
    "payment-back": "a shopper's page",
    "survey": "whoever holds the link",
    "case-link": "whoever holds the link",
    "case-photo": "whoever holds the link",
    "chat-news": "what was said in this browser",
    "photo": "what was sent in this browser, or about a case of the store: tried with the cases",
    "hook-email": "a provider's name",
    "unsubscribe": "whoever holds the link",
}
"""Doors with an argument that staff of stores may knock at, and why no store is behind the argument."""


NOT_THERE_YET = {"api-fulfillment-label": "no label was made", "store-cart-checkout": "no cart is in hand"}
"""Doors of one's own store that have nothing to show for the shop of these tests."""


def paths(shop: Shop) -> dict[str, str]:
    """Doors that lead to things of one store, with the way to a thing of the shop's store."""
    pickup = shop.pickup()
    store, order, part = shop.store.code, pickup.order.public_id, pickup.public_id
    fulfillment, documents = f"/api/v1/fulfillments/{part}", f"/api/v1/orders/{order}/documents"
    asked = {"amount": 1, "currency": "EUR", "reason": "goodwill", "journey": pickup.order.journey}
    approval = ask(
        "refund", subject=order, location=shop.store, **asked, by=SYSTEM, channel="store", at=MONDAY
    ).public_id
    collected = bought(shop, "phone")
    returned = announced(collected)
    receive(returned, location=shop.store, by=SYSTEM, channel="store", at=MONDAY)
    back = f"/api/v1/returns/{returned.public_id}"
    about = {"person": pickup.order.person, "order": pickup.order, "by": SYSTEM, "channel": "store", "at": MONDAY}
    case = open_case("late", **about).public_id
    to, stamp = factories.location("deposito"), {"by": SYSTEM, "at": MONDAY}
    transfer = draft({shop.mug.pk: 1}, source=shop.store, destination=to, **stamp).public_id
    receipt = issue(pickup.order, kind="receipt", by=SYSTEM, channel="store", at=MONDAY)
    kept = reservations.keep(
        shop.mug,
        location=shop.store,
        quantity=1,
        until=MONDAY + timedelta(hours=1),
        person=pickup.order.person,
        by=SYSTEM,
        channel="store",
        at=MONDAY,
    ).public_id
    return {
        "store": f"/store/{store}/",
        "api-reservation-taken": f"/api/v1/reservations/{kept}/taken/",
        "store-explain": f"/store/{store}/explain/{shop.mug.sku}/",
        "store-receive": f"/store/{store}/receive/",
        "store-transfers": f"/store/{store}/transfers/",
        "store-transfer": f"/store/{store}/transfers/{transfer}/",
        "store-count": f"/store/{store}/count/",
        "api-stock-transfer": f"/api/v1/stock/transfers/{transfer}/",
        "api-stock-transfer-step": f"/api/v1/stock/transfers/{transfer}/send/",
        "store-reservations": f"/store/{store}/reservations/",
        "store-reservation": f"/store/{store}/reservations/{kept}/sell/",
        "store-calls": f"/store/{store}/calls/",
        "store-call": f"/store/{store}/calls/{part}/",
        "api-fulfillment-slot": f"{fulfillment}/slot/",
        "api-fulfillment-book": f"{fulfillment}/book/",
        "api-fulfillment-label": f"{fulfillment}/label/",
        "api-call-tried": f"/api/v1/calls/{part}/tried/",
        "store-labels": f"/store/{store}/labels/",
        "store-kiosk": f"/store/{store}/kiosk/stop/",
        "store-identify": f"/store/{store}/customer/cart/",
        "case-new": f"/cases/new/{order}/",
        "work-case": f"/staff/cases/{case}/",
        "work-case-act": f"/staff/cases/{case}/hand-over/",
        "work-case-answer": f"/staff/cases/{case}/answer/",
        "api-case-answer": f"/api/v1/cases/{case}/answer/",
        "api-case": f"/api/v1/cases/{case}/",
        "api-case-step": f"/api/v1/cases/{case}/steps/1/",
        "api-case-hand-over": f"/api/v1/cases/{case}/hand-over/",
        "api-case-close": f"/api/v1/cases/{case}/close/",
        "store-pickups": f"/store/{store}/pickups/",
        "store-step": f"/store/{store}/pickups/{part}/pick/",
        "store-to-look-at": f"/store/{store}/to-look-at/",
        "store-look-up": f"/store/{store}/look-up/",
        "store-cart": f"/store/{store}/cart/",
        "store-cart-live": f"/store/{store}/cart/live/",
        "store-cart-act": f"/store/{store}/cart/leave/",
        "store-cart-checkout": f"/store/{store}/cart/checkout/",
        "store-sell": f"/store/{store}/sell/",
        "store-code": f"/store/{store}/sell/code/",
        "store-put": f"/store/{store}/sell/put/",
        "store-discount": f"/store/{store}/sell/discount/",
        "store-offer": f"/store/{store}/sell/offer/",
        "store-pay": f"/store/{store}/sell/pay/",
        "store-home": f"/store/{store}/sell/home/",
        "store-returns": f"/store/{store}/returns/",
        "store-return": f"/store/{store}/returns/{returned.public_id}/",
        "store-return-take": f"/store/{store}/returns/of/{collected.public_id}/",
        "api-return": f"{back}/",
        "api-return-label": f"{back}/label/",
        "api-return-request": f"{back}/request/",
        "api-return-cancel": f"{back}/cancel/",
        "api-return-receive": f"{back}/receive/",
        "api-return-inspect": f"{back}/inspect/",
        "api-return-settle": f"{back}/settle/",
        "api-return-undo": f"{back}/undo/",
        "api-order": f"/api/v1/orders/{order}/",
        "api-order-timeline": f"/api/v1/orders/{order}/timeline/",
        "api-order-cancel": f"/api/v1/orders/{order}/cancel/",
        "api-order-preview": f"/api/v1/orders/{order}/changes/preview/",
        "api-order-changes": f"/api/v1/orders/{order}/changes/",
        "api-order-address": f"/api/v1/orders/{order}/address/",
        "api-order-holds": f"/api/v1/orders/{order}/holds/",
        "api-order-release": f"/api/v1/orders/{order}/holds/release/",
        "order-change": f"/o/{order}/change/",
        "order-address": f"/o/{order}/address/",
        "order-holds": f"/o/{order}/holds/",
        "api-order-refunds": f"/api/v1/orders/{order}/refunds/",
        "api-order-payments": f"/api/v1/orders/{order}/payments/",
        "order-pay": f"/o/{order}/pay/",
        "api-order-agreements": f"/api/v1/orders/{order}/agreements/",
        "order-refund": f"/o/{order}/refund/",
        "api-approval": f"/api/v1/approvals/{approval}/",
        "approval": f"/approvals/{approval}/",
        "api-order-documents": f"{documents}/",
        "api-order-document": f"{documents}/{receipt.public_id}/",
        "api-fulfillment-pick": f"{fulfillment}/pick/",
        "api-fulfillment-cannot-find": f"{fulfillment}/cannot-find/",
        "api-fulfillment-send": f"{fulfillment}/send/",
        "store-picking": f"/store/{store}/picking/",
        "api-fulfillment-ready": f"{fulfillment}/ready/",
        "api-fulfillment-collect": f"{fulfillment}/collect/",
        "api-fulfillment-hand-over": f"{fulfillment}/hand-over/",
    }


def bodies(shop: Shop) -> dict[str, dict[str, object]]:
    """Doors that are told in the body which location is meant."""
    line = {"sku": shop.mug.sku, "quantity": 1}
    lost = {"location": shop.store.code, "reference": "r", "reason": "theft", "lines": [line]}
    to = factories.location("tienda-otra").code
    return {
        "api-stock-counts": {"location": shop.store.code, "lines": [line]},
        "api-stock-receipts": {"location": shop.store.code, "reference": "r", "lines": [line]},
        "api-stock-adjustments": lost,
        "api-stock-expected": {"location": shop.store.code, "reference": "r", "lines": [line]},
        "api-stock-no-more": {"location": shop.store.code, "reference": "r"},
        "api-stock-transfers": {"location": shop.store.code, "destination": to, "reference": "r", "lines": [line]},
    }


SAID = {
    "store-reservations": b"sku=TAZA&quantity=1&until=20:00",
    "api-case-step": b'{"status": "done"}',
    "api-case-hand-over": b'{"to": "warehouse", "reason": "x"}',
    "api-case-answer": b'{"text": "x"}',
    "api-case-close": b'{"outcome": "solved"}',
    "api-order-preview": b'{"lines": [{"sku": "TAZA", "quantity": 2}]}',
    "api-order-changes": b'{"lines": [{"sku": "TAZA", "quantity": 2}], "expected_total": 1}',
    "api-order-address": b'{"recipient": "E", "street": "S", "postal_code": "28013", "city": "M"}',
    "api-order-holds": b'{"kind": "fraud", "due_at": "2030-01-01T00:00:00Z"}',
    "api-order-release": b'{"kind": "fraud"}',
    "api-order-agreements": b'{"kind": "installments", "in_three": true}',
    "store-identify": b"done=1",
    "store-returns": b"shown=X",
    "store-return": b"step=undo",
    "store-return-take": b"outcome=refund",
    "api-order-payments": b'{"tender": "cash"}',
    "api-return-receive": b'{"location": "centro"}',
    "api-return-inspect": b'{"found": [{"line": 1, "quantity": 1, "condition": "sellable"}]}',
    "api-order-refunds": b'{"amount": 1, "reason": "goodwill"}',
    "api-approval": b'{"granted": false}',
    "api-order-documents": b'{"kind": "receipt"}',
    "api-fulfillment-hand-over": b'{"carrier": "seur", "tracking_number": "1"}',
    "store-transfers": b"destination=deposito",
    "store-to-look-at": b"todo=1",
    "store-put": b"sku=TAZA&quantity=1&version=1",
    "store-pay": b"tender=cash&expected_total=1250&key=AAAAAAAAAAAAAAAAAAAAAA",
}
"""What must be said for a door to look at the thing at all."""

BY_NAME = {door.name: door for door in OWN_DOORS}
LEADING_SOMEWHERE = [
    door
    for door in OWN_DOORS
    if "{" in door.described and any(Role.STORE in roles for roles in DOORS[door.name].values())
]


@pytest.fixture
def shop(db: None) -> Shop:
    """A retailer with one store, where something was bought."""
    return open_shop()


def test_every_door_to_somewhere_is_tried_here_or_says_why_not(shop: Shop) -> None:
    assert {door.name for door in LEADING_SOMEWHERE} == set(paths(shop)) | set(OF_NO_STORE)


@pytest.mark.parametrize("role", [Role.STORE, Role.WAREHOUSE, DEVICE])
def test_things_of_another_store_are_not_there(shop: Shop, role: str) -> None:
    elsewhere = Callers(factories.location("tienda-otra"))

    found = [
        f"{method} {name}: {status}"
        for name, path in paths(shop).items()
        for method in methods(BY_NAME[name], role)
        if (status := knock(elsewhere, role, method, name, path)) != 404
    ]

    assert found == []


def test_things_of_ones_own_store_are(shop: Shop) -> None:
    here = Callers(shop.store)

    missing = [
        f"{method} {name}"
        for name, path in paths(shop).items()
        if name not in NOT_THERE_YET
        for method in methods(BY_NAME[name], Role.STORE)
        if knock(here, Role.STORE, method, name, path) == 404
    ]

    assert missing == []


@pytest.mark.parametrize("role", [Role.STORE, Role.WAREHOUSE, DEVICE])
def test_a_location_named_in_the_body_must_be_ones_own(shop: Shop, role: str) -> None:
    elsewhere = Callers(factories.location("tienda-otra"))
    here = Callers(shop.store)

    for name, body in bodies(shop).items():
        sent = {"data": json.dumps(body), "content_type": "application/json"}
        assert elsewhere.call(role, "POST", BY_NAME[name].path, **sent).status_code == 404, name
        own = 409 if name == "api-stock-no-more" else 201  # each call is taken back: nothing is expected here
        assert here.call(role, "POST", BY_NAME[name].path, **sent).status_code == own, name


def test_lists_hold_the_things_of_ones_own_store_alone(shop: Shop) -> None:
    shop.pickup()
    elsewhere, here = Callers(factories.location("tienda-otra")), Callers(shop.store)

    seen = [
        len(json.loads(callers.call(Role.STORE, "GET", "/api/v1/fulfillments/").content)["results"])
        for callers in (elsewhere, here)
    ]

    assert seen == [0, 1]


def methods(door: Door, role: str) -> list[str]:
    """What a role may do at a door; a machine has no pages."""
    if role == DEVICE:
        return door.methods_for(Role.STORE) if door.is_api else []
    return door.methods_for(role)


def knock(callers: Callers, role: str, method: str, name: str, path: str) -> int:
    """The status of an answer."""
    written_in = "application/json" if BY_NAME[name].is_api else "application/x-www-form-urlencoded"
    return callers.call(role, method, path, data=SAID.get(name, b"{}"), content_type=written_in).status_code
