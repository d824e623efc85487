"""Several hands in one cart at the same moment: one of them wins, and nothing is lost or doubled."""

import time
from collections import Counter

import pytest

from commerce.carts import edits, owners, restoring
from commerce.carts.edits import StaleCart
from commerce.carts.models import Cart, CartLine
from commerce.timeline.actors import VISITOR
from commerce.timeline.models import Journey
from tests.factories import MONDAY, person, sales_channel, variant
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

SESSIONS = 16


def rush(edit) -> Counter:
    def attempt(number: int) -> str:
        try:
            edit(number)
            return "done"
        except StaleCart:
            return "stale"

    return Counter(at_once(SESSIONS, attempt))


def editing(cart: Cart, cup):
    return lambda number: edits.set_quantity(
        Cart.objects.get(pk=cart.pk),
        variant=cup,
        quantity=number + 1,
        seen_version=1,
        by=VISITOR,
        channel="web",
        at=MONDAY,
    )


def adding(cart: Cart, cup):
    return lambda number: edits.add(
        Cart.objects.get(pk=cart.pk),
        variant=cup,
        quantity=1,
        seen_version=1,
        key=f"hand-{number:04}",
        hand=f"hand-{number}",
        by=VISITOR,
        channel="web",
        at=MONDAY,
    )


def test_of_editors_who_saw_the_same_version_all_are_merged():
    cup = variant()
    cart = edits.open_cart(sales_channel=sales_channel(), lines=[(cup, 1)], by=VISITOR, at=MONDAY)

    assert rush(adding(cart, cup)) == {"done": SESSIONS}

    cart.refresh_from_db()
    assert (cart.version, cart.lines.get().quantity) == (SESSIONS + 1, SESSIONS + 1)
    assert sorted(cart.operations.values_list("version", flat=True)) == list(range(2, SESSIONS + 2))


def test_of_those_who_typed_at_once_the_largest_counts():
    cup = variant()
    cart = edits.open_cart(sales_channel=sales_channel(), lines=[(cup, 1)], by=VISITOR, at=MONDAY)

    assert rush(editing(cart, cup)) == {"done": SESSIONS}

    assert cart.lines.get().quantity == SESSIONS


def test_with_a_quantity_that_is_read_and_then_written_units_are_lost(monkeypatch):
    """The positive control: the same rush against an edit that merges without the lock."""
    cup = variant()
    cart = edits.open_cart(sales_channel=sales_channel(), lines=[(cup, 1)], by=VISITOR, at=MONDAY)

    def read_then_write(cart, asked, kind, **facts):
        line = CartLine.objects.get(cart=cart)
        time.sleep(0.05)
        CartLine.objects.filter(pk=line.pk).update(quantity=line.quantity + 1)

    monkeypatch.setattr(edits, "edit", read_then_write)

    rush(adding(cart, cup))
    assert cart.lines.get().quantity < SESSIONS + 1


def test_units_added_at_once_all_count():
    cup = variant()
    cart = edits.open_cart(sales_channel=sales_channel(), lines=[(cup, 1)], by=VISITOR, at=MONDAY)

    added = rush(
        lambda number: edits.add(
            Cart.objects.get(pk=cart.pk), variant=cup, quantity=1, by=VISITOR, channel="web", at=MONDAY
        )
    )

    cart.refresh_from_db()
    assert (added, cart.version, cart.lines.get().quantity) == ({"done": SESSIONS}, SESSIONS + 1, SESSIONS + 1)


def test_a_person_who_opens_a_cart_on_many_devices_at_once_has_one():
    lucia, cup, channel = person(), variant(), sales_channel()

    opened = at_once(
        SESSIONS,
        lambda number: edits.open_cart(sales_channel=channel, person=lucia, lines=[(cup, 1)], by=VISITOR, at=MONDAY).pk,
    )

    cart = Cart.objects.get()
    assert set(opened) == {cart.pk}
    assert cart.lines.get().quantity == SESSIONS
    assert Journey.objects.count() == 1


def test_a_cart_claimed_by_many_at_once_becomes_one_persons():
    people = [person(f"P{n}") for n in range(SESSIONS)]
    cart = edits.open_cart(sales_channel=sales_channel(), lines=[(variant(), 1)], by=VISITOR, at=MONDAY)

    def claim(number: int) -> str:
        try:
            mine = Cart.objects.get(pk=cart.pk)
            owners.claim(mine, person=people[number], by=VISITOR, channel="web", at=MONDAY)
            return "hers"
        except owners.CartOfAnother:
            return "not there"

    assert Counter(at_once(SESSIONS, claim)) == {"hers": 1, "not there": SESSIONS - 1}


def test_carts_that_one_person_claims_at_once_all_meet():
    lucia, cup, channel = person(), variant(), sales_channel()
    guests = [
        edits.open_cart(sales_channel=channel, lines=[(cup, n + 1), (variant(), 1)], by=VISITOR, at=MONDAY)
        for n in range(8)
    ]

    at_once(8, lambda number: owners.claim(guests[number], person=lucia, by=VISITOR, channel="web", at=MONDAY))

    statuses = Counter(Cart.objects.values_list("status", flat=True))
    hers = Cart.objects.get(status="open")
    assert statuses == {"open": 1, "merged": 7}
    assert (hers.lines.count(), hers.lines.get(variant=cup).quantity) == (9, 8)


def test_a_link_that_renews_a_copy_while_it_is_edited_there_loses_no_version():
    cup = variant()
    cart = edits.open_cart(sales_channel=sales_channel(), person=person(), lines=[(cup, 1)], by=VISITOR, at=MONDAY)
    secret = restoring.create(cart, at=MONDAY)

    def restore(number: int = 0) -> Cart:
        return restoring.restore(secret, person=None, by=VISITOR, channel="web", at=MONDAY)

    copy = restore()
    add = adding(copy, cup)
    outcomes = at_once(12, lambda number: add(number) if number % 2 else restore())

    copy.refresh_from_db()
    assert [problem for problem in outcomes if isinstance(problem, Exception)] == []
    assert (copy.version, copy.operations.count()) == (1 + 12, 6)
