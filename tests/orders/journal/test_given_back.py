"""Goods and money of a till's sale come back once, whatever says so, and whatever comes first.

Each set of facts is told in every order; the books end as if it had been told in its own.
"""

from itertools import permutations
from typing import Any

import pytest
from django.db import connection

from commerce.clock import now
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from commerce.wiring import AUDITS
from inventory.models import Stock
from orders import refunding
from orders.journal.models import Difference
from orders.models import Order, OrderLine, Payment, Refund, Todo
from orders.returns import starting
from orders.returns.bought import purchase_of
from orders.returns.models import Return, ReturnLine
from orders.returns.starting import Back, MoreThanBought
from tests.audits import violations
from tests.orders.journal.sending import TillOf, line, till
from tests.orders.journal.state import books_after
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "1")


def told(caja: TillOf, facts: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The books once these facts were told, one by one; then it is as if they had not been."""
    return books_after(*((caja, fact) for fact in facts))


def on_hand(shop: Shop) -> int:
    return Stock.objects.get(variant=shop.mug, location=shop.store).on_hand


def facts_of(shop: Shop, caja: TillOf, which: str) -> list[dict[str, Any]]:
    """A sale of two mugs, and what speaks of it: returns of one (r), two (R), one at another price (p), voids (v).

    How its first tender ended: captured (c) or declined (d).
    """
    sale = caja.sale(line(shop.mug, quantity=2))
    makes = {
        "r": lambda: caja.fact("return", of=sale["uuid"], lines=[line(shop.mug)]),
        "R": lambda: caja.fact("return", of=sale["uuid"], lines=[line(shop.mug, quantity=2)]),
        "p": lambda: caja.fact("return", of=sale["uuid"], lines=[line(shop.mug, price=2000)]),
        "v": lambda: caja.fact("void", of=sale["uuid"]),
        "c": lambda: caja.fact("payment", of=sale["uuid"], tender=1, outcome="captured"),
        "d": lambda: caja.fact("payment", of=sale["uuid"], tender=1, outcome="declined"),
    }
    return [sale, *(makes[one]() for one in which)]


@pytest.mark.parametrize("which", ["rv", "Rv", "rrr", "rR", "vv", "pp", "rrv"])
def test_the_books_end_the_same_in_whatever_order_it_is_told(shop: Shop, caja: TillOf, which: str) -> None:
    facts = facts_of(shop, caja, which)
    in_order = told(caja, facts)

    for shuffled in list(permutations(facts))[1 :: len(facts) - 2]:  # every order of three, every second of four
        assert told(caja, list(shuffled)) == in_order


def test_a_void_after_a_return_gives_back_only_what_is_left(shop: Shop, caja: TillOf) -> None:
    sale, back, void = facts_of(shop, caja, "rv")

    caja.send(sale, back, void)

    payment = Payment.objects.get()
    assert (on_hand(shop), payment.refunded, OrderLine.objects.get().returned) == (5, 2500, 2)
    assert sorted(Return.objects.values_list("total", flat=True)) == [1250, 1250]
    assert Difference.objects.count() == 0
    assert violations(*AUDITS) == []


def test_a_void_of_what_is_back_already_gives_nothing_and_is_somebodys_matter(shop: Shop, caja: TillOf) -> None:
    caja.send(*facts_of(shop, caja, "Rv"))

    assert (on_hand(shop), Payment.objects.get().refunded, OrderLine.objects.get().returned) == (5, 2500, 2)
    assert list(Difference.objects.values_list("kind", "subject", "loss")) == [("return", "void", 0)]
    todo = Todo.objects.get()
    assert (todo.kind, todo.order, todo.location) == ("given_twice", Order.objects.get(), shop.store)


def test_what_comes_back_twice_is_on_the_shelf_and_the_money_is_a_loss(shop: Shop, caja: TillOf) -> None:
    caja.send(*facts_of(shop, caja, "Rr"))

    assert (on_hand(shop), Payment.objects.get().refunded, OrderLine.objects.get().returned) == (6, 2500, 2)
    told = Difference.objects.values_list("kind", "line", "subject", "expected", "actual", "loss")
    assert list(told) == [("return", 1, "TAZA", 0, 1250, 1250)]
    assert list(ReturnLine.objects.filter(order_line=None).values_list("quantity", "total")) == [(1, 1250)]
    assert Entry.objects.filter(type="till.differed", journey=Order.objects.get().journey).count() == 1
    assert Todo.objects.get().kind == "given_twice"
    assert violations(*AUDITS) == []


def test_more_money_than_was_paid_for_it_is_a_loss(shop: Shop, caja: TillOf) -> None:
    caja.send(*facts_of(shop, caja, "pp"))

    assert (Payment.objects.get().refunded, OrderLine.objects.get().returned) == (2500, 2)
    assert list(Difference.objects.values_list("kind", "loss")) == [("return", 1500)]


def test_what_a_till_took_back_cannot_come_back_again_elsewhere(shop: Shop, caja: TillOf) -> None:
    sale, back = facts_of(shop, caja, "r")
    caja.send(sale, back)
    order, mug = Order.objects.get(), OrderLine.objects.get()

    assert [offer.quantity for offer in purchase_of(order).offers(at=now())] == [1]
    with pytest.raises(MoreThanBought):
        announce(order, mug, 2, shop)
    announce(order, mug, 1, shop)
    assert violations(*AUDITS) == []


def announce(order: Order, of: OrderLine, quantity: int, shop: Shop) -> Return:
    return starting.announce(
        order,
        back=[Back(of.public_id, quantity, "unwanted")],
        way="store",
        outcome="refund",
        location=shop.store,
        sales_channel=order.sales_channel,
        by=CLERK,
        channel="store",
        at=now(),
    )


def test_what_the_counter_took_back_is_not_given_back_by_a_void(shop: Shop, caja: TillOf) -> None:
    sale, void = facts_of(shop, caja, "v")
    caja.send(sale)
    announce(Order.objects.get(), OrderLine.objects.get(), 1, shop)

    caja.send(void)

    assert (on_hand(shop), Payment.objects.get().refunded, OrderLine.objects.get().returned) == (4, 1250, 2)
    assert violations(*AUDITS) == []


def test_what_staff_refunded_is_not_refunded_again_but_told_as_a_loss(shop: Shop, caja: TillOf) -> None:
    sale, back = facts_of(shop, caja, "R")
    caja.send(sale)
    order = Order.objects.get()
    refunding.refund(order, amount=2000, reason="goodwill", role="back_office", by=CLERK, channel="store", at=now())

    caja.send(back)

    assert (Payment.objects.get().refunded, OrderLine.objects.get().returned, on_hand(shop)) == (2500, 2, 5)
    assert list(Difference.objects.values_list("kind", "subject", "loss")) == [("return", "money", 2000)]
    assert Refund.objects.count() == 2
    assert violations(*AUDITS) == []


@pytest.mark.parametrize("which", ["rc", "rd", "vc", "vd", "Rd", "cd", "vr"])
def test_a_sale_by_a_stored_card_and_cash_ends_the_same_whatever_comes_first(
    shop: Shop, caja: TillOf, which: str
) -> None:
    stored = {"tender": "card_terminal", "amount": 1500, "state": "stored"}
    sale, *others = facts_of(shop, caja, which)
    facts = [sale | {"tenders": [stored, {"tender": "cash", "amount": 1000}]}, *others]
    in_order = told(caja, facts)

    for shuffled in permutations(facts):
        assert told(caja, list(shuffled)) == in_order


@pytest.mark.parametrize("which", ["cdr", "vdc"])
def test_a_card_that_ended_both_ways_was_paid(shop: Shop, caja: TillOf, which: str) -> None:
    stored = {"tender": "card_terminal", "amount": 2500, "state": "stored"}
    sale, *others = facts_of(shop, caja, which)

    in_order = told(caja, [sale := sale | {"tenders": [stored]}, *others])
    for shuffled in permutations([sale, *others]):
        assert told(caja, list(shuffled)) == in_order
    caja.send(sale, *others)
    refunded = 1250 if "r" in which else 2500
    assert list(Payment.objects.values_list("status", "refunded")) == [("captured", refunded)]
    assert not Todo.objects.filter(closed_at=None).exists()


def test_a_return_at_another_till_counts_on_the_sale_too(shop: Shop, caja: TillOf) -> None:
    sale = caja.sale(line(shop.mug, quantity=2))
    other = till(shop.store, name="caja-2")

    other.send(other.fact("return", of=sale["uuid"], lines=[line(shop.mug)]))
    caja.send(sale)

    assert (OrderLine.objects.get().returned, Payment.objects.get().refunded) == (1, 1250)


def test_the_audit_finds_what_a_till_gave_back_beyond_a_sale(shop: Shop, caja: TillOf) -> None:
    caja.send(*facts_of(shop, caja, "Rr"))
    Difference.objects.all().delete()
    beyond = violations("orders.journal.audit.RULES")
    caja.send(*facts_of(shop, caja, "r"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_payment SET refunded = 0 WHERE id = (SELECT max(id) FROM orders_payment)")

    assert [one.split(": ")[0] for one in beyond] == ["what a till gave back beyond its sale is a difference"]
    assert [one.split(": ")[0] for one in violations("orders.journal.audit.RULES")][1:] == [
        "what tills gave back of a sale counts on its payments, and no more than was paid"
    ]
