"""Bought in any channel, brought back in any, for money, credit or something else: one policy, one sum, one shelf."""

from datetime import timedelta
from itertools import product

import pytest

from commerce.channels.models import Location, SalesChannel
from orders.credits.models import Credit
from orders.models import Order, Payment, Refund, Todo
from orders.returns import policy, receiving, settling, starting
from orders.returns.models import Return
from orders.returns.policy import Policy
from tests.factories import LONG_AGO, MONDAY
from tests.orders.returns.bringing_back import CLERK, back, bought, shelf
from tests.orders.shop import Shop

BOUGHT = ("web", "store", "phone")
BROUGHT = ("web", "store", "phone", "post")
OUTCOMES = ("refund", "credit", "exchange")
CONDITIONS = ("sellable", "opened", "damaged", "to_supplier")
AT = MONDAY + timedelta(days=3)


@pytest.fixture
def rules() -> Policy:
    """Thirty days; three euros for the way by post, a tenth of what was opened."""
    made = Policy(version="2026-7", days=30, way_fees={"post": 300}, condition_fees={"opened": 1000})
    policy.publish(made, starts_at=MONDAY - timedelta(days=1), by=CLERK, at=LONG_AGO)
    return made


def brought(order: Order, shop: Shop, through: str, outcome: str, condition: str) -> Return:
    """One unit comes back: begun in one channel, taken in at a counter or at the warehouse."""
    channels = {"web": "web", "store": "store", "phone": "call_center", "post": "web"}
    way = "post" if through in ("phone", "post") else "store"
    place: Location = shop.warehouse if way == "post" else shop.store
    sales_channel = SalesChannel.objects.get(code=channels[through])
    stamp = {"by": CLERK, "channel": sales_channel.kind, "at": AT}
    returned = starting.announce(
        order,
        back=back(order),
        way=way,
        outcome=outcome,
        location=place if way == "store" else None,
        sales_channel=sales_channel,
        **stamp,
    )
    taken = {"by": CLERK, "channel": "store", "at": AT}
    receiving.receive(returned, location=place, **taken)
    receiving.inspect(returned, found=[receiving.Found(1, 1, condition)], **taken)
    return settling.settle(returned, tender="cash", **taken)


CELLS = list(product(BOUGHT, BROUGHT, OUTCOMES))


@pytest.mark.parametrize(
    ("through", "back_through", "outcome", "condition"),
    [(*cell, CONDITIONS[number % len(CONDITIONS)]) for number, cell in enumerate(CELLS)],
    ids=lambda value: str(value),
)
def test_every_cell_of_the_matrix(shop, lucia, rules, through, back_through, outcome, condition):
    order = bought(shop, through, person=lucia)
    by_post = back_through in ("phone", "post")
    place, other = (shop.warehouse, shop.store) if by_post else (shop.store, shop.warehouse)
    before, elsewhere = shelf(shop, place), shelf(shop, other)

    returned = brought(order, shop, back_through, outcome, condition)

    # money: one mug, less what the version keeps of it
    fee = (125 if condition == "opened" else 0) + (300 if by_post else 0)
    assert (returned.total, returned.fee, returned.policy) == (1250 - fee, fee, "2026-7")
    counted = Refund.objects.filter(payment__order=order).values_list("amount", "goes_to", "status")
    goes_to = {"refund": "original", "credit": "credit", "exchange": "exchange"}[outcome]
    assert list(counted) == [(1250 - fee, goes_to, "succeeded")]
    assert Payment.objects.get(order=order).refunded == 1250 - fee
    assert list(Credit.objects.values_list("person", "balance")) == (
        [(lucia.pk, 1250 - fee)] if outcome == "credit" else []
    )
    if outcome == "exchange":
        paid = list(returned.replacement.payments.order_by("pk").values_list("tender", "amount"))
        assert paid == [("exchange", 1250 - fee)] + ([("cash", fee)] if fee else [])
        instead = Order.objects.get(pk=returned.replacement.pk)
        assert (instead.total, instead.payment_status, instead.status) == (1250, "captured", "placed")
    by_hand = outcome == "refund" and by_post
    assert list(Todo.objects.values_list("kind", flat=True)) == (["pay_out"] if by_hand else [])

    # stock: where it came in, in its condition; the replacement is promised from somewhere
    damaged = int(condition in ("damaged", "to_supplier"))
    now, still = shelf(shop, place), shelf(shop, other)
    promised = (now[2] - before[2]) + (still[2] - elsewhere[2])
    assert (now[0] - before[0], now[3] - before[3]) == (1, damaged)
    assert (still[0], still[3], promised) == (elsewhere[0], elsewhere[3], int(outcome == "exchange"))
    assert order.lines.get().returned == 1


def test_the_matrix_has_every_condition_in_every_outcome():
    met = {(cell[2], CONDITIONS[number % len(CONDITIONS)]) for number, cell in enumerate(CELLS)}

    assert met == set(product(OUTCOMES, CONDITIONS))
