"""The queue of people who may be one: a preview first, and a decision that can be taken back."""

import pytest
from django.test import Client

from commerce.carts import edits
from commerce.customers.consent import choose
from commerce.customers.models import Person, Reading, Suggestion
from commerce.customers.people import people_of
from commerce.timeline.actors import SYSTEM
from commerce.timeline.record import open_journey
from tests import factories
from tests.factories import MONDAY
from tests.inventory.test_pages import words
from tests.notifications.shop import order

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(client: Client) -> Suggestion:
    """Lucía said no to offers at her email; Eva, who bought something, said yes at hers."""
    lucia = factories.person("Lucía", email="lucia@example.com")
    eva = factories.person("Eva", email="eva@example.com")
    for who, granted in ((lucia, False), (eva, True)):
        choose(
            who.contact_points.get(), contact_channel="email", purpose="marketing", granted=granted, method="account",
            journey=open_journey(at=MONDAY), by=SYSTEM, channel="web", at=MONDAY,
        )  # fmt: skip
        edits.open_cart(sales_channel=factories.sales_channel(), person=who, lines=[], by=SYSTEM, at=MONDAY)
    order(eva)
    client.force_login(factories.staff("agent"))
    return Suggestion.objects.create(one=lucia, other=eva, evidence=["verified_phone"], found_at=MONDAY)


def test_the_preview_shows_what_moves_and_which_consent_results(client: Client, asked: Suggestion) -> None:
    page = words(client.get(f"/desk/same/{asked.pk}/"))

    afterwards = page.partition("Después")[2]
    assert {"✗ ofertas · correo · lucia@example.com", "✓ ofertas · correo · eva@example.com"} == {
        line.strip() for line in afterwards.replace("</li>", "<li>").split("<li>") if "@" in line
    }
    assert asked.other.orders.get().number in page
    assert "Ambas tienen un carrito abierto" in page
    assert set(Reading.objects.values_list("person", "what")) == {
        (asked.one_id, "preview of a merge"), (asked.other_id, "preview of a merge"),
    }  # fmt: skip


def test_the_queue_itself_names_nobody(client: Client, asked: Suggestion) -> None:
    page = words(client.get("/desk/same/"))

    assert "un teléfono que una de ellas ha demostrado" in page
    assert "Lucía" not in page
    assert not Reading.objects.exists()


@pytest.mark.parametrize(
    ("say", "status", "people"), [("accept", "accepted", 2), ("reject", "rejected", 1), ("never", "never", 1)]
)
def test_each_decision_is_kept_and_can_be_taken_back(client: Client, asked: Suggestion, say, status, people) -> None:
    client.post(f"/desk/same/{asked.pk}/", {"say": say})
    decided = Suggestion.objects.get()
    together = people_of(Person.objects.get(pk=asked.one_id)).count()
    client.post(f"/desk/same/{asked.pk}/", {"say": "reopen"})

    assert (decided.status, decided.decided_by.partition(":")[0], together) == (status, "staff", people)
    assert Suggestion.objects.get().status == "open"
    assert people_of(Person.objects.get(pk=asked.one_id)).count() == 1


def test_what_means_nothing_decides_nothing(client: Client, asked: Suggestion) -> None:
    assert client.post(f"/desk/same/{asked.pk}/", {"say": "maybe"}).status_code == 404
    assert client.get("/desk/same/999999/").status_code == 404
