"""Payment facts that come five times, shuffled, late, forged in part, into handlers that fail: the same end, once.

MONEY_FACTS=2000 plays the whole of it; without that a short seed. The facts of one half of the orders are told in order
and once, those of the other half in chaos; payment by payment both halves end alike.
"""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import stripe
from django.db import connection
from django.test import Client

from commerce import clock, wiring
from commerce.inbox.models import InboundEvent
from commerce.timeline.models import Entry, Task
from commerce.timeline.tasks import run_due
from inventory.models import Stock
from orders.models import Order, Payment, Refund, Todo
from tests.factories import MONDAY
from tests.orders.stripe import flaky
from tests.orders.stripe.conftest import SECRET, Shop, set_clock
from tests.peers.stripe import payments as peers_payments
from tests.peers.stripe import refunds as peers_refunds
from tests.peers.stripe.courier import signature
from tests.peers.stripe.server import StandIn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

FACTS = int(os.environ.get("MONEY_FACTS", "12"))
SEED = 20261122
COPIES = 5
LATEST = timedelta(days=3)
FORGED = 0.1
STRIPE = Client()
"""One for all deliveries: each Client() looks through all static files anew, which took three quarters of the time."""
PLAYS = ("paid", "declined_then_paid", "refunded_by_hand", "paid_twice", "disputed", "refund_failed")


@pytest.fixture
def hurried(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing waits for a disk, nor half a second before Stripe is asked again: neither is what is to be shown."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET synchronous_commit")


def test_the_same_facts_end_alike_in_order_and_in_chaos(peer: StandIn, hurried: None, shop: Shop, monkeypatch):
    count = FACTS // 2 // len(PLAYS) * len(PLAYS)
    Stock.objects.update(on_hand=4 * count)
    calm = played(shop, peer, count)
    told_in_order(peer)
    wild = played(shop, peer, count)
    monkeypatch.setitem(wiring.INBOX, "stripe", (wiring.INBOX["stripe"][0], "tests.orders.stripe.flaky.handle"))
    peer.control("faults", kind="error", method="GET", times=10**9, chance=0.05)

    accepted_forgeries, waits = told_in_chaos(peer, since=len(calm))

    assert [ending(payment) for payment in wild] == [ending(payment) for payment in calm]
    assert accepted_forgeries == 0
    assert flaky.failed > 0
    assert not Task.objects.filter(status="given_up").exists()
    assert Counter(InboundEvent.objects.values_list("external_id", flat=True)).most_common(1)[0][1] == 1
    agree_with_stripe(peer)
    print(
        f"\n{2 * count} facts, {len(waits)} deliveries; acknowledged within {percentile(waits, 99) * 1000:.0f} ms (p99)"
    )


def played(shop: Shop, peer: StandIn, count: int) -> list[Payment]:
    """So many orders, and what shoppers, banks and a clerk at Stripe's dashboard did about them."""
    return [play(shop, peer, PLAYS[i % len(PLAYS)]) for i in range(count)]


def play(shop: Shop, peer: StandIn, what: str) -> Payment:
    """One order, and what happened to its payment at Stripe."""
    set_clock(peer, MONDAY)  # at full size this takes longer than a page at Stripe may be late
    payment = shop.asked(shop.draft(quantity=1))
    if what == "declined_then_paid":
        shop.press_pay(payment, "declined")
    assert shop.press_pay(payment).status_code == 303
    session = peer.store.get("checkout.session", payment.stripe.page)
    intent = session["payment_intent"]
    with peer.lock:
        match what:
            case "refunded_by_hand":
                peers_refunds.create(peer.store, {"payment_intent": intent, "amount": "500"})
            case "paid_twice":
                second = {"amount": "1250", "currency": "eur", "confirm": "true", "payment_method": "pm_card_visa"}
                peers_payments.create(peer.store, second | {"metadata": {"payment": payment.public_id}})
            case "disputed":
                peers_refunds.dispute(peer.store, {"payment_intent": intent})
            case "refund_failed":
                made = peers_refunds.create(peer.store, {"payment_intent": intent, "amount": "400"})
                peers_refunds.fail(peer.store, made)
    return payment


def events(peer: StandIn) -> list[dict]:
    """What Stripe has to tell that it has not told yet; once asked, it is told."""
    told = getattr(peer, "told", 0)
    every = peer.store.all("event")
    peer.told = len(every)  # type: ignore[attr-defined]
    return every[told:]


def told_in_order(peer: StandIn) -> None:
    """Every event once, in its order."""
    while fresh := events(peer):
        for event in fresh:
            assert deliver(event, at=MONDAY) == 200
            work(MONDAY)


def told_in_chaos(peer: StandIn, *, since: int) -> tuple[int, list[float]]:
    """Every event five times, shuffled over three days, one in ten forged; what follows from them as well."""
    chance = random.Random(SEED)
    accepted_forgeries, waits, at = 0, [], MONDAY
    while fresh := events(peer):
        copies = [(at + LATEST * chance.random(), event) for event in fresh for _ in range(COPIES)]
        for number, (when, event) in enumerate(sorted(copies, key=lambda copy: copy[0])):
            at = when
            if chance.random() < FORGED:
                accepted_forgeries += deliver(event, at=at, secret="whsec_forged") == 200
                event = event | {"id": event["id"]}
            begun = time.perf_counter()
            status = deliver(event, at=at)
            waits.append(time.perf_counter() - begun)
            assert status == 200
            if number % 25 == 0:
                work(at)
        for _ in range(12):
            Task.objects.filter(status="pending").update(retry_at=None)
            work(at := at + timedelta(minutes=2))
    return accepted_forgeries, waits


def deliver(event: dict, *, at: datetime, secret: str = SECRET) -> int:
    """One delivery, signed at that instant; the status it was answered with."""
    clock.move(at - clock.now())
    body = json.dumps(event).encode()
    header = signature(body, secrets=(secret,), at=int(at.timestamp()))
    answer = STRIPE.post("/hooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": header})
    return answer.status_code


def work(at: datetime) -> None:
    """Let the worker do what is due."""
    run_due(at=at, limit=10_000)


def ending(payment: Payment) -> tuple:
    """All that is to be the same: order, payments, refunds, matters for a person, and each kind of entry, counted."""
    order = Order.objects.get(pk=payment.order_id)
    payments = order.payments.order_by("pk").values_list("amount", "refunded", "status")
    given = Refund.objects.filter(payment__order=order).order_by("amount").values_list("amount", "status", "reason")
    # What is told of a case, and what is late, follows the clock: three days go by in chaos alone.
    types = Entry.objects.filter(journey=order.journey_id).exclude(type__regex="^(message|case|promise)[.]")
    return (
        order.status,
        order.payment_status,
        sorted(payments),
        list(given),
        sorted(Todo.objects.filter(order=order).exclude(kind="case").values_list("kind", flat=True)),
        order.cases.count(),
        sorted(Counter(types.values_list("type", flat=True)).items()),
    )


def agree_with_stripe(peer: StandIn) -> None:
    """Every captured cent there is one of ours, and what went back went back there."""
    captured = {i["id"]: i["amount_received"] for i in peer.store.all("payment_intent") if i["amount_received"]}
    ours = dict(Payment.objects.filter(status="captured").values_list("reference", "amount"))
    assert ours == captured
    back: Counter[str] = Counter()
    for refund in peer.store.all("refund"):
        if refund["status"] == "succeeded":
            back[refund["payment_intent"]] += refund["amount"]
    refunded = dict(Payment.objects.filter(refunded__gt=0).values_list("reference", "refunded"))
    assert refunded == dict(back)


def percentile(values: list[float], share: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * share // 100)]
