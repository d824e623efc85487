"""`manage.py parity`: whether the same basket costs the same in every channel. Exit 1 if it does not."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from commerce.parity.comparing import BASKETS, compare
from commerce.progress import Progress


class Command(BaseCommand):
    """Prices a sample of baskets through the adapter of every channel."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many baskets, which sample, and how to say it."""
        parser.add_argument("--baskets", type=int, default=BASKETS)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--json", action="store_true")

    def handle(self, *, baskets: int, seed: int, json: bool, **_: Any) -> None:
        """Compares, tells, and exits with 1 where channels differ against their will."""
        progress = Progress("baskets").show if baskets > BASKETS else lambda done, total: None
        parity = compare(baskets=baskets, seed=seed, progress=progress)
        if json:
            self.stdout.write(as_json(vars(parity)))
        else:
            ways = ", ".join(parity.adapters)
            self.stdout.write(f"{parity.baskets} baskets by {ways}: {len(parity.differences)} differences")
            for found in [*parity.differences, *parity.declared]:
                one, other = found["adapters"]
                self.stdout.write(f"  {one} {found['totals'][0]}, {other} {found['totals'][1]}: {found['rule']}")
        if parity.differences:
            sys.exit(1)


def as_json(parity: dict[str, Any]) -> str:
    """The result for machines."""
    return json.dumps(parity, ensure_ascii=False)
