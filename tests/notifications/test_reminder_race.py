"""A purchase and a reminder at the same moment, on real sessions: whoever commits second knows of the first.

The purchaser looks once, right after her own commit: a reminder that is not claimed by then must never leave.
"""

import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from commerce.carts.models import Cart
from commerce.customers.models import Person
from commerce.timeline.actors import SYSTEM
from commerce.timeline.tasks import claim, run
from notifications import facts, writing
from notifications.messages import tell
from notifications.models import Attempt, Message
from orders.models import Order
from orders.till_facts import TillFact, TillLine
from orders.tills import record_sales
from tests.factories import MONDAY, location, person, sales_channel
from tests.notifications.shop import agree, left_cart, order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

ROUNDS = 15
PAUSE = 0.03
"""Seconds that a verdict takes from its facts to its commit in these tests, so that there is something to hit."""


@pytest.fixture
def slow_writing(monkeypatch):
    quick = writing.write

    def write(*args, **options):
        time.sleep(PAUSE)
        return quick(*args, **options)

    monkeypatch.setattr(writing, "write", write)


def buys_the_cart(cart: Cart, n: int) -> None:
    """As a checkout does: the cart first, then the order."""
    with transaction.atomic():
        locked = Cart.objects.select_for_update().get(pk=cart.pk)
        order(locked.person, at=MONDAY + timedelta(minutes=1), cart=locked)
        locked.status = "ordered"
        locked.save()


def buys_at_a_till(cart: Cart, n: int) -> None:
    """As a till reports it, knowing nothing of carts or messages."""
    bought = cart.lines.get().variant
    receipt = TillFact(
        key=f"till-1:{cart.pk}",
        kind="sale",
        occurred_at=MONDAY + timedelta(minutes=1),
        location=location().pk,
        person=cart.person_id,
        lines=(TillLine(1, bought.pk, bought.sku, "Taza", 1, 1299, 0, 1299),),
    )
    record_sales([receipt], sales_channel=sales_channel("store"), by=SYSTEM, at=MONDAY + timedelta(minutes=2))


def pays_a_draft(cart: Cart, n: int) -> None:
    """As the end of a checkout that began before, of an order that no cart stands behind."""
    with transaction.atomic():
        Order.objects.filter(person=cart.person, status="draft").update(
            status="placed", placed_at=MONDAY + timedelta(minutes=1), number=f"D-{cart.pk}"
        )


def race(purchase: Callable[[Cart, int], None], n: int) -> bool:
    """One round; says whether a reminder was claimed after the purchase was committed."""
    her: Person = person(f"Lucía {n}", email=f"lucia{n}@example.com")
    agree(her)
    cart = left_cart(her)
    if purchase is pays_a_draft:
        drafted = order(her)
        Order.objects.filter(pk=drafted.pk).update(status="draft", number=None, placed_at=None)
    message = tell(her, purpose="cart_reminder", subject=cart.public_id, journey=cart.journey, at=MONDAY)
    (task,) = [t for t in claim(at=MONDAY) if t.data == {"message": message.pk}]
    # Two rounds in five are no race but one after the other: on a slow machine one side would always come first.
    first = {0: 0, 1: 1}.get(n % 5)
    start = threading.Barrier(2 if first is None else 1)
    claimed_when_bought = []
    head_start = random.Random(n).uniform(-PAUSE, PAUSE)

    def buys() -> None:
        try:
            start.wait()
            time.sleep(max(0, head_start))
            purchase(cart, n)
            claimed_when_bought.append(Attempt.objects.filter(message=message).exists())
        finally:
            connection.close()

    def reminds() -> None:
        try:
            start.wait()
            time.sleep(max(0, -head_start))
            run(task, at=MONDAY + timedelta(minutes=60))
        finally:
            connection.close()

    threads = [threading.Thread(target=buys), threading.Thread(target=reminds)]
    if first == 1:
        threads.reverse()
    for thread in threads:
        thread.start()
        if first is not None:
            thread.join()
    for thread in threads:
        thread.join()
    message.refresh_from_db()
    assert claimed_when_bought, "the purchase itself failed"
    assert message.status in ("sent", "dropped")
    assert message.verdicts.count() == 1
    return Attempt.objects.filter(message=message).exists() and not claimed_when_bought[0]


@pytest.mark.parametrize("purchase", [buys_the_cart, buys_at_a_till, pays_a_draft])
def test_no_reminder_is_claimed_after_a_purchase_has_committed(purchase, slow_writing):
    late = [race(purchase, n) for n in range(ROUNDS)]

    assert late == [False] * ROUNDS
    # Both ends were met, or the race proved nothing.
    assert set(Message.objects.values_list("status", flat=True)) == {"sent", "dropped"}


@pytest.mark.parametrize("purchase", [buys_the_cart, buys_at_a_till, pays_a_draft])
def test_without_the_locks_some_would_be(purchase, slow_writing, monkeypatch):
    """The positive control: the same race with the guards off."""
    monkeypatch.setattr(facts, "cart_of", lambda public_id: Cart.objects.get(public_id=public_id))
    who_is = facts.who_is
    monkeypatch.setattr(facts, "who_is", lambda person, *, locked: who_is(person, locked=False))
    monkeypatch.setattr(facts, "finish_or_wait", lambda cart, people: None)

    assert any(race(purchase, n) for n in range(3 * ROUNDS))
