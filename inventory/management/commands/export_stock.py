"""Writes stock as a file for others."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from commerce import clock
from commerce.channels.models import SalesChannel
from inventory.outgoing import write_google, write_plain


class Command(BaseCommand):
    help = "Writes stock as a CSV: every shelf (csv), or Google Merchant's local inventory of a channel (google)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["csv", "google"], default="csv")
        parser.add_argument(
            "--channel", default="web", help="code of the sales channel whose stores and prices it tells"
        )
        parser.add_argument("--to", type=Path, help="a file; without it everything is printed")

    def handle(self, *args: Any, format: str, channel: str, to: Path | None, **options: Any) -> None:
        stream = to.open("w", encoding="utf-8", newline="") if to else sys.stdout
        try:
            if format == "csv":
                rows = write_plain(stream, at=clock.now())
            else:
                sales_channel = SalesChannel.objects.filter(code=channel).first()
                if sales_channel is None:
                    raise CommandError(f"there is no sales channel “{channel}”")
                rows = write_google(stream, sales_channel=sales_channel, at=clock.now())
        finally:
            if to:
                stream.close()
        self.stderr.write(f"{rows:,} rows")
