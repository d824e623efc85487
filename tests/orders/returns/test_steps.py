"""The steps of a return and their undoing: shelves, counts and cents are right after each."""

from itertools import pairwise

import pytest

from inventory.expiry import sweep_expired
from inventory.holds import OutOfStock
from inventory.models import Stock
from orders.models import Order, OrderLine, Refund
from orders.moves import IllegalMove
from orders.returns import exchanging, policy, receiving, settling, starting, undoing
from orders.returns.models import PolicyVersion
from orders.returns.policy import Exempt, Policy, PolicyInThePast, PolicyKnown
from tests.factories import LONG_AGO, MONDAY
from tests.orders.returns.bringing_back import CLERK, STAMP, announced, bought, done, looked_at, shelf


@pytest.fixture
def order(shop) -> Order:
    return bought(shop, "web", quantity=3)


def test_each_step_is_undone_until_she_has_what_is_due(shop, order):
    before = shelf(shop, shop.store)
    returned = looked_at(announced(order, 2), shop.store)
    assert shelf(shop, shop.store) == (before[0] + 2, 0, 0, 0)

    undoing.undo(returned, **STAMP)
    assert shelf(shop, shop.store) == (before[0] + 2, 0, 0, 2)
    returned.refresh_from_db()
    undoing.undo(returned, **STAMP)
    assert shelf(shop, shop.store) == before
    returned.refresh_from_db()
    undoing.undo(returned, **STAMP)

    returned.refresh_from_db()
    assert (returned.status, order.lines.get().returned) == ("canceled", 0)
    settled = done(announced(order), shop.store)
    with pytest.raises(IllegalMove):
        undoing.undo(settled, **STAMP)


def test_what_is_not_taken_stays_hers_and_costs_us_nothing(shop, order):
    before = shelf(shop, shop.store)

    returned = done(announced(order, 2), shop.store, condition="refused")

    assert (returned.total, Refund.objects.count(), order.lines.get().returned) == (0, 0, 0)
    assert shelf(shop, shop.store) == before


def test_all_units_together_give_the_line_to_the_cent_whatever_was_canceled_between(shop, order):
    OrderLine.objects.update(goods_total=1000, total=1000)
    Order.objects.update(goods_total=1000, total=1000, quote={"total": 1000})
    order.payments.update(amount=1000)
    first, second = announced(order), announced(order)
    starting.cancel(first, **STAMP)

    totals = [done(one, shop.store).total for one in (second, announced(order), announced(order))]

    assert sum(totals) == 1000
    assert [abs(a - b) <= 1 for a, b in pairwise(totals)] == [True, True]


def test_postage_goes_back_with_the_last_of_the_goods_and_once(shop, order):
    Order.objects.update(delivery_total=395, total=4145, quote={"total": 4145})
    order.payments.update(amount=4145)
    order.refresh_from_db()

    totals = [done(announced(order, units), shop.store).total for units in (2, 1)]

    assert totals == [2500, 1250 + 395]
    assert Order.objects.get().payment_status == "refunded"


def test_a_replacement_is_kept_at_once_and_let_go_with_the_return(shop, order):
    returned = announced(order, outcome="exchange", location=shop.store)
    assert shelf(shop, shop.store)[1] == 1

    starting.cancel(returned, **STAMP)

    assert shelf(shop, shop.store)[1] == 0
    assert list(Order.objects.order_by("pk").values_list("status", flat=True)) == ["completed", "canceled"]


def test_where_the_replacement_is_gone_she_gets_her_money(shop, order):
    returned = looked_at(announced(order, outcome="exchange", location=shop.store), shop.store, condition="damaged")
    late = STAMP | {"at": STAMP["at"] + exchanging.KEPT}
    sweep_expired(at=late["at"])
    Stock.objects.filter(location=shop.store).update(buffer=100)  # others need what there is

    with pytest.raises(OutOfStock):
        settling.settle(returned, **late)
    settled = settling.settle(returned, outcome="refund", **late)

    assert (settled.status, settled.outcome, Refund.objects.get().goes_to) == ("settled", "refund", "original")


def test_a_version_holds_for_what_is_bought_from_then_on_and_stays(shop):
    strict = Policy(version="2026-2", days=14, exempt=(Exempt("higiene", 0, tags=("hygiene",)),))
    policy.publish(strict, starts_at=MONDAY, by=CLERK, at=LONG_AGO)

    assert policy.in_force(MONDAY).days == 14
    assert policy.in_force(LONG_AGO) == policy.HOUSE
    assert policy.of_version("2026-2") == strict
    with pytest.raises(PolicyInThePast):
        policy.publish(Policy(version="x", days=1), starts_at=LONG_AGO, by=CLERK, at=MONDAY)
    with pytest.raises(PolicyKnown):
        policy.publish(strict, starts_at=MONDAY, by=CLERK, at=LONG_AGO)
    assert PolicyVersion.objects.count() == 1


def test_exempt_goods_come_back_only_if_the_fault_is_ours(shop):
    policy.publish(
        Policy(version="2026-3", days=14, exempt=(Exempt("higiene", 0, tags=("hygiene",)),)),
        starts_at=LONG_AGO,
        by=CLERK,
        at=LONG_AGO,
    )
    shop.mug.product.tags = ["hygiene"]
    shop.mug.product.save()
    order = bought(shop, "web")

    with pytest.raises(starting.NotReturnable):
        announced(order)

    assert done(announced(order, reason="faulty"), shop.store, condition="to_supplier").total == 1250


def test_opened_goods_cost_her_unless_the_fault_is_ours(shop, order):
    opened = done(announced(order), shop.store, condition="opened")
    faulty = done(announced(order, reason="faulty"), shop.store, condition="opened")

    assert [(one.total, one.fee) for one in (opened, faulty)] == [(1062, 188), (1250, 0)]


def test_a_line_falls_into_several_conditions(shop, order):
    returned = receiving.receive(announced(order, 3), location=shop.store, **STAMP)
    found = [receiving.Found(1, 1, "sellable"), receiving.Found(1, 1, "damaged"), receiving.Found(1, 1, "refused")]

    judged = receiving.inspect(returned, found=found, **STAMP)

    assert sorted(judged.lines.values_list("condition", "quantity", "total")) == [
        ("damaged", 1, 1250),
        ("refused", 1, 1250),
        ("sellable", 1, 1250),
    ]
    assert (judged.total, order.lines.get().returned) == (2500, 2)
