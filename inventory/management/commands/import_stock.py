"""Brings counted stock in from a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from commerce import clock
from commerce.csv_files import Unreadable
from commerce.progress import Progress
from commerce.timeline.actors import Actor
from inventory.feeds import import_stock

SHOWN = 50
"""Faults that are printed; a file in the wrong format has one on every row."""


class Command(BaseCommand):
    help = "Books counts from a CSV (sku or barcode, location, quantity, counted_at); safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV in UTF-8, or the same as .gz")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            imported = import_stock(file, by=Actor("import"), at=clock.now(), progress=Progress("rows").show)
        except Unreadable as problem:
            raise CommandError(str(problem)) from problem
        for fault in sorted(imported.faults, key=lambda fault: fault.row)[:SHOWN]:
            self.stderr.write(str(fault))
        if len(imported.faults) > SHOWN:
            self.stderr.write(f"… and {len(imported.faults) - SHOWN} more")
        self.stdout.write(
            f"{imported.new} counts booked, {imported.known} known already, {len(imported.faults)} faults"
        )
        if imported.faults:
            raise CommandError("rows with faults were left out; mend them and run it again")
