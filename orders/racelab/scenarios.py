"""The races. Each function is one round on goods of its own, and says what came of it."""

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from commerce import clock
from commerce.carts import edits
from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.promotions.models import CouponUse
from commerce.timeline.actors import SYSTEM, VISITOR
from inventory.expiry import sweep_expired
from inventory.holds import OutOfStock
from orders import checkout, payments
from orders.drafting import Terms
from orders.models import Order
from orders.racelab import offline, shop
from orders.racelab.lab import Lab, Tally, errands, tally, total

Round = Callable[[Lab, random.Random], Tally]


@dataclass(frozen=True)
class Scenario:
    """A race: how often it is run, alone and among all, and what shows that its guard is missing."""

    name: str
    run: Round
    rounds: int
    brief: int
    shows: str = "oversold"
    guard: str = "promises"
    """Which guard its control does without (orders.racelab.without_guards)."""


def last_unit(lab: Lab, shuffle: random.Random) -> Tally:
    """16 buyers for one unit."""
    cup = shop.product(1)
    lab.race(errands([cup], 16, shuffle=shuffle))
    return tally(cup)


def two_hundred_of_500(lab: Lab, shuffle: random.Random) -> Tally:
    """500 buyers for 200 units."""
    cup = shop.product(200)
    lab.race(errands([cup], 500, shuffle=shuffle))
    return tally(cup)


def three_lines(lab: Lab, shuffle: random.Random) -> Tally:
    """32 carts with the same three things, each in another order: nobody may wait in a circle."""
    things = [shop.product(20) for _ in range(3)]
    lab.race(errands(things, 32, shuffle=shuffle))
    return tally(*things)


def transfer(lab: Lab, shuffle: random.Random) -> Tally:
    """16 buyers, while 8 units are carried to the back room one by one, and only 16 are there."""
    cup = shop.product(16)

    def carry() -> None:
        client = lab.client("office")
        for number in range(8):
            lab.post(
                client,
                "/api/v1/stock/transfers/",
                {
                    "location": shop.STORE,
                    "destination": shop.BACK_ROOM,
                    "reference": f"{cup.sku}-{number}",
                    "lines": [{"sku": cup.sku, "quantity": 1}],
                },
            )
        client.close()

    lab.race(errands([cup], 16, shuffle=shuffle), beside=[carry])
    return tally(cup)


def count(lab: Lab, shuffle: random.Random) -> Tally:
    """24 buyers, while somebody counts 8 where the books said 4, again and again, and four more arrive."""
    cup = shop.product(4)
    counted_at = clock.now() - timedelta(minutes=1)

    def count_shelf() -> None:
        client = lab.client("office")
        for number in range(4):
            instant = counted_at + timedelta(seconds=number)
            lab.post(
                client,
                "/api/v1/stock/counts/",
                {
                    "location": shop.STORE,
                    "counted_at": instant.isoformat(),
                    "lines": [{"sku": cup.sku, "quantity": 8}],
                },
            )
        client.close()

    def receive() -> None:
        client = lab.client("office")
        for number in range(4):
            lab.post(
                client,
                "/api/v1/stock/receipts/",
                {
                    "location": shop.STORE,
                    "reference": f"{cup.sku}-{number}",
                    "lines": [{"sku": cup.sku, "quantity": 1}],
                },
            )
        client.close()

    lab.race(errands([cup], 24, shuffle=shuffle), beside=[count_shelf, receive])
    lab.race(errands([cup], 32, shuffle=shuffle))  # those who came before the goods did
    return tally(cup)


def expiry(lab: Lab, shuffle: random.Random) -> Tally:
    """A paid checkout whose hold is over just now, the sweeper, and eight others for the same unit.

    Payment and sweeper are sessions of this process: in production a worker and Beat run the same two functions.
    """
    cup = shop.product(1)
    order = paid_draft(cup.sku)

    def finish() -> None:
        try:
            checkout.finalize(order, by=SYSTEM, channel="web", at=clock.now())
        except OutOfStock:
            Order.objects.get(pk=order.pk, status=Order.Status.DRAFT)

    def sweep() -> None:
        sweep_expired(at=clock.now())

    works = [finish, sweep]
    beside = shuffle.sample(works, len(works))
    if lab.pause:  # without guards the buyers alone must show it, however late this process comes
        lab.race(errands([cup], 8, shuffle=shuffle))
        for work in beside:
            work()
    else:
        lab.race(errands([cup], 8, shuffle=shuffle), beside=beside)
    return tally(cup)


def paid_draft(sku: str) -> Order:
    """A checkout that is paid, and whose hold is over as soon as it is placed."""
    at = clock.now()
    store, web = Location.objects.get(code=shop.STORE), SalesChannel.objects.get(code=shop.WEB)
    cart = edits.open_cart(sales_channel=web, by=VISITOR, at=at)
    cart = edits.set_quantity(
        cart, variant=Variant.objects.get(sku=sku), quantity=1, by=VISITOR, channel=shop.WEB, at=at
    )
    terms = Terms(expected_total=1000, pickup_at=store, email=f"{secrets.token_hex(6)}@example.com")
    order = checkout.prepare(cart, terms=terms, lasts=timedelta(microseconds=1), by=VISITOR, channel=shop.WEB, at=at)
    payments.take_manual(order, by=VISITOR, channel=shop.WEB, at=at)
    return order


def rush(lab: Lab, shuffle: random.Random) -> Tally:
    """16 prepared carts complete at once for 5 units."""
    cup = shop.product(5)
    lab.race(errands([cup], 16, shuffle=shuffle))
    return tally(cup)


def coupon(lab: Lab, shuffle: random.Random) -> Tally:
    """100 buyers with the same code, which works once, and 100 with one that works thrice; web, till and phone."""
    return total([coupon_of(limit, lab, shuffle) for limit in (1, 3)])


def coupon_of(limit: int, lab: Lab, shuffle: random.Random) -> Tally:
    """100 buyers with a code that works so many times; there is enough of the goods."""
    cup, code = shop.product(1000), shop.coupon(limit)
    lab.race(errands([cup], 100, shuffle=shuffle, code=code.code), threads=32)
    used = CouponUse.objects.filter(coupon=code, status__in=(CouponUse.Status.HELD, CouponUse.Status.REDEEMED)).count()
    return Tally(limit, used, max(used - limit, 0))


SCENARIOS = (
    Scenario("last-unit", last_unit, rounds=50, brief=26),
    Scenario("200-of-500", two_hundred_of_500, rounds=2, brief=1),
    Scenario("three-lines", three_lines, rounds=20, brief=6, shows="deadlocks"),
    Scenario("transfer", transfer, rounds=20, brief=8),
    Scenario("count", count, rounds=20, brief=8),
    Scenario("expiry", expiry, rounds=40, brief=16),
    Scenario("rush", rush, rounds=40, brief=20),
    Scenario("coupon", coupon, rounds=5, brief=3),
    Scenario("offline", offline.batches, rounds=20, brief=6, guard="names of facts"),
    Scenario("lease", offline.lease, rounds=20, brief=6, guard="leases"),
)
