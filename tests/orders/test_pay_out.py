"""Money that no provider gives back: unless she gets it where she stands, somebody must send it, and it is listed."""

import pytest

from commerce import clock
from commerce.timeline.actors import Actor
from commerce.timeline.tasks import run_due
from orders import buying, transfers
from orders.buying import Means
from orders.changes import editing
from orders.credits import ledger
from orders.drafting import Terms
from orders.models import Order, Refund, Todo
from orders.transfers import Transfer
from orders.uncollected import KEPT
from tests.factories import MONDAY
from tests.orders.calling import log_in, post
from tests.orders.shop import fresh

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "1")
STAMP = {"by": CLERK, "channel": "call_center", "at": MONDAY}


@pytest.fixture(autouse=True)
def now():
    clock.move(MONDAY - clock.now())


@pytest.fixture
def by_transfer(shop, lucia) -> Order:
    """Two mugs whose 25 euros came from a bank."""
    terms = Terms(expected_total=2500, pickup_at=shop.store)
    order = buying.buy(shop.cart(2, person=lucia), terms=terms, means=Means("bank_transfer"), **STAMP)
    transfers.take_in(Transfer("bank-1", f"pedido {order.number}", 2500, "EUR", MONDAY), **STAMP)
    return order


def listed() -> list[tuple[str, int]]:
    """What is to be paid out: of which order, and how much."""
    todos = Todo.objects.filter(kind="pay_out", closed_at=None).select_related("order").order_by("pk")
    return [(str(todo.order), Refund.objects.get(public_id=todo.subject).amount) for todo in todos]


def test_what_she_cancels_and_had_paid_by_transfer_somebody_sends_back(by_transfer, lucia):
    answer = post(log_in(lucia.user), f"/api/v1/orders/{by_transfer.public_id}/cancel/")

    assert answer.status_code == 200
    assert listed() == [(by_transfer.number, 2500)]
    wanted = f"2500 EUR of order {by_transfer.number} are to be given back by hand (canceled); paid by bank_transfer"
    assert Todo.objects.get().cause.startswith(wanted)


def test_what_a_change_of_hers_gives_back_somebody_sends(by_transfer, shop):
    editing.edit(by_transfer, {shop.mug.pk: 1}, expected_total=1250, **STAMP)

    assert listed() == [(by_transfer.number, 1250)]


@pytest.mark.parametrize(
    ("tender", "who", "is_listed"),
    [
        ("cash", "clerk", False),
        ("card_terminal", "clerk", False),
        ("bank_transfer", "clerk", True),
        ("cash", "agent", True),
        ("manual", "agent", True),
    ],
)
def test_a_clerk_hands_it_out_where_she_stands_and_an_agent_cannot(shop, request, tender, who, is_listed):
    terms = Terms(expected_total=1250, pickup_at=shop.store, email="eva@example.com")
    order = buying.buy(shop.cart(), terms=terms, means=Means(tender), **STAMP)
    if tender == "bank_transfer":
        transfers.take_in(Transfer("bank-1", f"pedido {order.number}", 1250, "EUR", MONDAY), **STAMP)

    said = {"amount": 500, "reason": "goodwill"}
    given = post(request.getfixturevalue(who), f"/api/v1/orders/{order.public_id}/refunds/", said)

    assert given.status_code == 201
    assert listed() == ([(order.number, 500)] if is_listed else [])


def test_what_nobody_collected_is_sent_back_and_credit_goes_where_it_came_from(shop, settings, clerk):
    settings.UNCOLLECTED = "refund"
    card, code = ledger.issue_gift_card(amount=400, currency="EUR", by=CLERK, at=MONDAY)
    terms = Terms(expected_total=1250, pickup_at=shop.store, email="eva@example.com")
    order = buying.buy(shop.cart(), terms=terms, means=Means("cash", code), **STAMP)
    post(clerk, f"/api/v1/fulfillments/{fresh(order).public_id}/ready/")

    run_due(at=MONDAY + KEPT * 2)

    card.refresh_from_db()
    assert (Order.objects.get().status, card.balance) == ("canceled", 400)
    assert listed() == [(order.number, 850)]
