"""The rush, over HTTP on a real database: sixteen carts complete at one moment for five units."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest

from commerce.carts import edits
from commerce.timeline.actors import VISITOR
from inventory import holds, sourcing
from inventory.holds import ALLOCATE_NOW, GUARD
from inventory.models import Stock
from orders.models import Order
from tests.audits import violations
from tests.factories import MONDAY, location, sales_channel, stock, variant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.slow]

CARTS, UNITS, ROUNDS = 16, 5, 20
RULES = ("inventory.audit.RULES", "orders.audit.RULES", "commerce.timeline.audit.RULES")


def rush(url: str, *, seed: int) -> Counter[tuple[int, str]]:
    """Five units on a new shelf, sixteen carts with one each, all checked out at once; what they were answered."""
    store = location("centro", opening_hours={})
    store.opening_hours = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    store.save()
    web = sales_channel("web", locations=(store,))
    last = variant(price=1000)
    stock(last, store, on_hand=UNITS)
    carts = [edits.open_cart(sales_channel=web, lines=[(last, 1)], by=VISITOR, at=MONDAY) for _ in range(CARTS)]
    dice = random.Random(seed)
    pauses = [dice.random() * 0.01 for _ in carts]
    barrier = threading.Barrier(CARTS)
    answers: Counter[tuple[int, str]] = Counter()

    def complete(number: int) -> None:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        wanted = {
            "expected_total": 1000,
            "pickup_location": "centro",
            "tender": "manual",
            "email": f"r{number}@example.com",
        }
        barrier.wait()
        time.sleep(pauses[number])
        connection.request(
            "POST",
            f"/api/v1/carts/{carts[number].public_id}/checkout/",
            json.dumps(wanted),
            {"Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
        answers[answer.status, body.get("code", body["status"])] += 1

    threads = [threading.Thread(target=complete, args=(number,)) for number in range(CARTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def holds_up(url: str, *, seed: int) -> list[str]:
    """What went wrong in one rush, in words; empty where exactly five were sold."""
    before = Order.objects.filter(status="placed").count()
    answers = rush(url, seed=seed)
    sold = Order.objects.filter(status="placed").count() - before
    shelf = Stock.objects.latest("pk")
    wrong = violations(*RULES)
    if answers != {(201, "placed"): UNITS, (409, "out_of_stock"): CARTS - UNITS}:
        wrong.append(f"answered {dict(answers)}")
    if (sold, shelf.on_hand, shelf.held, shelf.allocated) != (UNITS, UNITS, 0, UNITS):
        wrong.append(f"{sold} orders, {shelf.allocated} of {shelf.on_hand} allocated, {shelf.held} held")
    return wrong


def test_sixteen_carts_for_five_units_are_five_orders_and_eleven_clear_refusals(live_server):
    found = {seed: holds_up(live_server.url, seed=seed) for seed in range(ROUNDS)}

    assert {seed: wrong for seed, wrong in found.items() if wrong} == {}


def test_without_the_guard_the_same_check_sees_what_was_sold_twice(live_server, monkeypatch):
    """The positive control: a check that could not fail would prove nothing. Between looking and taking all meet."""
    look = sourcing.facts_for

    def look_and_wait(*args, **kwargs):
        facts = look(*args, **kwargs)
        time.sleep(0.1)
        return facts

    monkeypatch.setattr(sourcing, "facts_for", look_and_wait)
    monkeypatch.setattr(holds, "ALLOCATE_NOW", ALLOCATE_NOW.replace(GUARD, "true"))

    found = [holds_up(live_server.url, seed=seed) for seed in range(3)]

    assert any("promised twice" in sentence for wrong in found for sentence in wrong)
    assert any("allocated" in sentence and "orders," in sentence for wrong in found for sentence in wrong)
