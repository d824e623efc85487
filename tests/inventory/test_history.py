"""What lay on a shelf before its history began is derived: the least that explains every sale."""

from datetime import timedelta

import pytest

from commerce.timeline.actors import SYSTEM
from inventory.history import derive_opening, lowest
from inventory.models import Movement, Stock
from tests.factories import LONG_AGO, MONDAY, location, stock, variant

pytestmark = pytest.mark.django_db

BEGAN = LONG_AGO + timedelta(days=30)


@pytest.mark.parametrize(
    ("changes", "level"),
    [([], 0), ([5, 3], 0), ([-2, -3], -5), ([-2, 10, -3], -2), ([3, -5, 1, -4, 9], -5)],
)
def test_how_far_a_number_falls(changes, level):
    assert lowest(changes) == level


def derive(changes, *, source="t:1"):
    return derive_opening(changes, source=source, began_at=BEGAN, by=SYSTEM, at=MONDAY)


def test_the_least_that_explains_the_history_is_received_before_it():
    mug, place = variant(), location()

    derive({(mug.pk, place.pk): [-2, 1, -4]})

    received = Movement.objects.get()
    assert (received.kind, received.quantity, received.occurred_at) == ("received", 5, BEGAN - timedelta(hours=1))
    assert received.reason == "derived: opening stock is not in the file"
    assert Stock.objects.get().on_hand == 5


def test_what_was_there_before_counts_and_what_came_after_does_not():
    early, late = variant(), variant()
    stock(early, location(), on_hand=3)
    bought_later = stock(late, location(), on_hand=0)
    Movement.objects.create(
        stock=bought_later,
        kind="received",
        quantity=9,
        cause="test",
        actor="system",
        occurred_at=MONDAY,
        recorded_at=MONDAY,
    )

    derive({(early.pk, location().pk): [-5], (late.pk, location().pk): [-5]})

    derived = Movement.objects.filter(key__contains=":opening:")
    assert dict(derived.values_list("stock__variant", "quantity")) == {early.pk: 2, late.pk: 5}


def test_again_adds_nothing_and_a_longer_history_only_what_is_missing():
    place = (variant().pk, location().pk)

    rows = [derive({place: changes}) for changes in ([-5], [-5], [-5, 2, -6], [-5])]

    assert rows == [1, 0, 1, 0]
    assert sorted(Movement.objects.values_list("quantity", flat=True)) == [4, 5]
