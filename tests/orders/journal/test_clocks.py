"""Clocks that are wrong: what is made of what they claim."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from commerce.timeline.actors import SYSTEM
from inventory import ledger
from inventory.ledger import Count
from inventory.models import Stock
from orders.journal.clocks import Claim, read, settle
from orders.journal.models import Fact
from orders.models import Order
from tests.factories import MONDAY
from tests.orders.journal.sending import TillOf, line, now
from tests.orders.shop import Shop

MADRID = ZoneInfo("Europe/Madrid")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("wrong", [timedelta(), timedelta(minutes=1), -timedelta(minutes=1)])
def test_a_clock_that_is_nearly_right_is_believed(wrong: timedelta) -> None:
    assert settle(Claim(MONDAY - HOUR), sent=Claim(MONDAY + wrong), at=MONDAY) == (MONDAY - HOUR, [])


@pytest.mark.parametrize(
    ("wrong", "flag"),
    [
        (timedelta(hours=48), "clock_ahead"),
        (-timedelta(hours=48), "clock_behind"),
        (datetime(1970, 1, 1, tzinfo=UTC) - MONDAY, "clock_behind"),
        (datetime(2099, 1, 1, tzinfo=UTC) - MONDAY, "clock_ahead"),
    ],
    ids=["two days ahead", "two days behind", "1970", "2099"],
)
def test_what_the_clock_was_wrong_when_it_sent_is_taken_off(wrong: timedelta, flag: str) -> None:
    claimed = MONDAY - HOUR + wrong

    assert settle(Claim(claimed), sent=Claim(MONDAY + wrong), at=MONDAY) == (MONDAY - HOUR, [flag])


@pytest.mark.parametrize(
    ("claimed", "flag"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), "too_long_ago"),
        (datetime(2099, 1, 1, tzinfo=UTC), "in_the_future"),
        (datetime(1, 1, 1, tzinfo=UTC), "too_long_ago"),
    ],
)
def test_what_cannot_be_true_counts_as_of_now(claimed: datetime, flag: str) -> None:
    assert settle(Claim(claimed), sent=Claim(MONDAY), at=MONDAY) == (MONDAY, [flag])


FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize("sent", [FIRST, LAST])
def test_no_claim_is_too_far_off_to_reckon_with(sent: datetime) -> None:
    for claimed in (FIRST, LAST):
        occurred_at, flags = settle(Claim(claimed), sent=Claim(sent), at=MONDAY)

        assert occurred_at <= MONDAY
        assert flags


@pytest.mark.parametrize(
    ("text", "instant", "flags"),
    [
        ("2026-11-23T11:00:00+01:00", MONDAY, ()),
        ("2026-11-23T10:00:00Z", MONDAY, ()),
        ("2026-11-23T11:00:00", MONDAY, ("no_offset",)),
        ("2026-10-25T02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), ("no_offset", "hour_twice")),
        ("2026-10-25T02:30:00+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), ()),
    ],
)
def test_a_claim_without_an_offset_is_the_stores_own_time_and_doubted(text, instant, flags) -> None:
    assert read(text, MADRID) == Claim(instant, flags)


@pytest.mark.parametrize("text", [None, 1, "", "2026", "gestern", "2026-13-01T00:00:00Z", "2026-11-23T10:00:00Z" * 9])
def test_what_is_no_time_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is no time like"):
        read(text, MADRID)


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [-48, 48, -24 * 365 * 50])
def test_a_wrong_clock_is_flagged_and_hides_no_sale_behind_a_count(shop: Shop, caja: TillOf, hours: int) -> None:
    shelf = Stock.objects.get(variant=shop.mug, location=shop.store)
    counted_at = now() - timedelta(hours=2)
    ledger.count([Count(shop.mug.pk, shop.store.pk, 5, counted_at)], by=SYSTEM, at=now())
    caja.wrong = timedelta(hours=hours)

    caja.send(caja.sale(line(shop.mug), at=now() - timedelta(hours=1)))

    shelf.refresh_from_db()
    fact, order = Fact.objects.get(), Order.objects.get()
    assert (shelf.on_hand, fact.flags) == (4, ["clock_ahead" if hours > 0 else "clock_behind"])
    assert abs(order.placed_at - (now() - timedelta(hours=1))) < timedelta(minutes=1)
