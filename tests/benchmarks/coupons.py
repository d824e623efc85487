"""What finding one code costs, however many there are; all is rolled back."""

import os
from typing import Any

from django.db import connection, transaction

from commerce import clock
from commerce.promotions import uses
from commerce.promotions.models import Promotion
from tests.benchmarks import machine
from tests.factories import LONG_AGO

LOOK_UPS = 2000

# Written by the database: a million codes in some seconds. Their letters are those of spoken codes, so that they fold
# to themselves.
GENERATE = """
INSERT INTO promotions_coupon (promotion_id, code, folded, batch, uses_held, uses_redeemed, use_limit, created_at)
SELECT %(promotion)s, code, code, 'bench', 0, 0, 1, now()
FROM (SELECT 'B' || translate(lpad(n::text, 9, '0'), '01', 'XY') AS code FROM generate_series(1, %(count)s) n) AS made
"""


def measure(codes: int, postmaster: int) -> dict[str, Any]:
    """CPU of one look-up, web and PostgreSQL apart."""
    with transaction.atomic(), connection.cursor() as cursor:
        opened = Promotion.objects.create(
            name="bench", kind="percentage", value=1000, needs_coupon=True, starts_at=LONG_AGO
        )
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(GENERATE, {"promotion": opened.pk, "count": codes})
        cursor.execute("ANALYZE promotions_coupon")
        at = clock.now()
        for number in range(1, 6):
            uses.find(code_of(number), at=at)
        before = machine.used(os.getpid(), postmaster)
        for number in range(LOOK_UPS):
            uses.find(code_of(1 + number * 7919 % codes), at=at)
        spent = machine.used(os.getpid(), postmaster).since(before)
        transaction.set_rollback(True)
    web, database = 1000 * spent.web / LOOK_UPS, 1000 * spent.database / LOOK_UPS
    return {
        "what": f"look-up of a code among {codes:,}",
        "operations": LOOK_UPS,
        "per_second": 1000 / (web + database),
        "cpu_web": web,
        "cpu_database": database,
        "cpu": web + database,
        "median": None,
        "p99": None,
    }


def code_of(number: int) -> str:
    """The code with a number, as the statement above spells it."""
    return "B" + f"{number:09}".translate(str.maketrans("01", "XY"))
