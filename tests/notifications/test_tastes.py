"""Tastes and preferences: each with its source and age, shown where she is served, deleted where she asks."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce.catalog.models import Category
from commerce.customers.merges import merge, split
from commerce.customers.models import Person, Reading, Taste
from commerce.customers.tastes import forget, note
from commerce.timeline.actors import SYSTEM
from commerce.timeline.record import open_journey
from notifications.conversations.receiving import Said, receive
from notifications.tastes import read, tastes_of
from orders.models import Order, OrderLine
from tests import factories
from tests.factories import LONG_AGO, MONDAY
from tests.inventory.test_pages import words
from tests.notifications.shop import order

pytestmark = pytest.mark.django_db
WHATSAPP = "+34600000001"


def lucia(name: str = "Lucía") -> Person:
    return factories.person(name, email=f"{name.lower()}@example.com")


def said(person: Person, value: str, kind: str = "likes") -> Taste:
    return note(person, kind=kind, value=value, source="said", entered_in="web", by=SYSTEM, at=MONDAY)


def bought(person: Person, *sizes: str, shelf: str = "Zapatos") -> Order:
    """An order of one thing of each size, of one shelf."""
    placed = order(person)
    placed.lines.all().delete()
    category, _ = Category.objects.get_or_create(path=shelf, slug=shelf.lower())
    for ordinal, size in enumerate(sizes, start=1):
        variant = factories.variant(options=[["Color", "Azul"], ["Talla", size]])
        variant.product.category = category
        variant.product.save()
        OrderLine.objects.create(
            order=placed, ordinal=ordinal, variant=variant, sku=variant.sku, title="Bota", quantity=1,
            unit_price=1, goods_total=1, total=1, tax=0, tax_basis_points=0,
        )  # fmt: skip
    return placed


def shown(person: Person) -> list[tuple[str, str, str, int]]:
    return [(known.kind, known.value, known.source, known.times) for known in tastes_of(person, at=MONDAY)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Busco unas botas, talla 42, sin lactosa no aplica", [("size", "42"), ("avoids", "sin lactosa")]),
        ("size 7.5, and I don't like leather", [("size", "7.5"), ("avoids", "leather")]),
        ("No me gusta el rojo, me gusta el azul", [("avoids", "rojo"), ("likes", "azul")]),
        ("soy alérgica al níquel; Talla XL", [("size", "xl"), ("avoids", "níquel")]),
        ("¿dónde está mi pedido 42?", []),
        ("la entalladora 42 y el sizeable 7", []),
        ("mi pedido número 42 no llega, ni el número 7", []),
        ("calzo un 42 y mi hija el número 35,5", [("size", "42")]),
        ("uso el número 39 y me llevo 2 tazas", [("size", "39")]),
        ("me gusta mucho", []),
        ("me gustó, me gusta más que la otra, me gusta cómo queda y me gusta comprar aquí", []),
        ("me gusta mucho el azul, no me gustan nada las flores", [("avoids", "flores"), ("likes", "azul")]),
        ("me gusta la que vi y me gusta el de ayer", []),
        ("no me gusta nada", []),
        ("I like it, I love your shop, I like to walk and I like that", []),
        ("I like the blue one, I love wool", [("likes", "blue"), ("likes", "wool")]),
        ("I don't like it", []),
    ],
)
def test_what_her_words_say_is_read_by_plain_patterns_and_nothing_is_guessed(text, meant):
    assert read(text) == meant


def test_every_source_is_shown_with_its_day_and_no_taste_is_without_one() -> None:
    her = factories.person("Lucía")
    factories.ContactPoint.objects.create(
        person=her, kind="whatsapp", value=WHATSAPP, verified_at=LONG_AGO, created_at=LONG_AGO
    )
    receive(Said("whatsapp", WHATSAPP, "Uso talla 39 y soy vegana", "wamid.1", MONDAY), at=MONDAY)
    number = bought(her, "38", "38").number
    said(her, "azul")

    assert [(k.kind, k.value, k.source, k.since, k.where, k.about) for k in tastes_of(her, at=MONDAY)] == [
        ("likes", "azul", "said", MONDAY, "web", ""),
        ("size", "39", "talk", MONDAY, "whatsapp", "Uso talla 39 y soy vegana"),
        ("likes", "vegana", "talk", MONDAY, "whatsapp", "Uso talla 39 y soy vegana"),
        ("size", "38", "bought", MONDAY, "web", number),
        ("likes", "Zapatos", "bought", MONDAY, "web", number),
    ]


def test_what_came_back_once_or_is_two_years_old_tells_nothing() -> None:
    her = lucia()
    bought(her, "40")
    Order.objects.update(placed_at=MONDAY - timedelta(days=731))
    bought(her, "41", shelf="Bolsos")

    assert shown(her) == [("size", "41", "bought", 1)]


def test_what_she_deletes_stays_deleted_wherever_it_shows_until_she_says_it_again() -> None:
    her = lucia()
    bought(her, "38")
    said(her, "38", kind="size")
    [size] = tastes_of(her, at=MONDAY)

    forget(her, size, entered_in="web", by=SYSTEM, at=MONDAY)
    bought(her, "38")
    gone = shown(her)
    said(her, "38", kind="size")

    assert (size.source, gone) == ("said", [("likes", "Zapatos", "bought", 2)])
    assert ("size", "38", "said", 1) in shown(her)


def test_a_merge_shows_both_and_a_split_gives_each_her_own_again() -> None:
    one, other = lucia(), lucia("Marta")
    said(one, "azul")
    said(other, "rojo")
    bought(other, "38")
    before = shown(one), shown(other)
    edge = merge(other, into=one, evidence="t", journey=open_journey(at=MONDAY), by=SYSTEM, channel="web", at=MONDAY)
    together = {value for _, value, _, _ in shown(one)}

    split(edge, journey=open_journey(at=MONDAY), by=SYSTEM, channel="web", at=MONDAY)

    people = [Person.objects.get(pk=person.pk) for person in (one, other)]
    assert together == {"azul", "rojo", "38"}
    assert (shown(people[0]), shown(people[1])) == before


def test_she_sees_adds_and_deletes_them_on_her_page_and_over_the_api(client: Client) -> None:
    her = lucia()
    her.user = factories.User.objects.create_user("lucia")
    her.save()
    client.force_login(her.user)

    client.post("/account/tastes/add/", {"kind": "avoids", "value": " lana   gruesa "})
    page = words(client.get("/account/"))
    [listed] = client.get("/api/v1/me/tastes/").json()
    twice = client.post("/api/v1/me/tastes/", {"kind": "avoids", "value": "Lana gruesa"}, "application/json").json()
    strange = client.delete("/api/v1/me/tastes/abcdef/").status_code
    deleted = client.delete(f"/api/v1/me/tastes/{listed['id']}/").status_code

    assert "lana gruesa" in page
    assert (listed["value"], listed["source"], twice) == ("lana gruesa", "said", [listed])
    assert (strange, deleted, client.get("/api/v1/me/tastes/").json()) == (404, 204, [])


def test_at_the_desk_they_stand_behind_the_second_fact_and_what_staff_note_says_so(client: Client) -> None:
    her, agent = lucia(), factories.staff("agent")
    said(her, "azul")
    client.force_login(agent)
    url = f"/desk/{her.public_id}/tastes/add/"

    closed = client.post(url, {"kind": "size", "value": "38"}).headers["Location"]
    factories.serving(agent, her)
    client.post(url, {"kind": "size", "value": "38"})
    page = words(client.get(f"/desk/{her.public_id}/"))

    assert (closed, "azul" in page) == (f"/desk/{her.public_id}/gate/", True)
    assert sorted(shown(her)) == [("likes", "azul", "said", 1), ("size", "38", "noted", 1)]
    assert Reading.objects.filter(person=her, what="desk").exists()
