"""What is held back: what its page says, what its timeline keeps, and that nobody waits for what is over."""

from datetime import timedelta

import pytest

from commerce import clock
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from orders import cancel
from orders.changes import holding
from orders.models import Order, OrderHold, Todo
from tests import factories
from tests.factories import MONDAY
from tests.inventory.test_pages import words
from tests.orders.calling import log_in
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db
STAMP = {"by": Actor("staff", "7"), "channel": "call_center", "at": MONDAY}
BY_NOON, BY_EVENING = MONDAY + timedelta(hours=4), MONDAY + timedelta(hours=9)


@pytest.fixture
def held(shop: Shop) -> Order:
    """Held back until noon, because it looks like fraud."""
    clock.move(MONDAY - clock.now())
    order = shop.order(1, delivered=True)
    holding.put_on_hold(order, kind="fraud", owner="staff:9", due_at=BY_NOON, **STAMP)
    return order


def test_the_page_of_what_is_held_back_does_not_say_that_it_is_being_packed(held: Order) -> None:
    agent, page = log_in(factories.staff("agent")), f"/o/{held.public_id}/"

    while_held = words(agent.get(page))
    holding.release(held, kind="fraud", **STAMP)
    let_go = words(agent.get(page))

    assert ("Comprobamos algo antes de prepararlo" in while_held, "empaquetando" in while_held) == (True, False)
    assert ("Comprobamos algo antes de prepararlo" in let_go, "empaquetando" in let_go) == (False, True)


def test_a_hold_that_goes_on_keeps_who_had_it_and_until_when(held: Order) -> None:
    holding.put_on_hold(held, kind="fraud", owner="staff:4", due_at=BY_EVENING, **STAMP)

    kept = Entry.objects.filter(type="order.held").order_by("number").values_list("data", flat=True)
    assert [(data["was_owner"], data["was_due_at"], data["owner"], data["due_at"]) for data in kept] == [
        ("", "", "staff:9", BY_NOON.isoformat()),
        ("staff:9", BY_NOON.isoformat(), "staff:4", BY_EVENING.isoformat()),
    ]


def test_nobody_has_to_decide_about_an_order_that_was_canceled(held: Order) -> None:
    holding.put_on_hold(held, kind="stock", owner="staff:9", due_at=BY_NOON, **STAMP)

    cancel.cancel(held, **STAMP)
    run_due(at=BY_EVENING)

    assert OrderHold.objects.filter(released_at=None).count() == 0
    assert Todo.objects.filter(kind="order_held", closed_at=None).count() == 0
    assert not Entry.objects.filter(type__in=["order.hold_overdue", "order.released"]).exists()
