"""Brings a Shopify product export into the catalog."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from babel.numbers import list_currencies
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from commerce import clock
from commerce.catalog.models import Picture
from commerce.csv_files import Unreadable, told
from commerce.pricing.importing import import_catalog
from commerce.pricing.models import PriceList
from commerce.progress import Progress


class Command(BaseCommand):
    help = "Takes products, variants, pictures and prices from a Shopify product CSV; safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV in UTF-8, as Shopify exports it")
        parser.add_argument("--price-list", default="pvp", help="where the prices go; made if it is missing")
        parser.add_argument("--currency", default="EUR", help="of a price list that is made now (ISO 4217)")

    def handle(self, *args: Any, file: Path, price_list: str, currency: str, **options: Any) -> None:
        if currency not in list_currencies():
            raise CommandError(f"“{currency}” is no currency; write it like EUR")
        into = PriceList.objects.filter(code=price_list).first() or PriceList(code=price_list, currency=currency)
        bar = Progress("products")
        try:
            imported = import_catalog(
                file, price_list=into, language=settings.LANGUAGE_CODE, at=clock.now(), progress=bar.show
            )
        except Unreadable as problem:
            raise CommandError(str(problem)) from problem
        for line in told(imported.faults):
            self.stderr.write(line)
        self.stdout.write(
            f"{imported.created} products new, {imported.changed} changed, {imported.unchanged} as they were; "
            f"{imported.prices} prices set; {len(imported.faults)} faults"
        )
        if strange := strange_hosts():
            self.stdout.write(f"pages show no pictures from {', '.join(strange)} until PICTURE_HOSTS names them")
        if imported.faults:
            raise CommandError("products with faults were left out, whole; mend their rows and run it again")


def strange_hosts() -> list[str]:
    """Where pictures lie that the content security policy of our pages does not let in."""
    addresses = (urlsplit(source) for source in Picture.objects.values_list("source", flat=True))
    hosts = {f"{address.scheme}://{address.netloc}" for address in addresses if address.netloc}
    return sorted(hosts - set(settings.PICTURE_HOSTS))
