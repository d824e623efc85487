"""Every page and every answer of the API on which staff see somebody's data leaves a line in the book of readings."""

from collections.abc import Iterator
from copy import deepcopy
from itertools import product

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from commerce.customers import disclosure
from commerce.customers.models import Person, Reading, Suggestion
from commerce.rest.doors import BACK_OFFICE, DOORS
from notifications.models import Conversation
from notifications.privacy.held import HELD
from notifications.privacy.mentions import rows_of
from orders.models import Fulfillment, Order
from tests import factories
from tests.factories import MONDAY
from tests.notifications.privacy.scene import CANARY, EMAIL, PHONE, plant, somebody
from tests.notifications.shop import order, parcel, pickup

pytestmark = pytest.mark.django_db

BY_LINK = {
    "cart-take-link",
    "cart-restore",
    "order-link",
    "case-link",
    "case-photo",
    "survey",
    "unsubscribe",
    "alert-take",
}
"""Doors that a link opens which was sent to her: staff have none."""


@pytest.fixture
def her() -> Person:
    """Somebody with something in every table, and with orders that stores and agents are at work on."""
    her = somebody()
    plant([her.pk])
    for part in (pickup(order(her)), pickup(order(her), status="allocated"), parcel(order(her), status="allocated")):
        Fulfillment.objects.filter(pk=part.pk).update(promised_for=MONDAY)
    Conversation.objects.update(is_open=True)
    Suggestion.objects.create(one=her, other=factories.person("Marta"), evidence=["same_name"], found_at=MONDAY)
    return her


def doors(patterns: list[object]) -> Iterator[tuple[str, URLPattern]]:
    """Every address of the house with its name, but the admin's."""
    for found in patterns:
        if isinstance(found, URLPattern):
            yield found.name or "", found
        elif not found.app_name:  # type: ignore[attr-defined]
            yield from doors(found.url_patterns)  # type: ignore[attr-defined]


OF_NOBODY = {"store-transfer", "api-stock-transfer"}
"""Doors to goods on their way."""

OF = {
    "api-alert": "alerts.Alert",
    "api-cart": "carts.Cart",
    "api-checkout": "carts.Cart",
    "api-order": "orders.Order",
    "order": "orders.Order",
    "payment": "orders.Payment",
    "api-person": "customers.Person",
    "api-conversation": "notifications.Conversation",
    "outbox": "notifications.Attempt",
    "work-case": "cases.Case",
    "api-case": "cases.Case",
    "case": "orders.Order",
    "photo": "photos.Photo",
    "desk-talk": "notifications.Conversation",
    "desk": "customers.Person",
    "api-fulfillment": "orders.Fulfillment",
    "api-return": "returns.Return",
    "store-return": "returns.Return",
    "store-return-take": "orders.Order",
    "api-reservation": "inventory.Reservation",
    "reservation": "inventory.Reservation",
    "api-signed-quote": "quotes.SignedQuote",
    "offer": "quotes.SignedQuote",
}
"""What the id in an address is of, by how the name of its door begins; the longest beginning counts."""


def things(door: str, argument: str, her: Person) -> list[object]:
    """What of hers may stand for an argument of an address."""
    match argument:
        case "code":
            return [factories.location().code]
        case "pk":
            return [Suggestion.objects.get().pk]
        case "after":
            return [0]
        case "public_id" | "order":
            label = OF[max((name for name in OF if door.startswith(name)), key=len)]
            return list(rows_of(label, [her.pk]).order_by("pk").values_list("public_id", flat=True)[:5])
    return []


def addresses(her: Person) -> Iterator[tuple[str, str]]:
    """Every address that the back office may look at, with each thing of hers in it."""
    for name, pattern in doors(get_resolver().url_patterns):
        if name in BY_LINK | OF_NOBODY or not DOORS.get(name, {}).get("GET", frozenset()) & BACK_OFFICE:
            continue
        wanted = list(pattern.pattern.converters)
        for values in product(*(things(name, argument, her) for argument in wanted)):
            yield name, reverse(name, kwargs=dict(zip(wanted, values, strict=True)))
    for model in admin.site._registry:
        path = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield f"{path} list", reverse(f"{path}_changelist")
        if model._meta.label in HELD:
            for row in rows_of(model._meta.label, [her.pk]).order_by("pk")[:1]:
                yield path, reverse(f"{path}_change", args=[row.pk])


def seen(client: Client, her: Person) -> dict[str, bool]:
    """The doors behind which her data was seen, and whether each look was written down."""
    found: dict[str, bool] = {}
    for name, address in addresses(her):
        Reading.objects.all().delete()
        response = client.get(address)
        body = b"".join(response) if response.streaming else response.content
        if any(mark.encode() in body for mark in (CANARY, PHONE, PHONE[1:])):
            found[name] = found.get(name, True) and Reading.objects.filter(person=her).exists()
    return found


def test_nobody_sees_anything_of_hers_without_a_line_in_the_book(her: Person, client: Client) -> None:
    client.force_login(office := factories.staff("back_office"))
    factories.serving(office, her)

    found = seen(client, her)

    assert sorted(name for name, noted in found.items() if not noted) == []
    assert len(found) > 15


def test_a_page_that_forgets_the_line_is_found(her: Person, client: Client, monkeypatch) -> None:
    """The positive control: nothing is written down, and so each of these doors is one too many."""
    client.force_login(office := factories.staff("back_office"))
    factories.serving(office, her)
    monkeypatch.setattr(disclosure, "note_each", lambda *args, **facts: None)
    wanted = {"outbox": "/outbox/", "admin": reverse("admin:customers_person_changelist")}

    bodies = {name: client.get(address).content.decode() for name, address in wanted.items()}

    assert {name: CANARY in body for name, body in bodies.items()} == {"outbox": True, "admin": True}
    assert not Reading.objects.filter(person=her).exists()


LOOKED_FOR = {"q": CANARY, "address": EMAIL, "email": EMAIL, "shown": EMAIL, "reason": "order"}
"""What somebody types who looks for her: no page needs more of it than it knows."""

BODIES = {"api-lookup": [{"email": EMAIL}, {"phone": PHONE}, {"email": EMAIL, "number": "her order's"}]}
"""Of doors of the API, which take no word that they do not know."""


LOG_IN = {"staff_login"}
"""Its transaction is its own; nobody is found by it."""


def look_ups(her: Person) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every page that the back office may send a form to, and every look-up of the API, each with what is typed."""
    number = str(Order.objects.filter(person=her, fulfillments__status="ready").first() or "")
    for name, pattern in doors(get_resolver().url_patterns):
        if name in BY_LINK | OF_NOBODY | LOG_IN or not DOORS.get(name, {}).get("POST", frozenset()) & BACK_OFFICE:
            continue
        wanted = list(pattern.pattern.converters)
        if any(argument != "code" and not any(map(name.startswith, OF)) for argument in wanted):
            continue
        for values in product(*(things(name, argument, her)[:1] for argument in wanted)):
            address = reverse(name, kwargs=dict(zip(wanted, values, strict=True)))
            for body in BODIES.get(name, [] if name.startswith("api-") else [LOOKED_FOR, {"proof": number}]):
                asked = body if name.startswith("api-") else LOOKED_FOR | body
                yield name, address, asked | ({"number": number} if "number" in asked else {})


def found_by_form(client: Client, her: Person) -> dict[str, bool]:
    """The doors that answer a form with something of hers, and whether each answer was written down."""
    found: dict[str, bool] = {}
    logged_in = deepcopy(client.cookies)
    for name, address, body in look_ups(her):
        sent = {"content_type": "application/json"} if name.startswith("api-") else {}
        before = transaction.savepoint()  # no block: some doors insist on a transaction of their own
        Reading.objects.all().delete()
        client.cookies = deepcopy(logged_in)  # one of them is the log-out
        response = client.post(address, body, **sent)
        shown = b"" if response.streaming else response.content
        if any(mark.encode() in shown for mark in (CANARY, PHONE)) or (
            name in FIND_HER and response.status_code == 200
        ):
            found[name] = found.get(name, True) and Reading.objects.filter(person=her).exists()
        transaction.savepoint_rollback(before)
    return found


FIND_HER = {"api-lookup", "store-look-up"}
"""Look-ups whose every answer is about her."""


def test_no_look_up_that_is_sent_as_a_form_tells_of_her_without_a_line_in_the_book(her: Person, client: Client) -> None:
    factories.person(CANARY)  # of two with one name the desk shows a list
    client.force_login(office := factories.staff("back_office"))
    factories.serving(office, her)

    found = found_by_form(client, her)

    assert sorted(name for name, noted in found.items() if not noted) == []
    assert found.keys() >= FIND_HER


def test_a_look_up_that_forgets_the_line_is_found(her: Person, client: Client, monkeypatch) -> None:
    """The positive control."""
    factories.person(CANARY)
    client.force_login(factories.staff("back_office"))
    monkeypatch.setattr(disclosure, "note", lambda *args, **facts: None)

    assert found_by_form(client, her)["store-look-up"] is False
