"""Running scenarios: with every guard, then without, to see that the same race would show what is missing."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from django.db import connection
from django.utils.module_loading import import_string

from commerce import wiring
from orders.racelab import databases, shop
from orders.racelab.lab import Lab, Tally, total
from orders.racelab.scenarios import Scenario
from orders.racelab.servers import server
from orders.racelab.without_guards import DREAM


@dataclass(frozen=True)
class Result:
    """What a scenario came to. `oversold`, `deadlocks` and `errors_5xx` must be 0, and its control must have failed."""

    scenario: str
    seed: int
    operations: int
    allowed: int
    sold: int
    oversold: int
    deadlocks: int
    errors_5xx: int
    control_failed: bool

    @property
    def holds(self) -> bool:
        """Whether everything that was there was sold, nothing else, without a fault; and whether we would know."""
        faults = self.oversold or self.deadlocks or self.errors_5xx
        return self.control_failed and not faults and self.sold == self.allowed


@dataclass(frozen=True)
class Side:
    """A running service and its database: with guards, or without."""

    url: str
    database: str
    keys: dict[str, str]
    pause: float = 0.0

    def play(self, scenario: Scenario, *, rounds: int, seed: int) -> tuple[list[Tally], Lab]:
        """Run some rounds: what came of each, and the lab with its answers."""
        databases.use(self.database)
        lab, shuffle = Lab(self.url, self.keys, self.pause), random.Random(seed)  # noqa: S311 (a seed that can be told again)
        return [scenario.run(lab, shuffle) for _ in range(rounds)], lab


@dataclass
class Sides:
    """The service with all its guards, and without each of them, as they are asked for."""

    names: tuple[str, str]
    keys: dict[str, str]
    running: ExitStack
    begun: dict[str, Side] = field(default_factory=dict)

    def side(self, *, without: str = "") -> Side:
        """The service as it is, or without a guard on the other database; started when it is first needed."""
        if without not in self.begun:
            database = self.names[bool(without)]
            url = self.running.enter_context(server(database=database, without=without))
            self.begun[without] = Side(url, database, self.keys, pause=DREAM if without else 0.0)
        return self.begun[without]


@contextmanager
def both_sides() -> Iterator[Sides]:
    """The service with its guards and without, each on a database of its own."""
    keys = shop.Keys({})
    with databases.two_databases(lambda: shop.build(keys)) as names, ExitStack() as running:
        yield Sides(names, keys.of_channel, running)


def run(
    scenarios: Sequence[Scenario], *, seed: int, brief: bool, say: Callable[[str], None]
) -> tuple[list[Result], list[str]]:
    """Run scenarios, and ask the audit after each; what each came to, and everything that broke a rule."""
    results, broken = [], []
    with both_sides() as sides:
        for scenario in scenarios:
            guarded = sides.side()
            rounds = scenario.brief if brief else scenario.rounds
            deadlocks = databases.deadlocks(guarded.database)
            tallies, lab = guarded.play(scenario, rounds=rounds, seed=seed)
            deadlocks = databases.deadlocks(guarded.database) - deadlocks
            broken += [f"{scenario.name}: {what}" for what in violations()]
            found = total(tallies)
            unguarded = sides.side(without=scenario.guard)
            control_failed = fails_without_guards(unguarded, scenario, rounds=rounds, seed=seed)
            result = Result(
                scenario=scenario.name,
                seed=seed,
                operations=len(lab.answers),
                allowed=found.allowed,
                sold=found.sold,
                oversold=found.oversold,
                deadlocks=deadlocks,
                errors_5xx=sum(answer.status >= 500 for answer in lab.answers),
                control_failed=control_failed,
            )
            results.append(result)
            say(f"{'ok    ' if result.holds else 'BROKEN'} {result}")
    return results, broken


def fails_without_guards(unguarded: Side, scenario: Scenario, *, rounds: int, seed: int) -> bool:
    """Whether the race shows in every round that the guard is missing."""
    if scenario.shows == "oversold":
        return all(tally.oversold for tally in unguarded.play(scenario, rounds=rounds, seed=seed)[0])
    for number in range(rounds):
        before = databases.deadlocks(unguarded.database)
        unguarded.play(scenario, rounds=1, seed=seed + number)
        if databases.deadlocks(unguarded.database) == before:
            return False
    return True


def violations() -> list[str]:
    """What breaks the rules of the house, in words."""
    found = []
    with connection.cursor() as cursor:
        for name in wiring.AUDITS:
            for rule in import_string(name):
                cursor.execute(rule.violations)
                found += [f"{rule.name}: {row}" for row in cursor.fetchall()]
    return found
