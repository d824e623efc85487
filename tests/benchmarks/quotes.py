"""What a quote of twenty lines costs against many live promotions; all is rolled back."""

import os
from typing import Any

from django.db import connection, transaction

from commerce import clock
from commerce.catalog.models import Variant
from commerce.channels.models import SalesChannel
from commerce.promotions.models import Promotion
from commerce.quotes.quote import Wanted, quote
from tests.benchmarks import machine
from tests.factories import LONG_AGO

QUOTES = 200


def measure(live: int, postmaster: int) -> dict[str, Any]:
    """CPU of one quote, web and PostgreSQL apart: five promotions look at everything, the others at goods."""
    with transaction.atomic():
        build(live)
        wanted = [Wanted(pk, 2) for pk in Variant.objects.order_by("pk").values_list("pk", flat=True)[:20]]
        channel, at = SalesChannel.objects.get(code="web"), clock.now()
        for _ in range(5):
            quote(wanted, sales_channel=channel, at=at)
        before = machine.used(os.getpid(), postmaster)
        for _ in range(QUOTES):
            quote(wanted, sales_channel=channel, at=at)
        spent = machine.used(os.getpid(), postmaster).since(before)
        transaction.set_rollback(True)
    web, database = 1000 * spent.web / QUOTES, 1000 * spent.database / QUOTES
    return {
        "what": f"quote of 20 lines, {live:,} live promotions",
        "operations": QUOTES,
        "per_second": 1000 / (web + database),
        "cpu_web": web,
        "cpu_database": database,
        "cpu": web + database,
        "median": None,
        "p99": None,
    }


def build(live: int) -> None:
    """So many promotions without a code."""
    products = list(Variant.objects.order_by("pk").values_list("product_id", flat=True))
    made = Promotion.objects.bulk_create(
        Promotion(name=f"b {n}", kind="percentage", value=100 + n % 2000, starts_at=LONG_AGO) for n in range(live)
    )
    Promotion.products.through.objects.bulk_create(
        Promotion.products.through(promotion=promotion, product_id=products[(n * 7 + k) % len(products)])
        for n, promotion in enumerate(made)
        if n % max(40, live // 5)
        for k in range(3)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE promotions_promotion; ANALYZE promotions_promotion_products")
