"""Whether the same basket costs the same everywhere: a sample of baskets, priced through every channel's own way in.

Nothing is kept of the baskets. The doors answer for the instant at which they are asked, so a promotion may begin
between two answers: whatever differs is asked once more, of everybody, and only what differs then is a difference.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from django.db import connection

from commerce.carts.models import ParityRun
from commerce.catalog.models import Product, Variant
from commerce.parity.adapters import Adapter, Price, adapters_now
from commerce.parity.answers import Basket, Cause, NoAnswer, Priced, culprit
from commerce.promotions.models import Promotion

BASKETS = 50

Adapters = Callable[[], Sequence[Adapter]]
Found = dict[str, Any]


@dataclass
class Parity:
    """What was compared, and where channels differ: against their will, or by a list or promotion that says why."""

    baskets: int
    adapters: list[str]
    differences: list[Found] = field(default_factory=list)
    declared: list[Found] = field(default_factory=list)


def compare(
    *,
    baskets: int = BASKETS,
    seed: int = 0,
    adapters: Adapters = adapters_now,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Parity:
    """Price a sample of baskets through every adapter; the same seed gives the same sample."""
    asked = adapters()
    sample = sample_of(baskets, seed=seed) if asked else []
    parity = Parity(len(sample), [adapter.name for adapter in asked])
    for done, basket in enumerate(sample, start=1):
        if any(apart(basket, asked)):
            asked = adapters()
            for found, is_declared in apart(basket, asked):
                (parity.declared if is_declared else parity.differences).append(found)
        progress(done, len(sample))
    return parity


def apart(basket: Basket, adapters: Sequence[Adapter]) -> list[tuple[Found, bool]]:
    """Each adapter that says something else of a basket than the first, and whether that is meant.

    One that agrees, or differs as is meant, must still say what its own channel and place should cost: a till that
    lacks a promotion of its store would else look right by agreeing with the web.
    """
    answers = [(adapter.name, said(adapter.price, basket)) for adapter in adapters]
    (first, reference), *others = answers
    found = differing(basket, first, reference, others)
    wrong = {told["adapters"][1] for told, is_declared in found if not is_declared}
    for adapter, (name, answer) in zip(adapters, answers, strict=True):
        if adapter.should and name not in wrong:
            due = differing(basket, f"{name}, as it should be", said(adapter.should, basket), [(name, answer)])
            found += [(told, False) for told, _ in due]
    return found


def differing(
    basket: Basket, first: str, reference: Priced | NoAnswer, others: Sequence[tuple[str, Priced | NoAnswer]]
) -> list[tuple[Found, bool]]:
    """Each answer that is another than the first, with its cause, and whether that says of itself that it is meant."""
    found = []
    for name, answer in others:
        if isinstance(reference, NoAnswer) or isinstance(answer, NoAnswer):
            silent = [each for each in (reference, answer) if isinstance(each, NoAnswer)]
            rule, is_declared = str(silent[0]), False
        elif (answer.total, answer.currency) == (reference.total, reference.currency):
            continue
        else:
            rule, is_declared = meant(culprit(reference, answer))
        told = {
            "basket": [{"sku": variant.sku, "quantity": quantity} for variant, quantity in basket],
            "adapters": [first, name],
            "totals": [None if isinstance(each, NoAnswer) else each.total for each in (reference, answer)],
            "rule": rule,
        }
        found.append((told, is_declared))
    return found


def meant(cause: Cause) -> tuple[str, bool]:
    """The rule, with its reasons where only promotions did it that are limited to a channel or place on purpose."""
    if cause.is_declared or not cause.one_sided:
        return cause.rule, cause.is_declared
    reasons = dict(Promotion.objects.filter(pk__in=cause.one_sided).exclude(reason="").values_list("pk", "reason"))
    if len(reasons) < len(cause.one_sided):
        return cause.rule, False
    return f"{cause.rule}: {'; '.join(reasons[pk] for pk in sorted(reasons))}", True


def said(price: Price, basket: Basket) -> Priced | NoAnswer:
    """What is said that a basket costs, or that nothing is said."""
    try:
        return price(basket)
    except NoAnswer as silence:
        return silence


def sample_of(count: int, *, seed: int) -> list[Basket]:
    """Baskets of one to eight things out of the catalog, with one to twelve units of each."""
    random = Random(seed)  # noqa: S311 (a sample, not a secret)
    on_sale = Variant.objects.filter(is_active=True, product__status=Product.Status.ACTIVE)
    variants = list(on_sale.order_by("pk"))
    if not variants:
        return []
    return [
        [(v, random.randint(1, 12)) for v in random.sample(variants, min(len(variants), random.randint(1, 8)))]
        for _ in range(count)
    ]


PUBLISHED = """
SELECT coalesce((SELECT sum(version) FROM pricing_pricelist), 0) + (SELECT count(*) FROM pricing_taxrate)
     + coalesce((SELECT sum(version) FROM promotions_promotion), 0) + (SELECT count(*) FROM promotions_promotion)
"""


def published() -> int:
    """A number that grows whenever prices, promotions or taxes are published."""
    with connection.cursor() as cursor:
        cursor.execute(PUBLISHED)
        return int(cursor.fetchone()[0])


def watch(*, at: datetime) -> ParityRun | None:
    """Compare if something was published since the last time; otherwise nothing is done."""
    last = ParityRun.objects.order_by("-pk").first()
    return None if last and last.published == published() else run(at=at)


def run(*, at: datetime) -> ParityRun:
    """Compare another sample, and store what was found for the back office."""
    version = published()
    parity = compare(baskets=BASKETS, seed=version + ParityRun.objects.count())
    return ParityRun.objects.create(
        at=at,
        published=version,
        baskets=parity.baskets,
        adapters=parity.adapters,
        differences=parity.differences,
        declared=parity.declared,
    )
