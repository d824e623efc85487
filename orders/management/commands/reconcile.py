"""`manage.py reconcile stripe`: compare every amount with the provider, repair, or put it on the list."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from commerce import clock
from orders.stripe import gateway
from orders.stripe.reconciling import reconcile


class Command(BaseCommand):
    help = "Compare every amount with the provider's, repair what can be, put the rest on the list. Exits 1 if any is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("provider", choices=["stripe"])
        parser.add_argument("--days", type=int, default=35, help="how far back (default: %(default)s)")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *, provider: str, days: int, json: bool, **options: Any) -> None:
        at = clock.now()
        try:
            found = list(reconcile(since=at - timedelta(days=days), at=at))
        except gateway.NotConnected as problem:
            raise CommandError(f"{problem}: there is nothing to compare with") from problem
        except gateway.Unreachable as problem:
            raise CommandError("Stripe does not answer; nothing was changed that it had not told us") from problem
        left = [difference for difference in found if not difference.repaired]
        if json:
            self.stdout.write(dumps({"differences": [asdict(one) for one in found], "open": len(left)}))
        else:
            for one in found:
                what = "repaired" if one.repaired else "OPEN"
                self.stdout.write(f"{what:9} {one.payment or '-':22} {one.intent}  here {one.ours}; there {one.theirs}")
            self.stdout.write(f"{len(found)} differences, {len(left)} open")
        if left:
            raise SystemExit(1)


def dumps(value: object) -> str:
    """JSON that people can read as well."""
    return json.dumps(value, indent=2)
