"""Brings a retailer's sales history in as what its tills reported."""

import csv
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from commerce import clock, money
from commerce.channels.models import Location
from commerce.csv_files import Fault, Unreadable
from commerce.progress import Progress
from orders import complete_journey, mostrador_csv, online_retail, poslog
from orders.sales_files import SalesFile, Till
from orders.sales_import import Imported, ImportRuns, import_sales


class Command(BaseCommand):
    help = "Brings in a sales history (.csv, .xml, or .gz) as till facts; safe to run again. Triggers nothing outward."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--format", required=True, choices=["online-retail", "complete-journey", "poslog", "mostrador"]
        )
        parser.add_argument("--location", help="code of the place whose goods an online-retail file moves")
        parser.add_argument("--report", type=Path, help="where the rejected lines are written; var/reports/ by default")

    def handle(self, *args: Any, file: Path, format: str, **options: Any) -> None:
        try:
            sales, tills = self.read(file, format, options["location"])
            bar = Progress("lines")
            imported = import_sales(sales, tills=tills, at=clock.now(), progress=bar.show)
        except (Unreadable, ImportRuns) as problem:
            raise CommandError(str(problem)) from problem
        report = options["report"] or settings.VAR_DIR / "reports" / f"{file.name.split('.')[0]}.rejects.csv"
        write_report(report, imported.rejects)
        self.tell(sales, tills, imported)
        if imported.rejects or imported.disagreeing:
            raise CommandError(f"{len(imported.rejects)} lines were rejected; each with its reason in {report}")

    def read(self, file: Path, format: str, location: str | None) -> tuple[SalesFile, Mapping[str, Till]]:
        """The file, understood, and the places it speaks of; raises Unreadable."""
        if format in ("mostrador", "poslog"):
            reader, tills = poslog if format == "poslog" else mostrador_csv, mostrador_csv.tills()
            return reader.read_file(file, tills=tills, barcodes=mostrador_csv.barcodes()), tills
        if format == "complete-journey":
            sales = complete_journey.read_file(file)
            return sales, complete_journey.tills(receipt.place for receipt in sales.receipts)
        place = Location.objects.filter(code=location).first()
        if location and place is None:
            raise CommandError(f"there is no location “{location}”")
        sales = online_retail.read_file(file)
        return sales, {online_retail.PLACE: online_retail.till(place)}

    def tell(self, sales: SalesFile, tills: Mapping[str, Till], imported: Imported) -> None:
        """Print what became of every line, and whether the money agrees."""
        for outcome, lines in imported.counts.items():
            self.stdout.write(f"{outcome:<12}{lines:>10,}")
        self.stdout.write(f"{'all lines':<12}{imported.counts.total():>10,} of {sales.rows:,} in the file")
        self.stdout.write(f"{imported.new:,} receipts new, {imported.known:,} were there already")
        currency = next(iter(tills.values())).sales_channel.currency if tills else "EUR"
        theirs, ours = (sum(pair[side] for pair in imported.days.values()) for side in (0, 1))
        self.stdout.write(
            f"money on {len(imported.days)} days: file {money.display(theirs, currency, 'en')}, "
            f"database {money.display(ours, currency, 'en')}; {len(imported.disagreeing)} days differ"
        )


def write_report(path: Path, rejects: list[Fault]) -> None:
    """One line per rejected line of the file: where and why. Without rejects it holds only its header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["line", "column", "reason"])
        writer.writerows([reject.row, reject.column, reject.reason] for reject in rejects)
