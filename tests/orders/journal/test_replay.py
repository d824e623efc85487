"""I21, G7: the same facts cut anywhere, shuffled, each sent three times, by clocks that are wrong: the same books.

With ../shared beside the checkout it is done with real sales, too: the first hundred of each of five stores, or all of
them (24,849 lines, some minutes), by a seed of one's own:

    REPLAY=all SEED=7 pytest -n 0 -k real_sales_told_badly tests/orders/journal/test_replay.py
"""

import os
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid5

import pytest
from django.db import transaction

from commerce.channels import devices
from commerce.channels.models import Device, SalesChannel
from commerce.wiring import AUDITS
from orders.complete_journey import read_file, tills
from orders.journal.clocks import Claim
from orders.journal.taking import Batch, take
from orders.sales_files import Receipt
from orders.sales_import import variants_of
from tests.audits import violations
from tests.factories import LONG_AGO, MONDAY, coupon, location, sales_channel
from tests.orders.journal.sending import NAMES
from tests.orders.journal.state import books, digest_of
from tests.orders.shop import Shop

REPLAY_ALL = os.environ.get("REPLAY") == "all"
EACH = None if REPLAY_ALL else 100
SEED = int(os.environ.get("SEED", "7"))
FILE = "data/complete-journey/transactions_5stores_weeks40-48.csv.gz"
Said = tuple[Device, SalesChannel, dict[str, Any]]


class Back(Exception):
    """Takes everything back that was tried."""


def told_in_order(facts: Sequence[Said], *, at: datetime) -> Iterable[tuple[Sequence[Said], timedelta]]:
    """Each till's facts as they came about, once, by a right clock."""
    for device in dict.fromkeys(device for device, *_ in facts):
        mine = [said for said in facts if said[0] == device]
        for start in range(0, len(mine), 200):
            yield mine[start : start + 200], timedelta()


def told_badly(facts: Sequence[Said], *, random: Random) -> Iterable[tuple[Sequence[Said], timedelta]]:
    """Cut anywhere, shuffled, each three times. Each sale's clock was wrong by two days at most, and that of the till
    that sends it is wrong in another way each time.
    """
    sent = []
    facts = [
        (device, channel, said | {"occurred_at": shifted(said["occurred_at"], random)})
        for device, channel, said in facts
    ]
    for _ in range(3):
        for device in dict.fromkeys(device for device, *_ in facts):
            mine = [said for said in facts if said[0] == device]
            random.shuffle(mine)
            while mine:
                cut = random.randint(1, 150)
                sent.append((mine[:cut], wrong(random)))
                mine = mine[cut:]
    random.shuffle(sent)
    return sent


def books_after(batches: Iterable[tuple[Sequence[Said], timedelta]], *, at: datetime) -> list[tuple[Any, ...]]:
    """The books once all of this was told; then it is as if it had not been."""
    found: list[list[tuple[Any, ...]]] = []
    try:
        with transaction.atomic():
            for facts, off in batches:
                tell(facts, off=off, at=at)
            assert violations(*AUDITS) == []
            found.append(books())
            raise Back
    except Back:
        return found[0]


def tell(facts: Sequence[Said], *, off: timedelta, at: datetime) -> None:
    """Send one batch, by a clock that is so much off."""
    device, channel, _ = facts[0]
    store = device.location
    assert store is not None
    answer = take(Batch(device, store, channel, "one", Claim(at + off), [said for *_, said in facts]), at=at)
    assert {each.result for each in answer.facts} <= {"new", "known", "waiting"}


def wrong(random: Random) -> timedelta:
    """By how much a clock is wrong."""
    return timedelta(minutes=random.randint(-2880, 2880))


def shifted(text: str, random: Random) -> str:
    """The same instant by a clock that is wrong."""
    return (datetime.fromisoformat(text) + wrong(random)).isoformat()


def without_digests(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The books without what the digest of a fact says: its claim is part of it, and differs by the clock."""
    return [(*row[:5], "", row[6]) if row[0] == "fact" else row for row in rows]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2])
def test_two_hundred_facts_told_badly_lead_to_the_books_of_the_same_told_well(shop: Shop, seed: int) -> None:
    random, facts = Random(seed), []
    coupon("UNA", use_limit=10_000)
    for name, store in (("caja-1", shop.store), ("caja-2", shop.store), ("caja-3", location("norte"))):
        device, _ = devices.issue(name, role="store", location=store, at=LONG_AGO)
        facts += facts_of(device, sales_channel("store", locations=(store,)), shop, random=random, count=70)

    well = books_after(told_in_order(facts, at=MONDAY), at=MONDAY)
    badly = books_after(told_badly(facts, random=random), at=MONDAY)

    assert digest_of(without_digests(badly)) == digest_of(without_digests(well))
    assert len([row for row in well if row[0] == "order"]) > 100


def facts_of(device: Device, channel: SalesChannel, shop: Shop, *, random: Random, count: int) -> list[Said]:
    """What a till may tell in a day: sales, also at other prices, of articles nobody knows, by stored cards; returns,
    voids, cards that ended."""
    facts: list[Said] = []
    sales: list[str] = []
    spoken_of: set[str] = set()
    for number in range(1, count + 1):
        said: dict[str, Any] = {
            "uuid": str(uuid5(NAMES, f"{device.name}/{number}")),
            "sequence": number,
            "occurred_at": (MONDAY - timedelta(minutes=10 * (count - number) + 1)).isoformat(),
        }
        kind = random.choices(("sale", "return", "void", "payment"), (8, 1, 1, 1))[0] if sales else "sale"
        of = random.choice(sales) if sales else ""
        if kind in ("void", "payment") and of in spoken_of:
            kind = "sale"
        if kind == "sale":
            price, quantity = random.choice((1250, 1250, 999)), random.randint(1, 3)
            sku = random.choice((shop.mug.sku, shop.mug.sku, "NADIE"))
            line = {"sku": sku, "quantity": quantity, "unit_price": price, "total": price * quantity}
            state = random.choice(("captured", "stored"))
            tenders = [{"tender": "card_terminal", "amount": price * quantity, "state": state}]
            said |= {"lines": [line], "tenders": tenders, "coupons": random.choice(([], ["una"]))}
            sales.append(said["uuid"])
        elif kind == "return":
            said |= {"lines": [{"sku": shop.mug.sku, "quantity": 1, "unit_price": 1250, "total": 1250}], "of": of}
        elif kind == "void":
            said["of"] = of
        else:
            said |= {"of": of, "tender": 1, "outcome": random.choice(("captured", "declined"))}
        spoken_of |= {of} if kind in ("void", "payment") else set()
        facts.append((device, channel, said | {"kind": kind}))
    return facts


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_earliest_sale_has_the_last_use_of_a_coupon_whichever_till_is_heard_of_first(shop: Shop, seed: int) -> None:
    """Three tills took a code that works twice; each clock is wrong by up to two days, and some sales were undone."""
    random, facts = Random(seed), []
    coupon("DOS", use_limit=2)
    for number, store in enumerate((shop.store, shop.store, location("norte"))):
        device, _ = devices.issue(f"caja-{number}", role="store", location=store, at=LONG_AGO)
        channel = sales_channel("store", locations=(store,))
        facts += [(device, channel, said) for said in with_coupon(shop, number, undone=random.choice((None, 0, 1)))]

    well = books_after(told_in_order(facts, at=MONDAY), at=MONDAY)
    badly = books_after(told_by_wrong_clocks(facts, random=random), at=MONDAY)

    assert digest_of(without_digests(badly)) == digest_of(without_digests(well))
    assert len([row for row in well if row[0] == "difference"]) >= 9 - 2 - 3


def with_coupon(shop: Shop, till: int, *, undone: int | None) -> list[dict[str, Any]]:
    """Three sales of a till with the same code, in between those of the others; one may be undone."""
    line = {"sku": shop.mug.sku, "quantity": 1, "unit_price": 1250, "discount": 250, "total": 1000}
    facts: list[dict[str, Any]] = [
        {
            "uuid": str(uuid5(NAMES, f"{till}/{number}")),
            "sequence": number + 1,
            "kind": "sale",
            "occurred_at": (MONDAY - timedelta(hours=5) + timedelta(minutes=30 * number + 10 * till)).isoformat(),
            "lines": [line],
            "tenders": [{"tender": "cash", "amount": 1000}],
            "coupons": ["dos"],
        }
        for number in range(3)
    ]
    if undone is not None:
        of, at = facts[undone]["uuid"], (MONDAY - timedelta(hours=1)).isoformat()
        void = {"uuid": str(uuid5(NAMES, f"{till}/void")), "sequence": 4, "kind": "void", "occurred_at": at, "of": of}
        facts.append(void)
    return facts


def told_by_wrong_clocks(facts: Sequence[Said], *, random: Random) -> Iterable[tuple[Sequence[Said], timedelta]]:
    """One by one, shuffled, each three times; a till's clock is as wrong when it sends as it was when it sold."""
    off = {device.pk: wrong(random) for device, *_ in facts}
    sent = [
        ([(device, channel, said | {"occurred_at": moved(said["occurred_at"], off[device.pk])})], off[device.pk])
        for device, channel, said in facts * 3
    ]
    random.shuffle(sent)
    return sent


def moved(text: str, off: timedelta) -> str:
    """The same instant by a clock that is so much off."""
    return (datetime.fromisoformat(text) + off).isoformat()


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.django_db
def test_real_sales_told_badly_lead_to_the_books_of_the_same_told_well(shared: Path) -> None:
    sales = read_file(shared / FILE)
    variants_of(sales)
    places = tills(receipt.place for receipt in sales.receipts)
    facts = []
    for place, till in places.items():
        device, _ = devices.issue(place, role="store", location=till.location, at=LONG_AGO)
        mine = [receipt for receipt in sales.receipts if receipt.place == place][:EACH]
        facts += [
            (device, till.sales_channel, said_of(receipt, number)) for number, receipt in enumerate(mine, start=1)
        ]
    at = sales.receipts[-1].occurred_at + timedelta(hours=1)

    well = books_after(told_in_order(facts, at=at), at=at)
    badly = books_after(told_badly(facts, random=Random(SEED)), at=at)

    orders = [row for row in well if row[0] == "order"]
    told = {said["uuid"]: sum(line["total"] for line in said["lines"]) for *_, said in facts}
    assert (len(orders), sum(int(row[3]) for row in orders)) == (len(told), sum(told.values()))
    assert len(places) == 5
    if REPLAY_ALL:
        assert (len(told), sum(told.values())) == (2_439, 8_286_738)
        assert sum(len(said["lines"]) for *_, said in facts) == 24_849
    assert digest_of(without_digests(badly)) == digest_of(without_digests(well))


def said_of(receipt: Receipt, number: int) -> dict[str, Any]:
    """A receipt of the history as a till would have told it."""
    lines = [
        {
            "sku": line.sku,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "discount": line.discount,
            "total": line.total,
        }
        for line in receipt.lines
    ]
    return {
        "uuid": str(uuid5(NAMES, receipt.key)),
        "sequence": number,
        "kind": "sale",
        "occurred_at": receipt.occurred_at.isoformat(),
        "lines": lines,
        "tenders": [{"tender": "cash", "amount": sum(line.total for line in receipt.lines)}],
    }
