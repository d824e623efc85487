"""Brings counted stock in from a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from commerce import clock
from commerce.csv_files import Unreadable, told
from commerce.progress import Progress
from commerce.timeline.actors import Actor
from inventory.feeds import import_stock


class Command(BaseCommand):
    help = "Books counts from a CSV (sku or barcode, location, quantity, counted_at); safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV in UTF-8, or the same as .gz")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            imported = import_stock(file, by=Actor("import"), at=clock.now(), progress=Progress("rows").show)
        except Unreadable as problem:
            raise CommandError(str(problem)) from problem
        for line in told(sorted(imported.faults, key=lambda fault: fault.row)):
            self.stderr.write(line)
        self.stdout.write(
            f"{imported.new} counts booked, {imported.known} known already, {len(imported.faults)} faults"
        )
        if imported.moved:
            self.stdout.write(f"{imported.moved} of them on shelves that had moved since they were counted")
        if imported.faults:
            raise CommandError("rows with faults were left out; mend them and run it again")
