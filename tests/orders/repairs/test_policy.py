"""The cheapest victim, held against an oracle that tries every possible choice."""

from datetime import timedelta
from itertools import product
from random import Random

from orders.repairs.policy import Change, Cost, Promise, Victim, choose, replay
from tests.factories import MONDAY

MINUTE = timedelta(minutes=1)


def promise(demand: str, cost: Cost, *, quantity: int = 1, minute: int = 0) -> Promise:
    return Promise(demand, quantity, MONDAY + minute * MINUTE, cost)


def test_the_policy_is_written_as_it_is_meant() -> None:
    assert [cost.name for cost in Cost] == [
        "LEASE",
        "UNPAID_HOLD",
        "UNPAID_ORDER",
        "PAID_SERVED_ELSEWHERE",
        "PICKUP_NOT_STARTED",
        "SHIPMENT_NOT_STARTED",
        "BEING_PICKED",
        "READY",
    ]


def test_an_unpaid_hold_gives_way_before_anything_that_is_paid() -> None:
    paid = promise("paid", Cost.PAID_SERVED_ELSEWHERE, minute=9)
    held = promise("held", Cost.UNPAID_HOLD)

    assert choose([paid, held], short=1, in_vain={"paid"}) == [Victim(held, 1, False)]


def test_of_equal_cost_what_was_made_in_vain_gives_way_first_and_then_the_latest() -> None:
    first, second, third = (promise(name, Cost.PICKUP_NOT_STARTED, minute=n) for n, name in enumerate("abc"))

    assert [victim.promise.demand for victim in choose([first, second, third], short=2, in_vain={"b"})] == ["b", "c"]


def test_a_promise_made_after_an_unknown_sale_was_made_in_vain() -> None:
    before = promise("before", Cost.READY, minute=1)
    after = promise("after", Cost.READY, minute=3)
    sold_offline = Change(-1, MONDAY + 2 * MINUTE)

    assert replay(1, [sold_offline], [after, before]) == {"after"}


# The oracle knows nothing of sorting and of taking one after the other: it tries every way to break so many units, and
# takes the one that spares the most precious promises.
def oracle_victims(promises: list[Promise], short: int, in_vain: set[str]) -> dict[str, int]:
    precious = sorted(promises, key=lambda p: p.demand)
    precious.sort(key=lambda p: p.made_at)
    precious.sort(key=lambda p: p.demand in in_vain)
    precious.sort(key=lambda p: p.cost, reverse=True)
    wanted = min(short, sum(p.quantity for p in promises))
    ways = (way for way in product(*(range(p.quantity + 1) for p in precious)) if sum(way) == wanted)
    return {p.demand: units for p, units in zip(precious, min(ways), strict=True) if units}


def oracle_in_vain(on_hand: int, changes: list[Change], promises: list[Promise]) -> set[str]:
    """Lives through it minute by minute, with the shelf as it was in truth."""
    shelf = on_hand - sum(change.quantity for change in changes)
    kept, in_vain = 0, set()
    for minute in range(61):
        now = MONDAY + minute * MINUTE
        shelf += sum(change.quantity for change in changes if change.occurred_at == now)
        for made in sorted((p for p in promises if p.made_at == now), key=lambda p: p.demand):
            if made.quantity <= shelf - kept:
                kept += made.quantity
            else:
                in_vain.add(made.demand)
    return in_vain


def test_a_thousand_random_shelves_break_the_promises_that_the_oracle_would_break() -> None:
    random = Random(8)
    differences = []
    for case in range(1_000):
        promises = [
            promise(f"d{n}", random.choice(list(Cost)), quantity=random.randint(1, 3), minute=random.randint(0, 60))
            for n in range(random.randint(1, 5))
        ]
        changes = [
            Change(random.choice((-3, -2, -1, 1, 5)), MONDAY + random.randint(0, 60) * MINUTE)
            for _ in range(random.randint(0, 6))
        ]
        on_hand, short = random.randint(-3, 6), random.randint(1, 10)

        in_vain = replay(on_hand, changes, promises)
        chosen = {victim.promise.demand: victim.units for victim in choose(promises, short=short, in_vain=in_vain)}

        expected = oracle_in_vain(on_hand, changes, promises)
        if (in_vain, chosen) != (expected, oracle_victims(promises, short, expected)):
            differences.append((case, promises, changes, on_hand, short))

    assert differences == []
