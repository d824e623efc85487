"""What can be promised follows from what is there, what is expected, who waits for it, the hours and the carrier."""

from datetime import UTC, datetime, time, timedelta

import pytest

from inventory import holds, incoming, promise
from inventory.holds import Want
from inventory.models import Backorder, Stock
from inventory.promise import Outlook, hand_over_at, outlook
from tests.factories import MONDAY, location, stock, variant, warehouse

WEDNESDAY, FRIDAY = MONDAY + timedelta(days=2), MONDAY + timedelta(days=4)


@pytest.mark.parametrize(
    ("wanted", "here_at"),
    [
        ({1: 2}, MONDAY),
        ({1: 3}, WEDNESDAY),
        ({1: 5}, WEDNESDAY),
        ({1: 6}, FRIDAY),
        ({1: 7}, None),
        ({1: 3, 2: 1}, FRIDAY),
        ({3: 1}, None),
        ({}, MONDAY),
    ],
)
def test_all_of_it_is_here_when_the_last_of_it_has_come(wanted, here_at):
    place = Outlook(None, {1: 2}, {1: [(WEDNESDAY, 3), (FRIDAY, 1)], 2: [(FRIDAY, 9)]})

    assert place.here_at(wanted, at=MONDAY) == here_at
    assert place.has(wanted) == (here_at == MONDAY)


@pytest.mark.django_db
class TestPlaces:
    """Real shelves."""

    def test_any_number_of_places_and_variants_is_one_query(self, django_assert_num_queries):
        cups, places = [variant() for _ in range(3)], [location("centro"), warehouse()]
        for cup in cups:
            stock(cup, places[0], on_hand=2)
            incoming.expect({cup.pk: 4}, location_id=places[0].pk, reference="PO-1", expected_at=WEDNESDAY, at=MONDAY)

        with django_assert_num_queries(1):
            here, there = outlook([cup.pk for cup in cups], locations=places, at=MONDAY)

        assert here.now == {cup.pk: 2 for cup in cups}
        assert here.expected == {cup.pk: [(WEDNESDAY, 4)] for cup in cups}
        assert (there.now, there.expected) == ({}, {})

    def test_what_is_late_is_promised_for_no_day_at_all(self):
        shelf = stock(variant(), warehouse(), on_hand=0)
        for reference, day, units in (("PO-1", MONDAY, 5), ("PO-2", FRIDAY, 1)):
            goods = {shelf.variant_id: units}
            incoming.expect(
                goods, location_id=shelf.location_id, reference=reference, expected_at=day, at=MONDAY - timedelta(1)
            )

        [place] = outlook([shelf.variant_id], locations=[shelf.location], at=WEDNESDAY)

        assert place.expected == {shelf.variant_id: [(FRIDAY, 1)]}
        assert place.here_at({shelf.variant_id: 1}, at=WEDNESDAY) == FRIDAY
        assert place.here_at({shelf.variant_id: 2}, at=WEDNESDAY) is None

    def test_what_others_wait_for_is_not_promised_again(self):
        shelf = stock(variant(), warehouse(), on_hand=1)
        goods = {shelf.variant_id: 4}
        incoming.expect(goods, location_id=shelf.location_id, reference="PO-1", expected_at=WEDNESDAY, at=MONDAY)
        holds.allocate_now([Want(shelf.variant_id, shelf.location_id, 1, "a")], at=MONDAY)
        Backorder.objects.create(stock=shelf, demand="b", quantity=3, status="waiting", asked_at=MONDAY, paid_at=MONDAY)
        incoming.expect(goods, location_id=shelf.location_id, reference="no date", expected_at=None, at=MONDAY)

        [found] = outlook([shelf.variant_id], locations=[shelf.location], at=MONDAY)

        assert found.now == {shelf.variant_id: 0}
        assert found.expected == {shelf.variant_id: [(WEDNESDAY, 1)]}

    def test_what_is_promised_beyond_what_there_is_comes_out_of_what_is_expected(self):
        shelf = stock(variant(), warehouse(), on_hand=1)
        Stock.objects.filter(pk=shelf.pk).update(buffer=3)
        incoming.expect(
            {shelf.variant_id: 4}, location_id=shelf.location_id, reference="PO-1", expected_at=FRIDAY, at=MONDAY
        )

        [found] = outlook([shelf.variant_id], locations=[shelf.location], at=MONDAY)

        assert found.expected == {shelf.variant_id: [(FRIDAY, 2)]}

    def test_a_pickup_is_promised_by_hours_queue_and_measured_minutes(self):
        centro = location("centro", measured_minutes=30, pickup_queue=3, pickups_per_hour=4)
        cup = stock(variant(), centro, on_hand=1).variant_id

        [now] = outlook([cup], locations=[centro], at=MONDAY)

        assert now.collected_from({cup: 1}, at=MONDAY) == MONDAY + timedelta(minutes=60)
        assert now.collected_from({cup: 2}, at=MONDAY) is None

    def test_a_place_that_offers_no_pickup_promises_none(self):
        cup = stock(variant(), warehouse(), on_hand=1).variant_id

        [found] = outlook([cup], locations=[warehouse()], at=MONDAY)

        assert found.collected_from({cup: 1}, at=MONDAY) is None
        assert found.handed_over_at({cup: 1}, at=MONDAY) == MONDAY + timedelta(hours=1)

    @pytest.mark.parametrize(
        ("at", "handed_over"),
        [
            (datetime(2026, 11, 23, 10, tzinfo=UTC), datetime(2026, 11, 23, 16, tzinfo=UTC)),  # packed in time
            (datetime(2026, 11, 23, 15, 30, tzinfo=UTC), datetime(2026, 11, 24, 16, tzinfo=UTC)),  # an hour too late
            (datetime(2026, 11, 28, 19, tzinfo=UTC), datetime(2026, 11, 30, 16, tzinfo=UTC)),  # Sunday is closed
        ],
    )
    def test_the_carrier_has_it_when_he_comes_next(self, at, handed_over):
        place = location("almacen", carrier_comes_at=time(17, 0))

        assert hand_over_at(place, at=at) == handed_over

    def test_a_place_that_told_no_hours_packs_around_the_clock(self):
        place = location("almacen", opening_hours={}, preparation_minutes=90)

        assert promise.hand_over_at(place, at=MONDAY) == MONDAY + timedelta(minutes=90)
