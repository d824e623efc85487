"""Back in stock, from the product page to the cart: asked, told once, taken by the link, ended by the link."""

import re

import pytest
from django.test import Client

from commerce import clock
from commerce.customers.models import Consent
from commerce.timeline.actors import SYSTEM
from commerce.timeline.tasks import run_due
from inventory import ledger
from inventory.alerts.models import Alert
from inventory.models import Reservation, Stock
from notifications.models import Attempt, Verdict
from notifications.sms import segments_of
from orders.delivery.models import Method, Rate, Zone
from tests.audits import violations
from tests.orders.calling import EVA, HOME, check_out, post
from tests.orders.shop import Shop, open_shop

pytestmark = pytest.mark.django_db
ASKED = {"sku": "TAZA", "postal_code": "28013", "email": "ana@example.com", "agrees": True}


@pytest.fixture
def shop(db) -> Shop:
    """Sold out everywhere."""
    made = open_shop()
    for place in (made.store, made.warehouse):
        ledger.sell({made.mug.pk: 5}, location_id=place.pk, by=SYSTEM, at=clock.now())
    return made


def ask_on_page(shop: Shop, client: Client, **said: str):
    form = {"sku": "TAZA", "where": "home", "postal_code": "28013", "contact": "ana@example.com", "agrees": "1"} | said
    return client.post(f"/p/{shop.mug.product.handle}/tell-me/", form, follow=True)


def receive(shop: Shop) -> None:
    ledger.receive({shop.mug.pk: 1}, location_id=shop.warehouse.pk, by=SYSTEM, at=clock.now())
    run_due(at=clock.now())


def link(kind: str) -> str:
    return re.search(rf"/{kind}/[\w-]+/", Attempt.objects.get().text)[0]


def test_asked_on_the_page_told_by_mail_taken_by_the_link_and_bought(shop, client):
    page = client.get(f"/p/{shop.mug.product.handle}/").content.decode()
    assert "/tell-me/" in page
    answer = ask_on_page(shop, client).content.decode()
    assert "Te avisamos cuando vuelva" in answer
    consent = Consent.objects.get()
    assert (consent.purpose, consent.granted, consent.method) == ("restock", True, "product page")

    receive(shop)

    told = Attempt.objects.get()
    assert (told.message.purpose, told.contact_channel, told.contact_point.value) == (
        "back_in_stock",
        "email",
        "ana@example.com",
    )
    phone = Client()
    assert phone.get(link("kept")).status_code == 200
    assert Reservation.objects.get().cart is None
    assert phone.post(link("kept")).status_code == 302
    cart = Reservation.objects.get().cart
    assert check_out(phone, cart.public_id, 1250, address=HOME, **EVA)["status"] == "placed"
    assert Reservation.objects.get().status == "taken"
    assert violations("inventory.audit.RULES", "inventory.alerts.audit.RULES", "notifications.audit.RULES") == []


def test_what_is_kept_for_her_is_for_nobody_else(shop, client):
    ask_on_page(shop, client)
    receive(shop)
    cart = shop.cart()

    refused = check_out(client, cart.public_id, 1250, answered=409, address=HOME, **EVA)

    assert refused["code"] == "out_of_stock"
    assert Stock.objects.get(location=shop.warehouse).held == 1


def test_the_link_in_the_message_ends_all_of_them(shop, client):
    ask_on_page(shop, client)
    receive(shop)

    client.post(link("u"))
    ask = post(client, "/api/v1/alerts/", ASKED | {"postal_code": "28004"})

    # She asks again, so she wants it again: what she chose last counts.
    assert ask.status_code == 201
    choices = Consent.objects.order_by("pk").values_list("purpose", "granted")
    assert list(choices) == [("restock", True), ("restock", False), ("restock", True)]


def test_a_no_after_the_unit_was_kept_stops_the_message(shop, client):
    ask_on_page(shop, client)
    ledger.receive({shop.mug.pk: 1}, location_id=shop.warehouse.pk, by=SYSTEM, at=clock.now())
    point = Alert.objects.get().contact_point
    Consent.objects.create(
        contact_point=point,
        contact_channel="email",
        purpose="restock",
        granted=False,
        chosen_at=clock.now(),
        wording="2026-11",
        method="test",
    )

    run_due(at=clock.now())

    assert not Attempt.objects.exists()
    assert [reason["why"] for reason in Verdict.objects.get().reasons] == ["opted_out"]


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_text_message_is_short_and_says_until_when_and_how_to_stop(shop, client, language):
    client.cookies["django_language"] = language
    ask_on_page(shop, client, contact="+34 600 000 001")

    receive(shop)

    told = Attempt.objects.get()
    assert (told.contact_channel, told.message.person.language) == ("sms", language)
    assert segments_of(told.text) <= 3  # it has two links
    assert [kind for kind in ("/kept/", "/u/") if kind in told.text] == ["/kept/", "/u/"]
    assert not re.search(r"\{[{%]|None|  ", told.text)


class TestBadInput:
    """A clear answer each."""

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({"agrees": ""}, "Marca la casilla"),
            ({"contact": ""}, "a qué correo o teléfono"),
            ({"contact": "nobody"}, "correo o teléfono"),
            ({"postal_code": ""}, "código postal"),
        ],
    )
    def test_on_the_page(self, shop, client, said, sentence):
        answer = ask_on_page(shop, client, **said)

        assert sentence in answer.content.decode()
        assert not Alert.objects.exists()

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            ({"agrees": False}, "invalid"),
            ({"phone": "+34600000001"}, "invalid"),
            ({"email": ""}, "invalid"),
            ({"location": "centro"}, "invalid"),
        ],
    )
    def test_over_the_api(self, shop, client, said, code):
        answer = post(client, "/api/v1/alerts/", ASKED | said)

        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert not Alert.objects.exists()

    def test_where_we_do_not_deliver_nobody_waits(self, shop, client):
        method = Method.objects.create(code="correos", name="correos", carrier="correos")
        Rate.objects.create(
            method=method, zone=Zone.objects.create(code="madrid", name="Madrid", prefixes=["28"]), fee=490
        )

        answer = post(client, "/api/v1/alerts/", ASKED | {"postal_code": "08001"})

        assert (answer.status_code, answer.json()["code"]) == (422, "outside_delivery_area")

    def test_a_store_is_asked_by_its_code_read_and_withdrawn_by_its_id(self, shop, client):
        body = {"sku": "TAZA", "location": "centro", "phone": "+34600000001", "agrees": True}
        made = post(client, "/api/v1/alerts/", body).json()

        assert (made["status"], made["location"], made["contact_channel"]) == ("waiting", "centro", "sms")
        assert client.delete(f"/api/v1/alerts/{made['id']}/").json()["status"] == "withdrawn"
        assert client.get(f"/api/v1/alerts/{made['id']}/").json()["status"] == "withdrawn"
        assert client.delete(f"/api/v1/alerts/{made['id']}/").json()["code"] == "alert_ended"
