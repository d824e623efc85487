"""The API of stock: shoppers see stores and a capped number, staff see all; counts and receipts stay in one's place."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.channels.models import Location
from commerce.timeline.actors import SYSTEM
from inventory import holds, incoming, ledger, reservations
from inventory.holds import Want
from inventory.models import Movement, Stock
from orders import checkout
from tests.factories import MONDAY, location, person, sales_channel, staff, stock, variant, warehouse
from tests.orders.checking_out import cart_with, terms

pytestmark = pytest.mark.django_db

STOCK = "/api/v1/stock/"
SOL, TRIANA = {"latitude": 40.4168, "longitude": -3.7038}, {"latitude": 28.1059, "longitude": -15.4162}


def log_in(role: str, *places: Location) -> Client:
    client = Client()
    client.force_login(staff(role, *places))
    return client


def post(client: Client, path: str, body: object, **headers: str):
    return client.post(STOCK + path, json.dumps(body), content_type="application/json", headers=headers)


@pytest.fixture
def centro():
    return location("centro", postal_code="28013", city="Madrid", **SOL)


@pytest.fixture
def cup(centro):
    made = variant(sku="TAZA")
    stock(made, centro, on_hand=5)
    return made


@pytest.fixture
def clerk(centro):
    return log_in("store", centro)


def test_a_visitor_sees_the_stores_where_she_may_collect_the_nearest_first(client, cup):
    stock(cup, location("triana", postal_code="35002", **TRIANA), on_hand=50)
    stock(cup, warehouse(), on_hand=900)
    location("cerrada", is_active=False)

    answer = client.get(STOCK, {"sku": "TAZA", "near": "35002"})

    assert answer.status_code == 200
    [found] = answer.json()["variants"]
    assert [(place["location"], place["available"], place["is_more"]) for place in found["locations"]] == [
        ("triana", 20, True),
        ("centro", 5, False),
    ]
    assert [place["distance_km"] for place in found["locations"]] == [0.0, 1738.0]
    assert set(found["locations"][0]) == {
        "location",
        "name",
        "kind",
        "available",
        "is_more",
        "offers_pickup",
        "pickup_ready_at",
        "collected_from",
        "expected",
        "distance_km",
    }


def test_staff_see_every_location_and_every_unit(clerk, cup):
    stock(cup, warehouse(), on_hand=900)

    [found] = clerk.get(STOCK, {"sku": ["TAZA"]}).json()["variants"]

    assert {place["location"]: place["available"] for place in found["locations"]} == {"centro": 5, "almacen": 900}


def test_several_variants_are_answered_in_the_order_asked(client, cup):
    variant(sku="PLATO")

    found = client.get(STOCK, {"sku": ["PLATO", "TAZA", "PLATO"]}).json()["variants"]

    assert [(v["sku"], v["locations"][0]["available"]) for v in found] == [("PLATO", 0), ("TAZA", 5)]


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("", "sku", "required"),
        ("sku=NOPE", "sku", "unknown_sku"),
        ("sku=TAZA&near=28013&near=1", "near", "repeated"),
        ("sku=TAZA&order_by=cost", "order_by", "unknown_field"),
        ("sku=" + "x" * 61, "sku", "max_length"),
        ("sku=TAZA%00", "sku", "null_characters_not_allowed"),
        ("&".join(["sku=TAZA"] * 51), "sku", "max_length"),
    ],
)
def test_a_query_that_cannot_be_answered_names_its_fault(client, cup, query, field, code):
    answer = client.get(f"{STOCK}?{query}")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert f'"code":"{code}"' in answer.content.decode()


def test_a_place_nobody_knows_is_refused(client, cup):
    answer = client.get(STOCK, {"sku": "TAZA", "near": "Atlantis"})

    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_place")


@pytest.mark.parametrize("skus", [1, 3])
def test_stock_of_any_number_of_variants_takes_the_same_few_queries(client, centro, skus, django_assert_num_queries):
    for number in range(skus):
        stock(variant(sku=f"V{number}"), location(f"t{number}"), on_hand=3)

    with django_assert_num_queries(3):  # variants, locations, stock
        client.get(STOCK, {"sku": [f"V{number}" for number in range(skus)]})


def test_a_shelf_is_explained_to_the_last_unit(clerk, cup, centro):
    clock.move(MONDAY - clock.now())
    ledger.sell({cup.pk: 1}, location_id=centro.pk, by=SYSTEM, at=MONDAY, demand="ticket-1")
    holds.place([Want(cup.pk, centro.pk, 1, "line-1")], expires_at=MONDAY + timedelta(minutes=20), at=MONDAY)
    holds.allocate_now([Want(cup.pk, centro.pk, 2, "line-2")], at=MONDAY)

    why = clerk.get(STOCK + "explain/", {"sku": "TAZA", "location": "centro"}).json()

    assert {name: why[name] for name in ("available", "on_hand", "held", "allocated", "buffer", "damaged")} == {
        "available": 1,
        "on_hand": 4,
        "held": 1,
        "allocated": 2,
        "buffer": 0,
        "damaged": 0,
    }
    assert [(kind["kind"], kind["quantity"]) for kind in why["kinds"]] == [("received", 5), ("sold", -1)]
    assert [(row["kind"], row["demand"]) for row in why["movements"]] == [("sold", "ticket-1"), ("received", "")]
    assert [(hold["demand"], hold["quantity"], hold["expires_at"]) for hold in why["holds"]] == [
        ("line-1", 1, "2026-11-23T10:20:00Z")
    ]
    assert [(kept["demand"], kept["quantity"]) for kept in why["allocations"]] == [("line-2", 2)]


def test_what_is_expected_and_whose_units_are_kept_is_explained(clerk, cup, centro):
    web, at = sales_channel("web", locations=(centro,)), MONDAY - timedelta(minutes=1)
    clock.move(MONDAY - clock.now())
    order = checkout.buy(
        cart_with((cup, 2), web=web), terms=terms(2000, centro), tender="manual", by=SYSTEM, channel="web", at=at
    )
    kept = reservations.keep(
        cup,
        location=centro,
        quantity=1,
        until=MONDAY + timedelta(hours=1),
        person=person("Eva"),
        by=SYSTEM,
        channel="store",
        at=at,
    )
    incoming.expect({cup.pk: 7}, location_id=centro.pk, reference="PO-1", expected_at=None, at=at)

    why = clerk.get(STOCK + "explain/", {"sku": "TAZA", "location": "centro"}).json()

    assert [one["owner"] for one in why["allocations"]] == [
        {"kind": "order", "id": order.public_id, "number": order.number}
    ]
    assert [one["owner"] for one in why["holds"]] == [{"kind": "reservation", "id": kept.public_id, "number": ""}]
    assert (why["incoming"], [(one["reference"], one["quantity"]) for one in why["arrivals"]]) == (7, [("PO-1", 7)])


@pytest.mark.parametrize("place", [{"kind": "transit"}, {"is_active": False}])
def test_stock_on_the_road_or_in_a_closed_store_is_explained_too(place):
    there = location("lejos", **place)
    stock(variant(sku="BOL"), there, on_hand=1)
    office = log_in("back_office")

    answer = office.get(STOCK + "explain/", {"sku": "BOL", "location": "lejos"})

    assert (answer.status_code, answer.json()["on_hand"]) == (200, 1)
    assert office.get("/store/lejos/explain/BOL/").status_code == 200


def test_a_shelf_is_explained_as_of_an_instant_and_as_known_then(clerk, cup, centro):
    clock.move(MONDAY - clock.now())
    hours = [MONDAY - timedelta(hours=number) for number in range(6)]
    holds.allocate_now([Want(cup.pk, centro.pk, 2, "line-1")], at=hours[5])
    holds.release_allocations(["line-1"], at=hours[2])
    late = ledger.Move(cup.pk, centro.pk, ledger.Kind.SOLD, -1, occurred_at=hours[4])
    ledger.move([late], by=SYSTEM, at=hours[1], as_fact=True)

    def told(**asked: str) -> tuple[int, int, int]:
        why = clerk.get(STOCK + "explain/", {"sku": "TAZA", "location": "centro"} | asked).json()
        return why["on_hand"], why["allocated"], why["available"]

    assert told() == (4, 0, 4)
    assert told(at=hours[3].isoformat()) == (4, 2, 2)
    assert told(at=hours[3].isoformat(), known_at=hours[3].isoformat()) == (5, 2, 3)


def test_another_s_store_cannot_be_looked_into_or_written_to(clerk, cup):
    north = location("norte")
    stock(cup, north, on_hand=5)

    for answer in (
        clerk.get(STOCK + "explain/", {"sku": "TAZA", "location": "norte"}),
        clerk.get(STOCK + "explain/", {"sku": "TAZA", "location": "nowhere"}),
        post(clerk, "counts/", {"location": "norte", "lines": [{"sku": "TAZA", "quantity": 1}]}),
        post(clerk, "receipts/", {"location": "norte", "reference": "1", "lines": [{"sku": "TAZA", "quantity": 1}]}),
    ):
        assert answer.status_code == 404, answer.content

    assert Stock.objects.get(location=north).on_hand == 5


def test_agents_and_back_office_may_look_into_every_store(cup):
    for role in ("agent", "back_office"):
        assert log_in(role).get(STOCK + "explain/", {"sku": "TAZA", "location": "centro"}).status_code == 200


def test_a_variant_that_was_never_here_is_explained_by_nothing(clerk, centro):
    variant(sku="PLATO")

    why = clerk.get(STOCK + "explain/", {"sku": "PLATO", "location": "centro"}).json()

    assert (why["on_hand"], why["available"], why["kinds"]) == (0, 0, [])


def test_a_count_is_booked_once_and_tells_the_difference(clerk, cup):
    counted = {
        "location": "centro",
        "counted_at": "2026-11-20T20:00:00+01:00",
        "lines": [{"sku": "TAZA", "quantity": 3}],
    }

    first, second = post(clerk, "counts/", counted), post(clerk, "counts/", counted)

    assert (first.status_code, first.json()) == (
        201,
        {"lines": [{"sku": "TAZA", "counted": 3, "difference": -2, "moved_since": 0}]},
    )
    assert (second.status_code, second.json()) == (201, {"lines": []})
    assert Stock.objects.get().on_hand == 3
    assert Movement.objects.get(kind="counted").actor.startswith("staff:")

    counted["lines"][0]["quantity"] = 4
    assert post(clerk, "counts/", counted).json()["code"] == "count_differs"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "TAZA", "quantity": -1}]}, "lines"),
        ({"lines": [{"sku": "TAZA", "quantity": 0.5}]}, "lines"),
        ({"lines": [{"sku": "TAZA", "quantity": "3"}]}, "lines"),
        ({"lines": [{"sku": "TAZA", "quantity": 2**31}]}, "lines"),
        ({"lines": [{"sku": "NOPE", "quantity": 1}]}, "lines"),
        ({"lines": [{"sku": "TAZA", "quantity": 1}, {"sku": "TAZA", "quantity": 2}]}, "lines"),
        ({"counted_at": "2099-01-01T00:00:00Z"}, "counted_at"),
        ({"counted_at": "2026-11-20T20:00:00"}, "counted_at"),
        ({"counted_at": "0001-01-01T00:00:00+14:00"}, "counted_at"),
        ({"counted_at": 1700000000}, "counted_at"),
        ({"price": 1}, "price"),
    ],
)
def test_a_count_that_makes_no_sense_names_its_fault_and_changes_nothing(clerk, cup, change, fault):
    answer = post(clerk, "counts/", {"location": "centro", "lines": [{"sku": "TAZA", "quantity": 3}]} | change)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [fault])
    assert Stock.objects.get().on_hand == 5


def test_a_delivery_is_booked_once(clerk, cup):
    delivery = {"location": "centro", "reference": "ALB-77", "lines": [{"sku": "TAZA", "quantity": 12}]}

    answers = [post(clerk, "receipts/", delivery) for _ in range(2)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (201, {"booked": units, "surplus": []}) for units in (1, 0)
    ]
    assert Stock.objects.get().on_hand == 17


@pytest.mark.parametrize("role", [None, "agent"])
def test_who_does_not_work_with_goods_cannot_book_them(role, cup):
    client = log_in(role) if role else Client()

    answer = post(
        client, "receipts/", {"location": "centro", "reference": "1", "lines": [{"sku": "TAZA", "quantity": 1}]}
    )

    assert answer.status_code in (401, 403)
    assert Stock.objects.get().on_hand == 5
