"""Race real buyers against each other, and prove that nothing is promised twice."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict, replace
from typing import Any

from django.core.management.base import BaseCommand

from orders.racelab.running import run
from orders.racelab.scenarios import SCENARIOS


class Command(BaseCommand):
    """Exit code 1 where anything was oversold, deadlocked, answered 5xx, broke a rule, or would not be noticed."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Without --scenario all are run, briefly."""
        names = [scenario.name for scenario in SCENARIOS]
        parser.add_argument("--scenario", choices=names, action="append", help="may be said several times")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--rounds", type=int, help="instead of as many as the scenario asks for")
        parser.add_argument("--json", action="store_true", help="print a list of objects, one a scenario")

    def handle(self, *args: Any, scenario: list[str] | None, seed: int, **options: Any) -> None:
        """Run, print, and exit."""
        chosen = [one for one in SCENARIOS if scenario is None or one.name in scenario]
        if options["rounds"]:
            chosen = [replace(one, rounds=options["rounds"], brief=options["rounds"]) for one in chosen]
        results, broken = run(chosen, seed=seed, brief=scenario is None, say=self.stderr.write)
        for rule in broken:
            self.stderr.write(f"audit: {rule}")
        if options["json"]:
            self.stdout.write(json.dumps([asdict(result) for result in results], indent=2))
        else:
            for result in results:
                self.stdout.write(" ".join(f"{name}={value}" for name, value in asdict(result).items()))
        if broken or not all(result.holds for result in results):
            sys.exit(1)
