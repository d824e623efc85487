"""The cheapest victim on real shelves: orders, checkouts and leases in the database, a till that tells late, the real
repair; and an oracle in plain Python that knows nothing of any of them.

A few random shelves in the suite; as many as one likes by hand:

    CASES=1000 SEED=8 pytest -n 0 tests/orders/repairs/test_oracle.py
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import uuid5

import pytest
from django.db import transaction

from commerce.channels import devices
from commerce.channels.models import Location
from commerce.timeline.actors import SYSTEM, VISITOR
from commerce.timeline.models import Entry, Task
from commerce.wiring import AUDITS
from inventory import holds, ledger
from inventory.holds import Want
from inventory.models import Hold, Stock
from orders import checkout, pickups
from orders.drafting import Terms
from orders.journal.clocks import Claim
from orders.journal.taking import Batch, take
from orders.models import Order, Payment
from orders.repairs import mending
from orders.repairs.policy import Change, Cost, Promise
from tests.audits import violations
from tests.factories import LONG_AGO, MONDAY, sales_channel
from tests.orders.journal.sending import NAMES
from tests.orders.repairs.test_policy import MINUTE, oracle_in_vain, oracle_victims
from tests.orders.shop import Shop, fresh

CASES = int(os.environ.get("CASES", "12"))
SEED = int(os.environ.get("SEED", "8"))
KINDS = ("lease", "checkout", "unpaid", "parcel", "parcel", "pickup", "pickup", "picking", "ready")
TOLD_AT = MONDAY + 61 * MINUTE
Outcome = dict[str, tuple[str, int]]
"""Name of a promise → how it gave way, and by how many units."""


@dataclass(frozen=True)
class Made:
    """A promise of the shelf, as a plain fact."""

    name: str
    kind: str
    units: int
    minute: int


@dataclass(frozen=True)
class Case:
    """A shelf, who was promised something of it, what another place has, and what a till sold (minute, units)."""

    promises: list[Made]
    spare: int
    elsewhere: int
    sales: list[tuple[int, int]]

    @property
    def on_hand(self) -> int:
        """What lies there before the till tells anything."""
        return sum(made.units for made in self.promises) + self.spare


def random_case(random: Random) -> Case:
    minutes = sorted(random.sample(range(1, 60), random.randint(1, 4)))
    promises = [Made(f"p{minute}", random.choice(KINDS), random.randint(1, 3), minute) for minute in minutes]
    sales = [(random.randint(0, 60), random.randint(1, 3)) for _ in range(random.randint(1, 3))]
    return Case(promises, random.randint(0, 2), random.choice((0, 1, 2, 3, 9)), sales)


# The oracle: one promise after the other, each time the cheapest of all ways, tried one by one.
RANKS = {
    "lease": Cost.LEASE,
    "checkout": Cost.UNPAID_HOLD,
    "unpaid": Cost.UNPAID_ORDER,
    "pickup": Cost.PICKUP_NOT_STARTED,
    "parcel": Cost.SHIPMENT_NOT_STARTED,
    "picking": Cost.BEING_PICKED,
    "ready": Cost.READY,
}


def oracle(case: Case) -> Outcome:
    left = {made.name: made.units for made in case.promises}
    on_hand, elsewhere = case.on_hand - sum(units for _, units in case.sales), case.elsewhere
    kinds = {made.name: made.kind for made in case.promises}
    found: Outcome = {}

    def rank(name: str) -> Cost:
        can_be_served = kinds[name] in ("parcel", "pickup") and left[name] <= elsewhere
        return Cost.PAID_SERVED_ELSEWHERE if can_be_served else RANKS[kinds[name]]

    def promises() -> list[Promise]:
        made = [made for made in case.promises if left[made.name]]
        return [Promise(one.name, left[one.name], MONDAY + one.minute * MINUTE, rank(one.name)) for one in made]

    changes = [Change(-units, MONDAY + minute * MINUTE) for minute, units in case.sales]
    in_vain = oracle_in_vain(on_hand, changes, promises())
    while True:
        short = sum(left.values()) - on_hand
        victims = oracle_victims(promises(), max(short, 0), in_vain)
        new = [one for one in promises() if one.demand in victims.keys() - found.keys()]
        if not new:
            return found
        cheapest = min(new, key=lambda one: (one.cost, one.demand not in in_vain, -one.made_at.timestamp()))
        name, units, kind = cheapest.demand, victims[cheapest.demand], kinds[cheapest.demand]
        if kind == "lease":
            found[name] = ("recalled", units)
            left[name] -= units
        elif kind == "checkout":
            found[name] = ("let go", left[name])
            left[name] = 0
        elif kind in ("unpaid", "parcel", "pickup") and left[name] <= elsewhere:
            found[name] = ("served elsewhere", left[name])
            elsewhere -= left[name]
            left[name] = 0
        else:
            found[name] = ("at risk", units)


class Undo(Exception):
    """Takes a case back."""


def real(case: Case, shop: Shop) -> Outcome:
    """The same, with all that the house has."""
    found: list[Outcome] = []
    try:
        with transaction.atomic():
            found.append(played(case, shop))
            raise Undo
    except Undo:
        return found[0]


def played(case: Case, shop: Shop) -> Outcome:
    mugs = Stock.objects.get(variant=shop.mug, location=shop.store)
    supply(shop, shop.store, case.on_hand - 5)
    supply(shop, shop.warehouse, -5)
    orders = {}
    for made in case.promises:
        if made.kind == "lease":
            leased = Want(shop.mug.pk, shop.store.pk, made.units, f"lease:{made.name}")
            holds.place([leased], expires_at=TOLD_AT + timedelta(hours=5), at=MONDAY + made.minute * MINUTE)
        else:
            orders[made.name] = promise(made, shop)
    supply(shop, shop.warehouse, case.elsewhere)
    device, _ = devices.issue("caja", role="store", location=shop.store, at=LONG_AGO)
    channel = sales_channel("store", locations=(shop.store,))
    take(Batch(device, shop.store, channel, "one", Claim(TOLD_AT), told(case, shop)), at=TOLD_AT)
    for task in Task.objects.filter(handler=mending.MEND, key=str(mugs.pk)):
        mending.mend(task, at=TOLD_AT)
    outcome = {name: how for name, order in orders.items() if (how := how_it_gave_way(order))}
    for made in case.promises:
        held = Hold.objects.filter(demand=f"lease:{made.name}", status="live").values_list("quantity", flat=True)
        if made.kind == "lease" and sum(held) < made.units:
            outcome[made.name] = ("recalled", made.units - sum(held))
    assert violations(*AUDITS) == []
    return outcome


def supply(shop: Shop, place: Location, units: int) -> None:
    """So many more mugs, or fewer, long before anything else."""
    if units:
        ledger.adjust({shop.mug.pk: units}, location_id=place.pk, reason="case", by=SYSTEM, at=LONG_AGO)


def promise(made: Made, shop: Shop) -> Order:
    """What stands behind a promise, made in its minute."""
    at = MONDAY + made.minute * MINUTE
    if made.kind == "checkout":
        terms = Terms(1250 * made.units, pickup_at=shop.store, email="eva@example.com", name="Eva Sanz")
        lasts = timedelta(hours=5)
        return checkout.prepare(shop.cart(made.units), terms=terms, lasts=lasts, by=VISITOR, channel="web", at=at)
    order = shop.order(made.units, delivered=made.kind == "parcel", at=at)
    if made.kind == "unpaid":
        order.payments.update(status=Payment.Status.PENDING, captured_at=None)
        Order.objects.filter(pk=order.pk).update(payment_status=Order.PaymentStatus.DUE)
    if made.kind in ("picking", "ready"):
        pickups.start_picking(fresh(order), by=SYSTEM, channel="store", at=at)
    if made.kind == "ready":
        pickups.mark_ready(fresh(order), by=SYSTEM, channel="store", at=at)
    return order


def told(case: Case, shop: Shop) -> list[dict[str, object]]:
    """What the till tells, late."""
    return [
        {
            "uuid": str(uuid5(NAMES, f"case/{number}")),
            "sequence": number,
            "kind": "sale",
            "occurred_at": (MONDAY + minute * MINUTE).isoformat(),
            "lines": [{"sku": shop.mug.sku, "quantity": units, "unit_price": 1250, "total": 1250 * units}],
            "tenders": [{"tender": "cash", "amount": 1250 * units}],
        }
        for number, (minute, units) in enumerate(case.sales, start=1)
    ]


def how_it_gave_way(order: Order) -> tuple[str, int] | None:
    """What an order's own journey says."""
    told = dict(Entry.objects.filter(journey=order.journey_id, type__startswith="promise.").values_list("type", "data"))
    order.refresh_from_db()
    if "promise.rerouted" in told:
        return "served elsewhere", told["promise.rerouted"]["units"]
    if "promise.at_risk" not in told:
        return None
    if order.status == Order.Status.CANCELED:
        return "let go", order.lines.get().quantity
    return "at risk", told["promise.at_risk"]["units"]


@pytest.mark.django_db
def test_real_shelves_break_the_promises_that_the_oracle_would_break(shop: Shop) -> None:
    Location.objects.filter(pk=shop.store.pk).update(transfer_days=2)
    random, differences, gave_way = Random(SEED), [], 0
    for number in range(CASES):
        case = random_case(random)
        expected, found = oracle(case), real(case, shop)
        gave_way += len(expected)
        if expected != found:
            differences.append((number, case, expected, found))

    assert differences == []
    assert gave_way >= CASES / 2
