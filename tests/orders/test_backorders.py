"""Bought before it is here: sold with a place in line, allocated when its turn has come, told at every step."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from commerce.timeline.actors import SYSTEM, VISITOR
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from inventory import incoming, ledger
from inventory.backorders import BackordersFull
from inventory.holds import OutOfStock
from inventory.models import Allocation, Backorder, Stock
from orders import abandoning, cancel, checkout, payments
from orders.buying import Means, buy
from orders.drafting import Terms
from orders.models import Fulfillment, Order
from tests.audits import violations
from tests.factories import MONDAY, location, stock, variant
from tests.orders.calling import EVA, HOME, check_out, post
from tests.orders.shop import Shop, fresh, home

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def sold_out(shop: Shop) -> Shop:
    """No mug anywhere, six sold before they are here, four expected on Tuesday."""
    for place in (shop.store, shop.warehouse):
        ledger.sell({shop.mug.pk: 5}, location_id=place.pk, by=SYSTEM, at=MONDAY)
    Stock.objects.filter(location=shop.warehouse).update(backorder_cap=6)
    goods = {shop.mug.pk: 4}
    incoming.expect(goods, location_id=shop.warehouse.pk, reference="PO-1", expected_at=TUESDAY, at=MONDAY)
    return shop


def order(shop: Shop, units: int = 1, *, may_wait: bool = True, minutes: int = 0, **fields) -> Order:
    terms = Terms(expected_total=1250 * units, deliver_to=home(), email="eva@example.com", may_wait=may_wait, **fields)
    at = MONDAY + timedelta(minutes=minutes)
    return checkout.buy(shop.cart(units), terms=terms, tender="cash", by=VISITOR, channel="store", at=at)


def receive(shop: Shop, units: int) -> None:
    ledger.receive({shop.mug.pk: units}, location_id=shop.warehouse.pk, by=SYSTEM, at=TUESDAY)
    run_due(at=TUESDAY)


def told(order: Order) -> list[str]:
    return list(Entry.objects.filter(journey=order.journey_id).order_by("number").values_list("type", flat=True))


def is_sound() -> bool:
    return violations("inventory.audit.RULES") + violations("orders.audit.RULES") == []


def test_what_is_nowhere_is_sold_with_a_place_in_line_and_a_day(sold_out):
    order(sold_out)

    second = order(sold_out, 2, minutes=1)

    part = fresh(second)
    assert (part.status, part.location, part.kind) == ("backordered", sold_out.warehouse, "shipment")
    assert part.promised_for > TUESDAY
    entry = Entry.objects.get(journey=second.journey_id, type="fulfillment.backordered")
    assert (entry.data["position"], entry.data["expected_at"]) == (2, TUESDAY.isoformat())
    assert is_sound()


def test_nobody_waits_for_what_is_on_the_road(sold_out):
    road = location("camino", kind="transit")
    sold_out.web.locations.add(road)
    stock(sold_out.mug, road, on_hand=0)
    Stock.objects.update(backorder_cap=0)
    Stock.objects.filter(location=road).update(backorder_cap=6)

    with pytest.raises(OutOfStock):
        order(sold_out)


def test_a_day_that_is_over_is_not_promised_to_whoever_comes_later(sold_out):
    late = checkout.buy(
        sold_out.cart(),
        terms=Terms(expected_total=1250, deliver_to=home(), email="eva@example.com", may_wait=True),
        tender="cash",
        by=VISITOR,
        channel="store",
        at=TUESDAY + timedelta(hours=1),
    )

    assert fresh(late).promised_for is None


def test_of_what_no_arrival_covers_no_day_is_promised(sold_out):
    order(sold_out, 4)

    part = fresh(order(sold_out, minutes=1))

    assert part.promised_for is None
    assert "fulfillment.promised" not in told(part.order)


def test_goods_received_go_to_the_first_in_line_who_is_told_and_to_nobody_else(sold_out):
    first, second = order(sold_out), order(sold_out, minutes=1)

    receive(sold_out, 1)

    assert (fresh(first).status, fresh(second).status) == ("allocated", "backordered")
    assert "fulfillment.allocated" in told(first)
    assert "fulfillment.allocated" not in told(second)
    assert is_sound()


def test_a_part_is_allocated_once_it_is_whole(sold_out):
    bought = order(sold_out, 3)

    receive(sold_out, 2)
    assert fresh(bought).status == "backordered"
    assert is_sound()

    receive(sold_out, 1)
    assert fresh(bought).status == "allocated"
    assert Allocation.objects.get(status="open").quantity == 3
    assert is_sound()


def test_who_did_not_agree_to_wait_is_refused(sold_out):
    with pytest.raises(OutOfStock):
        order(sold_out, may_wait=False)


def test_beyond_the_cap_it_is_sold_out(sold_out):
    order(sold_out, 6)

    with pytest.raises((OutOfStock, BackordersFull)):
        order(sold_out, minutes=1)


def test_what_is_there_goes_at_once_and_the_rest_waits(sold_out):
    bowl = variant(sku="BOL", price=500)
    stock(bowl, sold_out.warehouse, on_hand=1)
    cart = sold_out.cart()
    cart.lines.create(variant=bowl, quantity=1, edited_at=MONDAY, edited_by="visitor")

    terms = Terms(expected_total=1750, deliver_to=home(), email="eva@example.com", may_wait=True)
    bought = checkout.buy(cart, terms=terms, tender="cash", by=VISITOR, channel="store", at=MONDAY)

    parts = Fulfillment.objects.filter(order=bought).order_by("pk")
    assert [(p.status, p.lines.get().order_line.sku) for p in parts] == [("allocated", "BOL"), ("backordered", "TAZA")]
    assert is_sound()


def test_an_order_that_is_canceled_leaves_the_line(sold_out):
    first, second = order(sold_out, 2), order(sold_out, minutes=1)
    receive(sold_out, 1)

    cancel.cancel(first, by=SYSTEM, channel="call_center", at=TUESDAY)
    run_due(at=TUESDAY)

    assert fresh(first).status == "canceled"
    assert fresh(second).status == "allocated"
    assert is_sound()


def test_a_checkout_has_its_place_from_its_payment_on_and_gives_it_back_when_it_is_given_up(sold_out):
    terms = Terms(expected_total=1250, deliver_to=home(), email="eva@example.com", may_wait=True)
    slow = checkout.prepare(sold_out.cart(), terms=terms, by=VISITOR, channel="web", at=MONDAY)
    other = checkout.prepare(sold_out.cart(), terms=terms, by=VISITOR, channel="web", at=MONDAY)
    order(sold_out, minutes=1)

    payments.take_manual(slow, by=VISITOR, channel="web", at=MONDAY + timedelta(minutes=5))
    checkout.finalize(slow, by=VISITOR, channel="web", at=MONDAY + timedelta(minutes=5))
    abandoning.give_up(other, by=SYSTEM, channel="web", at=MONDAY + timedelta(minutes=20))

    entry = Entry.objects.get(journey=slow.journey_id, type="fulfillment.backordered")
    assert entry.data["position"] == 2
    assert sorted(Backorder.objects.values_list("status", flat=True)) == ["canceled", "waiting", "waiting"]
    assert is_sound()


def test_who_pays_by_transfer_stands_in_line_once_the_money_is_here(sold_out):
    terms = Terms(expected_total=1250, deliver_to=home(), email="eva@example.com", may_wait=True)
    slow = buy(sold_out.cart(), terms=terms, means=Means("bank_transfer"), by=VISITOR, channel="web", at=MONDAY)
    fast = order(sold_out, minutes=1)
    assert Backorder.objects.get(status="unpaid").demand == slow.lines.get().public_id

    payments.take_manual(slow, tender="bank_transfer", by=SYSTEM, channel="web", at=MONDAY + timedelta(minutes=9))
    run_due(at=MONDAY + timedelta(minutes=9))

    line = Backorder.objects.filter(status="waiting").order_by("paid_at", "pk")
    assert list(line.values_list("demand", flat=True)) == [fast.lines.get().public_id, slow.lines.get().public_id]
    assert is_sound()


def test_the_api_tells_the_place_in_line_before_and_after(sold_out, client):
    cart = sold_out.cart()
    order(sold_out, minutes=-60 * 24 * 10)

    ways = client.get(f"/api/v1/carts/{cart.public_id}/checkout/").json()
    refused = post(
        client,
        f"/api/v1/carts/{cart.public_id}/checkout/",
        {"expected_total": 1250, "tender": "manual", "address": HOME} | EVA,
    )
    bought = check_out(client, cart.public_id, 1250, address=HOME, may_wait=True, **EVA)

    assert [(w["sku"], w["can_wait"], w["position"]) for w in ways["waits"]] == [("TAZA", True, 2)]
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_stock")
    assert bought["fulfillments"][0]["in_line"]["position"] == 2
    assert bought["fulfillments"][0]["status"] == "backordered"


def test_the_lifecycle_begins_where_it_waits_or_where_it_is_there(capsys):
    call_command("lifecycles")

    assert "[*] --> backordered\n    [*] --> allocated" in capsys.readouterr().out
