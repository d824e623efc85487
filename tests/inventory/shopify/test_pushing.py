"""Shopify hears what it can sell and is never overwritten: what it sold meanwhile is seen and held here."""

from collections.abc import Iterator
from typing import Any

import pytest

from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from commerce.timeline.tasks import run_due
from inventory import ledger
from inventory.availability import available
from inventory.models import Hold, Stock
from inventory.shopify import pushing
from inventory.shopify.models import Level
from tests.audits import violations
from tests.factories import MONDAY, location, stock, variant
from tests.peers.shopify.server import TOKEN, Shopify

pytestmark = pytest.mark.django_db
ITEM, PLACE = "gid://shopify/InventoryItem/1", "gid://shopify/Location/7"
HERE = (ITEM, PLACE)


@pytest.fixture
def shopify(settings: Any) -> Iterator[Shopify]:
    with Shopify() as peer:
        settings.SHOPIFY_SHOP, settings.SHOPIFY_TOKEN = peer.url, TOKEN
        peer.levels[HERE] = 3
        yield peer


@pytest.fixture
def level() -> Level:
    return Level.objects.create(
        stock=stock(variant(sku="TAZA"), location("centro"), on_hand=10), item=ITEM, place=PLACE
    )


def push() -> str:
    """Plan and push; how the task ended."""
    pushing.plan(at=MONDAY)
    run_due(at=MONDAY)
    return Task.objects.filter(handler=pushing.PUSH).latest("pk").status


def sell_here(level: Level, units: int) -> None:
    ledger.sell({level.stock.variant_id: units}, location_id=level.stock.location_id, by=SYSTEM, at=MONDAY)


def free(level: Level) -> int:
    key = (level.stock.variant_id, level.stock.location_id)
    return available([key[0]], at=MONDAY)[key]


def test_what_can_be_sold_here_is_told_there_from_what_was_there(shopify: Shopify, level: Level) -> None:
    status = push()

    level.refresh_from_db()
    assert (status, shopify.levels[HERE], level.seen, level.pending) == ("done", 10, 10, None)
    assert [write["quantities"][0]["changeFromQuantity"] for write in shopify.writes] == [3]
    assert pushing.plan(at=MONDAY) == 0


def test_what_shopify_sold_meanwhile_is_held_here_and_never_put_back_there(shopify: Shopify, level: Level) -> None:
    push()
    sell_here(level, 2)
    shopify.sell(HERE, 3)

    push()

    assert (shopify.levels[HERE], free(level)) == (5, 5)
    assert [(hold.demand, hold.quantity) for hold in Hold.objects.filter(status="live")] == [(level.demand, 3)]
    froms = [write["quantities"][0]["changeFromQuantity"] for write in shopify.writes]
    assert froms == [3, 10, 7]
    assert violations("inventory.audit.RULES") == []


def test_a_sale_between_looking_and_setting_is_seen_by_the_next_try(shopify: Shopify, level: Level) -> None:
    push()
    sell_here(level, 1)
    buyers = iter([1, 1])
    shopify.between = lambda: shopify.sell(HERE, next(buyers, 0))

    push()

    assert (shopify.levels[HERE], free(level)) == (7, 7)


def test_tries_are_bounded_where_shopify_sells_faster_than_we_tell(shopify: Shopify, level: Level) -> None:
    push()
    sell_here(level, 1)
    shopify.between = lambda: shopify.sell(HERE)
    before = len(shopify.writes)

    status = push()

    assert (status, len(shopify.writes) - before) == ("pending", pushing.TRIES)
    assert "StillStale" in Task.objects.latest("pk").last_error
    assert (free(level), shopify.levels[HERE]) == (4, 5)


def test_an_answer_that_is_lost_is_asked_for_again_with_the_same_key(shopify: Shopify, level: Level) -> None:
    push()
    sell_here(level, 2)
    shopify.loses = 1
    status = push()
    level.refresh_from_db()
    assert (status, level.pending, shopify.levels[HERE]) == ("pending", 8, 8)

    pushing.push(Task(key=str(level.pk)), at=MONDAY)

    level.refresh_from_db()
    assert (level.seen, level.pending, free(level), shopify.levels[HERE]) == (8, None, 8, 8)
    assert len(shopify.writes) == 2


def test_units_that_both_sold_are_counted_as_sold_too_often(shopify: Shopify, level: Level) -> None:
    push()
    sell_here(level, 9)
    shopify.sell(HERE, 3)

    push()

    level.refresh_from_db()
    assert (shopify.levels[HERE], free(level), level.oversold) == (0, 0, 2)
    assert Stock.objects.get(pk=level.stock_id).held == 1


def test_what_shopify_takes_back_is_free_again_here(shopify: Shopify, level: Level) -> None:
    push()
    shopify.sell(HERE, 3)
    sell_here(level, 1)
    push()
    shopify.sell(HERE, -2)
    sell_here(level, 1)

    push()

    assert (shopify.levels[HERE], free(level), Hold.objects.get(status="live").quantity) == (7, 7, 1)


def test_a_blind_write_would_have_put_back_what_was_sold(shopify: Shopify, level: Level) -> None:
    """The positive control: without `changeFromQuantity` the three units are on sale once more."""
    push()
    sell_here(level, 2)
    shopify.sell(HERE, 3)
    one = {"inventoryItemId": ITEM, "locationId": PLACE, "quantity": 8, "changeFromQuantity": None}

    errors = shopify.set(input={"name": "available", "reason": "correction", "quantities": [one]}, key="blind")

    assert (errors, shopify.levels[HERE]) == ([], 8)
