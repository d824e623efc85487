"""`manage.py prices`: export a price list as CSV, look at what a file would change, or publish it."""

import csv
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.forms import ValidationError
from django.forms.utils import from_current_timezone
from django.utils import timezone

from commerce import clock
from commerce.csv_files import Unreadable
from commerce.pricing import price_csv
from commerce.pricing.models import PriceList


class Command(BaseCommand):
    """Without a file the list is written out; with one its changes are shown, and with --publish they are made."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which list, which file, from when on."""
        parser.add_argument("price_list")
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument("--publish", action="store_true", help="make the changes")
        parser.add_argument("--from", dest="start", help="local time in the list's zone, such as 2026-12-01T00:00")
        parser.add_argument("--tax", type=int, default=2100, help="basis points, for the margins shown")

    def handle(
        self, *, price_list: str, file: Path | None, publish: bool, start: str | None, tax: int, **_: Any
    ) -> None:
        """Exports, shows or publishes; a file with a fault is never published."""
        chosen = PriceList.objects.filter(code=price_list).first()
        if chosen is None:
            raise CommandError(f"there is no price list {price_list}")
        at = instant(start, zone=chosen.timezone) if start else clock.now()
        if file is None:
            writer = csv.writer(self.stdout)
            writer.writerow(price_csv.COLUMNS)
            writer.writerows(price_csv.export(chosen, at=at))
            return
        try:
            found = price_csv.parse_file(file, price_list=chosen)
        except Unreadable as problem:
            raise CommandError(str(problem)) from problem
        changes = price_csv.changes(found, price_list=chosen, tax_basis_points=tax, at=at)
        for change in changes:
            before = change.before[0] if change.before else "-"
            margin = "" if change.margin_after is None else f", margin {change.margin_after / 100:.1f} %"
            self.stdout.write(f"{change.sku}: {before} → {change.after[0]}{margin}")
        below = sum(change.sells_below_cost for change in changes)
        self.stdout.write(f"{len(changes)} prices change, {below} of them below cost")
        if found.faults:
            raise CommandError("\n".join(map(str, found.faults)))
        if publish:
            price_csv.publish(found, price_list=chosen, at=at)
            self.stdout.write(f"published as version {chosen.version}")


def instant(typed: str, *, zone: str) -> datetime:
    """A local time as an instant; one that a clock change skips or doubles is refused."""
    try:
        local = datetime.fromisoformat(typed)
        with timezone.override(ZoneInfo(zone)):
            return local if local.tzinfo else from_current_timezone(local)
    except (ValueError, ValidationError) as problem:
        raise CommandError(f"“{typed}” is no moment in {zone}") from problem
