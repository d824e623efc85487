"""`manage.py coupons`: generate a batch of codes that work once each, or export one as CSV."""

import csv
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from commerce import clock
from commerce.promotions.batches import export, generate
from commerce.promotions.models import Coupon, Promotion
from commerce.rest.problems import Problem


class Command(BaseCommand):
    """With --promotion and --count a batch is generated; its codes are written out either way."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which batch, and how many codes of which promotion it shall have."""
        parser.add_argument("batch")
        parser.add_argument("--promotion", type=int, help="id of the promotion the codes open")
        parser.add_argument("--count", type=int, help="how many codes")

    def handle(self, *, batch: str, promotion: int | None, count: int | None, **_: Any) -> None:
        """Generates if asked to, then writes the codes as CSV."""
        if promotion is not None:
            opened = Promotion.objects.filter(pk=promotion, needs_coupon=True).first()
            if opened is None or not count or count < 1:
                raise CommandError("--promotion names one that needs a coupon, and --count how many codes it gets")
            try:
                generate(opened, batch=batch, count=count, at=clock.now())
            except Problem as problem:
                raise CommandError(str(problem)) from problem
        elif not Coupon.objects.filter(batch=batch).exists():
            raise CommandError(f"there is no batch {batch}")
        writer = csv.writer(self.stdout)
        writer.writerow(["code", "held", "redeemed"])
        writer.writerows(export(batch))
