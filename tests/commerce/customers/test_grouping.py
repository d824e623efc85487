"""The back office puts people into a group, and they get its price."""

import pytest
from django.test import Client

from commerce import clock
from commerce.carts.edits import open_cart
from commerce.carts.showing import carts, quote_of
from commerce.customers.models import Person
from commerce.pricing.models import Price, PriceList
from commerce.timeline.actors import VISITOR
from commerce.timeline.models import Entry
from tests import factories
from tests.factories import LONG_AGO

pytestmark = pytest.mark.django_db

PEOPLE = "/admin/customers/person/"


def put(client: Client, group: str, *people: Person) -> None:
    chosen = {"action": "put_into_group", "_selected_action": [person.pk for person in people], "group": group}
    assert client.post(PEOPLE, chosen).status_code == 302


def test_who_is_put_into_a_group_gets_its_price_until_she_is_taken_out(client: Client) -> None:
    lucia, mug = factories.person("Lucía"), factories.variant(price=1000)
    friends = PriceList.objects.create(code="amigos", currency="EUR", customer_group="amigos")
    Price.objects.create(price_list=friends, variant=mug, amount=800, starts_at=LONG_AGO)
    channel = factories.sales_channel()
    client.force_login(factories.staff("back_office"))
    cart = open_cart(sales_channel=channel, person=lucia, lines=[(mug, 1)], by=VISITOR, at=clock.now())

    totals = []
    for group in ("", "amigos", "amigos", ""):
        put(client, group, lucia)
        totals.append(quote_of(carts().get(pk=cart.pk), at=clock.now()).total)

    assert totals == [1000, 800, 800, 1000]
    told = Entry.objects.filter(type="person.grouped").order_by("pk")
    assert [entry.data for entry in told] == [{"person": lucia.public_id, "group": g} for g in ("amigos", "")]
    assert told[0].actor.startswith("staff:")


def test_a_clerk_puts_nobody_into_a_group(client: Client) -> None:
    lucia = factories.person("Lucía")
    client.force_login(factories.staff("store"))

    answer = client.post(PEOPLE, {"action": "put_into_group", "_selected_action": [lucia.pk], "group": "amigos"})

    assert answer.status_code in (302, 403, 404)
    lucia.refresh_from_db()
    assert lucia.group == ""
