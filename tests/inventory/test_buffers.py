"""A buffer is as large as what we do not know, within its bounds, and says why."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce.channels import devices
from commerce.channels.models import Device
from commerce.timeline.actors import SYSTEM
from inventory import ledger
from inventory.buffers import Exposure, buffer_of
from inventory.ledger import Count
from inventory.models import BufferReason, BufferRule, Stock
from orders.journal.exposure import refresh_buffers
from orders.journal.models import Till
from tests.factories import LONG_AGO, MONDAY, location, staff, stock, variant


@pytest.mark.parametrize(
    ("exposure", "units"),
    [
        (Exposure(0, 0, 0, 0), 1),
        (Exposure(1.4, 0, 0, 0), 2),
        (Exposure(0, 2, 1.5, 0), 3),
        (Exposure(0, 2, 0, 0), 1),
        (Exposure(0, 0, 0, 6), 2),
        (Exposure(1, 2, 1, 5), 4),
        (Exposure(99, 0, 0, 0), 5),
    ],
)
def test_a_buffer_grows_with_doubt_between_floor_and_cap(exposure: Exposure, units: int) -> None:
    assert buffer_of(exposure, floor=1, cap=5) == units


@pytest.mark.django_db
def test_a_silent_till_raises_the_buffer_and_its_return_lowers_it_again() -> None:
    shelf = stock(variant(sku="TAZA"), location("centro"), on_hand=400)
    ledger.sell({shelf.variant_id: 336}, location_id=shelf.location_id, by=SYSTEM, at=MONDAY - timedelta(days=1))
    BufferRule.objects.create(location=shelf.location, floor=0, cap=9)
    device, _ = devices.issue("caja", role="store", location=shelf.location, at=LONG_AGO)
    till = Till.objects.create(device=device, heard_at=MONDAY)

    buffers = []
    for minutes in (0, 65, 245):
        refresh_buffers(at=MONDAY + timedelta(minutes=minutes))
        buffers.append(Stock.objects.get(pk=shelf.pk).buffer)
    till.heard_at = MONDAY + timedelta(minutes=245)
    till.save()
    refresh_buffers(at=MONDAY + timedelta(minutes=245))

    assert buffers == [0, 1, 4]
    assert Stock.objects.get(pk=shelf.pk).buffer == 0


@pytest.mark.django_db
def test_a_silence_of_days_keeps_the_buffer_growing_to_its_cap_and_says_so_each_time() -> None:
    shelf = stock(variant(sku="TAZA"), location("centro"), on_hand=500)
    ledger.sell({shelf.variant_id: 34}, location_id=shelf.location_id, by=SYSTEM, at=MONDAY - timedelta(days=1))
    BufferRule.objects.create(location=shelf.location, floor=0, cap=5)
    device, _ = devices.issue("caja", role="store", location=shelf.location, at=LONG_AGO)
    Till.objects.create(device=device, heard_at=MONDAY)

    told = []
    for hours in (23, 25, 47, 71):
        refresh_buffers(at=MONDAY + timedelta(hours=hours))
        reason = BufferReason.objects.get(stock=shelf).measured
        told.append((Stock.objects.get(pk=shelf.pk).buffer, round(reason["silent_minutes"] / 60)))

    assert told == [(3, 23), (3, 25), (5, 47), (5, 71)]


@pytest.mark.django_db
def test_a_till_whose_key_was_revoked_is_silent_for_good_and_raises_nothing() -> None:
    shelf = stock(variant(sku="TAZA"), location("centro"), on_hand=500)
    ledger.sell({shelf.variant_id: 336}, location_id=shelf.location_id, by=SYSTEM, at=MONDAY - timedelta(days=1))
    BufferRule.objects.create(location=shelf.location, floor=0, cap=5)
    device, _ = devices.issue("caja", role="store", location=shelf.location, at=LONG_AGO)
    Till.objects.create(device=device, heard_at=MONDAY)
    Device.objects.filter(pk=device.pk).update(revoked_at=MONDAY)

    refresh_buffers(at=MONDAY + timedelta(days=2))

    assert Stock.objects.get(pk=shelf.pk).buffer == 0


@pytest.mark.django_db
def test_wrong_counts_raise_the_buffer_and_the_api_says_why() -> None:
    shelf = stock(variant(sku="TAZA"), location("centro"), on_hand=10)
    ledger.count([Count(shelf.variant_id, shelf.location_id, 8, MONDAY)], by=SYSTEM, at=MONDAY)
    BufferRule.objects.create(location=shelf.location, floor=0, cap=9)
    client = Client()
    client.force_login(staff("store", shelf.location))

    refresh_buffers(at=MONDAY)

    answer = client.get("/api/v1/stock/explain/?sku=TAZA&location=centro&at=2026-11-23T10:00:00Z").json()
    assert (answer["buffer"], answer["available"]) == (2, 6)
    assert answer["buffer_reason"] | {"set_at": None} == {
        "units": 2,
        "count_error": 2.0,
        "silent_minutes": 0,
        "sold_per_hour": 0.0,
        "unheard_units": 0.0,
        "open_picks": 0,
        "floor": 0,
        "cap": 9,
        "set_at": None,
    }
    assert BufferReason.objects.count() == 1


@pytest.mark.django_db
def test_a_buffer_ends_with_its_rule_and_one_set_by_hand_stays() -> None:
    shelf = stock(variant(sku="TAZA"), location("centro"), on_hand=9)
    by_hand = stock(variant(sku="VASO"), location("norte"), on_hand=9)
    Stock.objects.filter(pk=by_hand.pk).update(buffer=1)
    rule = BufferRule.objects.create(location=shelf.location, floor=2, cap=3)
    refresh_buffers(at=MONDAY)
    before = Stock.objects.get(pk=shelf.pk).buffer
    rule.delete()

    changed = [refresh_buffers(at=MONDAY) for _ in range(2)]

    assert (before, changed, BufferReason.objects.count()) == (2, [1, 0], 0)
    assert list(Stock.objects.order_by("pk").values_list("buffer", flat=True)) == [0, 1]
