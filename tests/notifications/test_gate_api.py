"""The API for agents stands behind the gate of the desk: no second fact, no data of hers and nothing in her name."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from commerce import clock
from commerce.customers.models import Person, Reading, Serving
from commerce.timeline.models import Entry
from orders.models import Order
from tests import factories
from tests.commerce.carts.calling import CARTS, log_in, post, put
from tests.factories import LONG_AGO
from tests.orders.shop import Shop, open_shop

pytestmark = pytest.mark.django_db

DOOR = "/api/v1/servings/"


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def lucia() -> Person:
    return factories.person("Lucía", email="lucia@example.com", user=User.objects.create_user("lucia"))


@pytest.fixture
def agent() -> Client:
    return log_in(factories.staff("agent", username="agente"))


def of_hers(lucia: Person, cart_id: str) -> list[str]:
    """Every address of the API at which an agent looks into what is hers."""
    of = f"?person={lucia.public_id}"
    lists = [f"/api/v1/{name}/{of}" for name in ("carts", "conversations", "messages")]
    cart = [f"{CARTS}{cart_id}/", f"{CARTS}{cart_id}/edits/", f"{CARTS}{cart_id}/checkout/"]
    return [*lists, *cart, f"/api/v1/people/{lucia.public_id}/statement/"]


def orders_for(caller: Client, cart_id: str, shop: Shop) -> int:
    return post(
        caller,
        f"{CARTS}{cart_id}/checkout/",
        {"expected_total": 2500, "pickup_location": shop.store.code, "tender": "manual"},
    ).status_code


def test_an_agent_without_leave_sees_nothing_of_hers_and_does_nothing_in_her_name(
    shop: Shop, agent: Client, lucia: Person
) -> None:
    cart = shop.cart(2, person=lucia)
    line = f"{CARTS}{cart.public_id}/lines/TAZA/"

    seen = [agent.get(path) for path in of_hers(lucia, cart.public_id)]
    done = [
        post(agent, CARTS, {"person": lucia.public_id}).status_code,
        put(agent, line, {"quantity": 1}).status_code,
        orders_for(agent, cart.public_id, shop),
        post(agent, "/api/v1/cases/", {"person": lucia.public_id, "kind": "complaint", "request": "?"}).status_code,
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in seen} == {(403, "not_served")}
    assert done == [403] * 4
    assert not Reading.objects.exists()
    assert not Order.objects.exists()


def test_a_second_fact_and_a_reason_open_the_rest_for_an_hour_and_each_look_is_written_down(
    shop: Shop, agent: Client, lucia: Person
) -> None:
    cart, number = shop.cart(2, person=lucia), factories.order(person=lucia, number="A-77").number

    begun = post(agent, DOOR, {"email": "LUCIA@example.com", "proof": number, "reason": "order"})
    Reading.objects.all().delete()
    answers = [agent.get(path).status_code for path in of_hers(lucia, cart.public_id)]

    member = User.objects.get(username="agente").staff_member
    assert (begun.status_code, begun.json()["person"], begun.json()["proof"]) == (201, lucia.public_id, "number")
    assert answers == [200] * len(answers)
    assert {"cart", "statement"} <= set(Reading.objects.filter(person=lucia).values_list("what", flat=True))
    assert orders_for(agent, cart.public_id, shop) == 201
    told = Entry.objects.get(type="serving.begun")
    assert (told.actor, told.data["reason"]) == (f"staff:{member.pk}", "order")


def test_when_the_agent_is_done_the_doors_are_closed(shop: Shop, agent: Client, lucia: Person) -> None:
    factories.order(person=lucia, number="A-77")
    post(agent, DOOR, {"email": "lucia@example.com", "proof": "A-77", "reason": "question"})
    of = f"{CARTS}?person={lucia.public_id}"

    before = agent.get(of).status_code
    agent.delete(DOOR, {"person": lucia.public_id}, content_type="application/json")

    assert (before, agent.get(of).status_code) == (404, 403)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"email": "lucia@example.com", "reason": "order"}, 404),
        ({"email": "lucia@example.com", "proof": "A-78", "reason": "order"}, 404),
        ({"email": "lucia@example.com", "proof": "A-77"}, 400),
        ({"email": "lucia@example.com", "proof": "A-77", "reason": "curiosity"}, 400),
        ({"proof": "A-77", "reason": "order"}, 400),
    ],
)
def test_what_proves_nothing_or_says_no_reason_opens_nothing(
    agent: Client, lucia: Person, said: dict[str, str], status: int
) -> None:
    factories.order(person=lucia, number="A-77")

    assert post(agent, DOOR, said).status_code == status
    assert not Serving.objects.exists()


def test_the_back_office_looks_without_a_second_fact_but_orders_for_nobody_without_a_reason(
    shop: Shop, lucia: Person
) -> None:
    office, cart = log_in(factories.staff("back_office")), shop.cart(2, person=lucia)

    seen = [office.get(path).status_code for path in of_hers(lucia, cart.public_id)]
    refused = orders_for(office, cart.public_id, shop)
    post(office, DOOR, {"person": lucia.public_id, "reason": "order"})

    assert seen == [200] * len(seen)
    assert Reading.objects.filter(person=lucia, what="cart").exists()
    assert (refused, orders_for(office, cart.public_id, shop)) == (403, 201)
    assert Serving.objects.get().proof == "none"


@pytest.mark.parametrize("role", ["agent", "store"])
def test_second_facts_are_guessed_at_no_door(shop: Shop, lucia: Person, role: str) -> None:
    factories.order(person=lucia, number="4711", placed_at=clock.now(), location=shop.store, created_at=LONG_AGO)
    email = "lucia@example.com"
    doors = {
        "look-up": lambda c, n: post(c, "/api/v1/lookup/", {"email": email, "number": n}),
        "serving": lambda c, n: post(c, DOOR, {"email": email, "proof": n, "reason": "order"}),
    }
    if role == "store":
        page = f"/store/{shop.store.code}/"
        doors["page"] = lambda c, n: c.post(f"{page}look-up/", {"address": email, "proof": n})

    for ask in doors.values():
        caller = log_in(factories.staff(role, shop.store))
        tried = [ask(caller, number).status_code in (200, 201) for number in (*map(str, range(10)), "4711")]

        assert tried == [False] * 11
        assert ask(log_in(factories.staff(role, shop.store)), "4711").status_code in (200, 201)
