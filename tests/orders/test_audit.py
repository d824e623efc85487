"""The audit of orders finds each kind of damage, and nothing in a shop where all went well."""

import pytest
from django.db import connection
from django.utils.module_loading import import_string

from commerce.timeline.actors import VISITOR
from orders import abandoning, cancel, checkout, payments, pickups
from orders.drafting import Terms
from tests.audits import violations
from tests.factories import MONDAY, coupon
from tests.orders.shop import open_shop

pytestmark = pytest.mark.django_db
RULES = "orders.audit.RULES"
STAMP = {"by": VISITOR, "channel": "web", "at": MONDAY}


@pytest.fixture
def busy():
    """A shop with an order in every state."""
    shop = open_shop()
    code = coupon("DIEZ", value=1000)
    collected = shop.pickup(2)
    pickups.mark_ready(collected, **STAMP)
    pickups.collect(collected, code=collected.pickup_code, **STAMP)
    shop.order()
    shop.order(delivered=True)
    cancel.cancel(shop.order(), **STAMP)
    for ends in (lambda order: order, lambda order: abandoning.give_up(order, **STAMP)):
        terms = Terms(expected_total=1125, pickup_at=shop.store, email="eva@example.com")
        ends(checkout.prepare(shop.cart(coupon=code), terms=terms, **STAMP))
    paid = checkout.prepare(shop.cart(), terms=Terms(1250, pickup_at=shop.store, email="eva@example.com"), **STAMP)
    payments.take_manual(paid, **STAMP)
    return shop


def test_a_shop_where_all_went_well_breaks_no_rule(busy):
    assert violations(RULES) == []


DAMAGE = {
    "what is charged is what was quoted": "UPDATE orders_order SET quote = '{\"total\": 1}' WHERE status = 'completed'",
    "an order's amounts are the sums of its lines": (
        "UPDATE orders_orderline SET goods_total = goods_total + 1, total = total + 1 WHERE quantity = 2"
    ),
    "an order's payment status is what its payments say (a total of zero needs none)": (
        "UPDATE orders_payment SET refunded = 1 WHERE amount = 2500"
    ),
    "a cart that was ordered has one order, one that is checked out has one draft, an open one has neither": (
        "UPDATE carts_cart SET status = 'open' WHERE id = (SELECT min(cart_id) FROM orders_order)"
    ),
    "a coupon's held uses belong to drafts or are leased to a till, its redeemed ones belong to orders that stand": (
        "UPDATE promotions_couponuse SET demand = 'nobody' WHERE status = 'held'"
    ),
    "what is allocated for order lines is what their fulfillments still have to hand over": (
        "UPDATE inventory_allocation SET status = 'released', ended_at = now() WHERE status = 'open'"
    ),
    "who waits for units has a part of an order that waits, and is told once they are here": (
        "UPDATE orders_fulfillment SET status = 'backordered' WHERE kind = 'shipment' AND status = 'allocated'"
    ),
    "what is held for order lines is held for drafts": (
        "UPDATE orders_order SET status = 'canceled' WHERE status = 'draft'"
    ),
    "every line of a standing order from a cart goes with fulfillments, whole": (
        "DELETE FROM orders_fulfillmentline WHERE quantity = 2"
    ),
    "an order from a cart is completed once the shopper has all of it, or left the rest, and not before": (
        "UPDATE orders_order SET status = 'placed' WHERE status = 'completed'"
    ),
}


@pytest.mark.parametrize("rule", import_string(RULES), ids=lambda rule: rule.name)
def test_each_rule_finds_its_damage_and_counts_what_it_looked_at(rule, busy):
    with connection.cursor() as cursor:
        cursor.execute(DAMAGE[rule.name])
        assert cursor.rowcount > 0
        cursor.execute(rule.rows)
        looked_at = cursor.fetchone()[0]
        cursor.execute(rule.violations)
        found = cursor.fetchall()

    assert looked_at > 0
    assert found
    assert all(len(row) == 2 and row[1] for row in found)
