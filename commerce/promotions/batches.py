"""Batches of codes that work once each: generated together, and given out as a list."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from commerce.ids import fold, spoken_code
from commerce.promotions.models import Coupon, Promotion
from commerce.rest.problems import Problem

CHUNK = 5000
LETTERS = 10
"""Of 30 each: with a million codes given out, one guess in 600 million is right."""


class BatchTaken(Problem):
    """There is a batch of this name already."""

    code = "batch_taken"
    status = 409


@transaction.atomic
def generate(
    promotion: Promotion, *, batch: str, count: int, use_limit: int = 1, at: datetime, ends_at: datetime | None = None
) -> int:
    """Make so many codes for a promotion; raises BatchTaken. A code that exists by chance is made again."""
    if Coupon.objects.filter(batch=batch).exists():
        raise BatchTaken(f"there is a batch {batch} already")
    made = 0
    while made < count:
        shown = [spoken_code(LETTERS) for _ in range(min(CHUNK, count - made))]
        Coupon.objects.bulk_create(
            (
                Coupon(
                    promotion=promotion,
                    batch=batch,
                    code=code,
                    folded=fold(code),
                    use_limit=use_limit,
                    created_at=at,
                    ends_at=ends_at,
                )
                for code in shown
            ),
            ignore_conflicts=True,
        )
        made = Coupon.objects.filter(batch=batch).count()
    return made


def export(batch: str) -> Iterator[tuple[str, int, int]]:
    """The codes of a batch, each with its uses held and redeemed."""
    rows = Coupon.objects.filter(batch=batch).order_by("pk").values_list("code", "uses_held", "uses_redeemed")
    yield from rows.iterator(chunk_size=CHUNK)
