"""What is saved for later goes out of the cart and back, and becomes hers when she logs in."""

import pytest
from django.test import Client

from commerce.carts.models import Cart, Wish
from commerce.customers.merges import merge
from commerce.customers.models import Person
from commerce.timeline.actors import SYSTEM
from commerce.timeline.record import open_journey
from tests import factories
from tests.commerce.carts.calling import log_in_by_code
from tests.factories import MONDAY
from tests.inventory.test_pages import words

pytestmark = pytest.mark.django_db
ME = "lucia@example.com"


@pytest.fixture(autouse=True)
def shop():
    factories.sales_channel()
    factories.variant(sku="TAZA", price=990)


def saved(client: Client, quantity: int = 2) -> None:
    client.post("/cart/add/", {"sku": "TAZA", "quantity": quantity})
    client.post("/cart/aside/", {"sku": "TAZA"})


def units() -> int:
    return sum(Cart.objects.get().lines.values_list("quantity", flat=True))


def test_a_line_is_saved_for_later_and_put_back_with_its_quantity(client):
    saved(client)
    aside = (units(), Wish.objects.get().quantity, "Guardado para más tarde" in words(client.get("/cart/")))

    client.post("/cart/back/", {"sku": "TAZA"})

    assert aside == (0, 2, True)
    assert (units(), Wish.objects.count()) == (2, 0)


def test_a_list_becomes_hers_when_she_logs_in_and_is_there_on_every_device(client):
    saved(client)
    nobody = Wish.objects.get().person

    log_in_by_code(client, ME)
    other = Client()
    log_in_by_code(other, ME)

    assert (nobody, "Guardado para más tarde" in words(other.get("/cart/"))) == (None, True)


def test_what_she_had_saved_before_stays_as_she_saved_it(client):
    log_in_by_code(client, ME)
    saved(client, 3)
    other = Client()
    saved(other, 1)

    log_in_by_code(other, ME)

    assert list(Wish.objects.values_list("quantity", flat=True)) == [3]


def test_after_log_out_the_next_person_sees_none_of_it(client):
    log_in_by_code(client, ME)
    saved(client)
    client.post("/logout/")
    log_in_by_code(client, "marta@example.com")

    assert "Guardado para más tarde" not in words(client.get("/cart/"))


@pytest.mark.parametrize("path", ["/cart/aside/", "/cart/back/", "/cart/forget/"])
@pytest.mark.parametrize("said", [{}, {"sku": ""}, {"sku": "NADA"}, {"sku": "x" * 61}])
def test_what_is_not_there_is_not_found(client, path, said):
    assert client.post(path, said).status_code == 404


def test_what_is_no_longer_wanted_is_taken_off(client):
    saved(client)

    client.post("/cart/forget/", {"sku": "TAZA"})

    assert Wish.objects.count() == 0


def test_what_two_accounts_of_hers_saved_is_one_thing_on_her_list_and_goes_as_one(client):
    log_in_by_code(client, ME)
    saved(client, 3)
    saved(bea := Client())
    log_in_by_code(bea, "bea@example.com")
    ana, other = Person.objects.order_by("pk")
    stamp = {"journey": open_journey(at=MONDAY), "by": SYSTEM, "channel": "call_center", "at": MONDAY}
    merge(other, into=ana, evidence="same phone", **stamp)

    shown = client.get("/cart/").content.decode().count('action="/cart/back/"')
    back = client.post("/cart/back/", {"sku": "TAZA"})

    assert (shown, back.status_code) == (1, 302)
    assert not Wish.objects.exists()


def test_what_is_being_paid_for_is_not_saved_besides(client):
    log_in_by_code(client, ME)
    client.post("/cart/add/", {"sku": "TAZA", "quantity": 2})
    Cart.objects.update(status="checking_out")

    client.post("/cart/aside/", {"sku": "TAZA"})

    assert (units(), Wish.objects.count()) == (2, 0)
