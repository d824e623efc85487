"""Each rule finds what breaks it: the books are spoiled by hand, and the audit says where."""

import pytest
from django.db import connection

from commerce.timeline.actors import SYSTEM
from inventory import holds, incoming, ledger
from inventory.ledger import Count
from tests.audits import violations
from tests.factories import MONDAY, location, stock, variant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("sabotage", "rule"),
    [
        ("UPDATE inventory_stock SET on_hand = on_hand + 1", "on hand is the sum of the movements"),
        ("UPDATE inventory_stock SET damaged = 1", "so are the damaged units"),
        ("UPDATE inventory_stock SET held = 2", "held is the sum of the live holds"),
        ("UPDATE inventory_hold SET quantity = 2", "held is the sum of the live holds"),
        ("UPDATE inventory_stock SET allocated = 2", "allocated is the sum of the open allocations"),
        ("DELETE FROM inventory_allocation", "allocated is the sum of the open allocations"),
        ("UPDATE inventory_stock SET incoming = 9", "incoming is what has not come"),
        ("UPDATE inventory_incoming SET received = 1", "incoming is what has not come"),
        ("UPDATE inventory_stock SET allocated = 9", "nothing is promised twice"),
        ("UPDATE inventory_stock SET on_hand = -1", "nothing is below zero"),
        (
            "INSERT INTO inventory_movement (stock_id, kind, quantity, damaged, reason, demand, cause,"
            " device, actor, occurred_at, recorded_at) SELECT id, 'sold', -1, 0, '', '', 'x', '', 'x',"
            " '2026-01-01', now() FROM inventory_stock",
            "a shelf stays as it was counted",
        ),
    ],
)
def test_what_breaks_a_rule_is_found(sabotage, rule):
    row = stock(variant(), location("centro"), on_hand=5)
    ledger.count([Count(row.variant_id, row.location_id, 4, MONDAY)], by=SYSTEM, at=MONDAY)
    holds.place([holds.Want(row.variant_id, row.location_id, 1, "a")], expires_at=MONDAY, at=MONDAY)
    holds.allocate_now([holds.Want(row.variant_id, row.location_id, 1, "b")], at=MONDAY)
    goods = {row.variant_id: 3}
    incoming.expect(goods, location_id=row.location_id, reference="PO-1", expected_at=None, at=MONDAY)
    assert violations("inventory.audit.RULES") == []

    with connection.cursor() as cursor:
        cursor.execute(sabotage)

    assert any(rule in found for found in violations("inventory.audit.RULES"))
