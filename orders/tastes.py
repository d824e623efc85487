"""What somebody's purchases say of her taste: the sizes she keeps, and the shelves she comes back to."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from commerce.customers.models import Taste
from commerce.customers.tastes import Known
from orders.models import OrderLine

WITHIN = timedelta(days=730)
LATEST = 200
SIZES = ("talla", "size", "número", "numero")
"""Names of the option that is a size, in small letters."""

TIMES = 2
"""Who bought once from a shelf may have bought a present."""


def bought(people: Collection[int], *, at: datetime) -> list[Known]:
    """Sizes and shelves of what these people bought in the last two years and kept, the most frequent first."""
    lines = (
        OrderLine.objects.filter(
            order__person__in=people,
            order__status__in=("placed", "completed"),
            order__placed_at__gt=at - WITHIN,
            return_lines=None,
        )
        .order_by("-order__placed_at", "-pk")
        .values_list(
            "variant__options", "variant__product__category__path", "order__placed_at", "order__sales_channel__kind",
            "order__number",
        )[:LATEST]
    )  # fmt: skip
    times: Counter[tuple[str, str]] = Counter()
    latest: dict[tuple[str, str], tuple[datetime, str, str]] = {}
    for options, path, placed_at, channel, number in lines:
        shown = [(Taste.Kind.SIZE.value, value) for name, value in options or () if name.casefold() in SIZES]
        shown += [(Taste.Kind.LIKES.value, path)] if path else []
        for taste in shown:
            times[taste] += 1
            latest.setdefault(taste, (placed_at or at, channel, number or ""))
    return [
        Known(kind, value[:80], Taste.Source.BOUGHT.value, *latest[kind, value], times=count)
        for (kind, value), count in times.most_common()
        if kind == Taste.Kind.SIZE or count >= TIMES
    ]
