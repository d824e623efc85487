"""Whether the same basket costs the same everywhere: a sample of baskets, priced through every channel's own way in.

The web and the desk open a cart and ask what it costs, as their doors do; the till reckons by the snapshot it would be
sent. Nothing is kept: each cart is rolled back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection, transaction

from commerce.carts import edits
from commerce.carts.models import ParityRun
from commerce.carts.showing import show
from commerce.catalog.models import Product, Variant
from commerce.channels.models import SalesChannel
from commerce.pricing.prices import Market
from commerce.quotes import snapshot
from commerce.quotes.reckoning import Wanted
from commerce.timeline.actors import SYSTEM

BASKETS = 50
DAY = timedelta(days=1)

Basket = list[tuple[Variant, int]]
Priced = dict[str, Any]
Adapter = Callable[[Basket], Priced]


@dataclass
class Parity:
    """What was compared, and where channels differ: against their will, or by a list or promotion that says why."""

    baskets: int
    adapters: list[str]
    differences: list[dict[str, Any]] = field(default_factory=list)
    declared: list[dict[str, Any]] = field(default_factory=list)


def compare(*, baskets: int = BASKETS, seed: int = 0, at: datetime) -> Parity:
    """Price a sample of baskets through every adapter; the same seed gives the same sample."""
    adapters = adapters_at(at)
    parity = Parity(baskets, list(adapters))
    sample = sample_of(baskets, seed=seed) if adapters else []
    parity.baskets = len(sample)
    for basket in sample:
        answers = {name: adapter(basket) for name, adapter in adapters.items()}
        first, reference = next(iter(answers.items()))
        for name, answer in answers.items():
            if answer["total"] == reference["total"] and answer["currency"] == reference["currency"]:
                continue
            rule, is_declared = culprit(reference, answer)
            found = {
                "basket": [{"sku": variant.sku, "quantity": quantity} for variant, quantity in basket],
                "adapters": [first, name],
                "totals": [reference["total"], answer["total"]],
                "rule": rule,
            }
            (parity.declared if is_declared else parity.differences).append(found)
    return parity


def adapters_at(at: datetime) -> dict[str, Adapter]:
    """Each channel's way to a price."""
    adapters: dict[str, Adapter] = {}
    for channel in SalesChannel.objects.exclude(kind=SalesChannel.Kind.SHOPIFY).order_by("pk"):
        name = {"web": "web API", "call_center": "desk"}.get(channel.kind, "store")
        adapters[f"{name} {channel.code}"] = by_cart(channel, at=at)
        if channel.kind == SalesChannel.Kind.STORE:
            adapters[f"till {channel.code}"] = by_snapshot(channel, at=at)
    return adapters


def by_cart(channel: SalesChannel, *, at: datetime) -> Adapter:
    """The price of a cart that is opened in a channel, as its API shows it."""

    def price(basket: Basket) -> Priced:
        with transaction.atomic():
            cart = edits.open_cart(sales_channel=channel, lines=basket, by=SYSTEM, at=at)
            shown = show(cart, at=at)
            transaction.set_rollback(True)
        return shown

    return price


def by_snapshot(channel: SalesChannel, *, at: datetime) -> Adapter:
    """The price that a till reckons offline, by what it would be sent."""
    sent = snapshot.read(snapshot.take(market=Market(channel), at=at).as_json())

    def price(basket: Basket) -> Priced:
        return sent.quote([Wanted(variant.pk, quantity) for variant, quantity in basket]).as_dict()

    return price


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


def culprit(one: Priced, other: Priced) -> tuple[str, bool]:
    """What made two answers differ, and whether it says of itself that it makes a channel differ."""
    theirs = {line["sku"]: line for line in other["lines"]}
    for line in one["lines"]:
        twin = theirs.get(line["sku"])
        if twin is None:
            return f"{line['sku']} is sold in one of them only", False
        if twin["unit_price"] != line["unit_price"]:
            lists = sorted(set(one["versions"]["price_lists"]) ^ set(other["versions"]["price_lists"]))
            reason = line["differs"] or twin["differs"]
            return f"price list {', '.join(lists) or 'version'}{reason and f': {reason}'}", bool(reason)
        if twin["tax_basis_points"] != line["tax_basis_points"]:
            return f"tax rate of {line['sku']}", False
    applied = [{(p["promotion_id"], p["name"]): p["amount"] for p in each["applied"]} for each in (one, other)]
    only_in_one = sorted(set(applied[0]) ^ set(applied[1]))
    for promotion in [*only_in_one, *sorted(set(applied[0]) & set(applied[1]))]:
        if applied[0].get(promotion) != applied[1].get(promotion):
            return f"promotion {promotion[0]} “{promotion[1]}”", False
    return "unknown", False


PUBLISHED = """
SELECT coalesce((SELECT sum(version) FROM pricing_pricelist), 0)
     + coalesce((SELECT sum(version) FROM promotions_promotion), 0) + (SELECT count(*) FROM promotions_promotion)
"""


def watch(*, at: datetime) -> ParityRun | None:
    """Compare if something was published since the last time, or a day is over; otherwise nothing is done."""
    with connection.cursor() as cursor:
        cursor.execute(PUBLISHED)
        published = int(cursor.fetchone()[0])
    last = ParityRun.objects.order_by("-pk").first()
    if last and last.published == published and last.at > at - DAY:
        return None
    return keep(compare(seed=published, at=at), published=published, at=at)


def keep(parity: Parity, *, published: int, at: datetime) -> ParityRun:
    """Store what was found, for the back office."""
    return ParityRun.objects.create(
        at=at,
        published=published,
        baskets=parity.baskets,
        adapters=parity.adapters,
        differences=parity.differences,
        declared=parity.declared,
    )
