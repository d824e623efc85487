"""Goods that are carried from one location to another."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from inventory.models import Movement, Stock
from tests.factories import location, staff, stock, variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> Stock:
    return stock(variant(sku="TAZA"), location("centro"), on_hand=5)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def send(client: Client, **changes: object):
    body = {
        "location": "centro",
        "destination": "norte",
        "reference": "TR-1",
        "lines": [{"sku": "TAZA", "quantity": 2}],
    }
    return client.post("/api/v1/stock/transfers/", body | changes, content_type="application/json")


def test_goods_are_carried_to_another_store_once_however_often_it_is_told(shelf):
    location("norte")
    clerk = logged_in(staff("store", shelf.location))

    answers = [send(clerk) for _ in range(2)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(201, {"booked": 2}), (201, {"booked": 0})]
    levels = Stock.objects.order_by("location__code").values_list("location__code", "on_hand")
    assert list(levels) == [("centro", 3), ("norte", 2)]
    kinds = Movement.objects.exclude(kind="received").order_by("pk").values_list("kind", "quantity")
    assert list(kinds) == [("transferred_out", -2), ("transferred_in", 2)]


def test_what_is_promised_stays_where_it_is(shelf):
    location("norte")
    Stock.objects.filter(pk=shelf.pk).update(allocated=4)

    answer = send(logged_in(staff("store", shelf.location)))

    assert (answer.status_code, answer.json()["code"]) == (409, "not_enough_stock")
    assert Movement.objects.filter(kind="transferred_out").count() == 0


def test_a_clerk_sends_only_what_is_in_her_own_store(shelf):
    norte = location("norte")

    assert send(logged_in(staff("store", norte))).status_code == 404
    assert send(logged_in(staff("store", shelf.location)), destination="nowhere").status_code == 404
    same = send(logged_in(staff("store", shelf.location)), destination="centro")
    assert (same.status_code, list(same.json()["errors"])) == (400, ["destination"])
