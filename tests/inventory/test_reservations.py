"""Units that somebody asked us to keep: in a store till the evening, or the last ones once others let go."""

from datetime import timedelta

import pytest
from django.db import transaction

from commerce.carts import edits
from commerce.carts.models import Cart
from commerce.promises import watching
from commerce.promises.models import Promise
from commerce.timeline.actors import SYSTEM, VISITOR
from commerce.timeline.models import Entry, Task
from commerce.timeline.tasks import run_due
from inventory import holds, ledger, reservations
from inventory.availability import available, when_free
from inventory.expiry import sweep_expired
from inventory.holds import OutOfStock, Want
from inventory.line import OFFER_LASTS
from inventory.models import Hold, Reservation, Stock
from notifications.models import Message
from orders import checkout
from orders.drafting import Terms
from tests.audits import violations
from tests.factories import MONDAY, location, person, sales_channel, stock, variant

pytestmark = pytest.mark.django_db
SOON, LATER = MONDAY + timedelta(minutes=20), MONDAY + timedelta(minutes=21)
EVENING = MONDAY + timedelta(hours=9)


@pytest.fixture
def shelf() -> Stock:
    place = location("centro")
    sales_channel("web", locations=(place,))
    return stock(variant(sku="TAZA"), place, on_hand=2)


def cart_with(shelf: Stock) -> Cart:
    return edits.open_cart(sales_channel=sales_channel("web"), lines=[(shelf.variant, 1)], by=VISITOR, at=MONDAY)


def hold_all(shelf: Stock) -> None:
    for number in range(2):
        want = Want(shelf.variant_id, shelf.location_id, 1, f"somebody-{number}")
        holds.place([want], expires_at=SOON + timedelta(minutes=number * 5), at=MONDAY)


def wait(cart: Cart, shelf: Stock, quantity: int = 1):
    return reservations.stand_in_line(
        cart, variant=shelf.variant, location=shelf.location, quantity=quantity, by=VISITOR, channel="web", at=MONDAY
    )


def keep(shelf: Stock, of, quantity: int = 1, until=EVENING) -> Reservation:
    return reservations.keep(
        shelf.variant,
        location=shelf.location,
        quantity=quantity,
        until=until,
        person=of,
        by=SYSTEM,
        channel="store",
        at=MONDAY,
    )


def types_of(reservation: Reservation) -> list[str]:
    entries = Entry.objects.filter(journey=reservation.journey_id, type__startswith="reservation.")
    return list(entries.order_by("number").values_list("type", flat=True))


def free(shelf: Stock, at=MONDAY) -> int:
    return available([shelf.variant_id], at=at)[shelf.variant_id, shelf.location_id]


def test_who_waits_is_told_her_place_and_when_the_units_come_free(shelf):
    hold_all(shelf)

    _, first = wait(cart_with(shelf), shelf)
    _, second = wait(cart_with(shelf), shelf)

    assert (first.position, first.of, first.expected_at) == (1, 1, SOON)
    assert (second.position, second.of, second.expected_at) == (2, 2, SOON + timedelta(minutes=5))


def test_nobody_waits_for_what_is_there_nor_for_what_is_sold_out(shelf):
    with pytest.raises(reservations.StillThere):
        wait(cart_with(shelf), shelf)

    holds.allocate_now([Want(shelf.variant_id, shelf.location_id, 2, "sold")], at=MONDAY)
    with pytest.raises(reservations.NothingToWaitFor):
        wait(cart_with(shelf), shelf)


def test_a_cart_stands_in_line_once(shelf):
    hold_all(shelf)
    cart = cart_with(shelf)
    wait(cart, shelf)

    with pytest.raises(reservations.AlreadyInLine):
        wait(cart, shelf)


def test_a_unit_that_is_let_go_is_kept_for_the_first_in_line_and_she_hears_of_it(shelf):
    hold_all(shelf)
    (first, _), (second, _) = wait(cart_with(shelf), shelf), wait(cart_with(shelf), shelf)

    holds.release(["somebody-0"], at=MONDAY)
    run_due(at=MONDAY)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.expires_at, second.status) == ("kept", MONDAY + OFFER_LASTS, "waiting")
    assert types_of(first) == ["reservation.in_line", "reservation.offered"]
    assert free(shelf) == 0
    assert violations("inventory.audit.RULES") == []


def test_a_hold_that_expires_serves_the_line_before_anybody_else_can_have_the_unit(shelf):
    hold_all(shelf)
    waiting, _ = wait(cart_with(shelf), shelf)

    with pytest.raises(OutOfStock):
        holds.place([Want(shelf.variant_id, shelf.location_id, 1, "quick")], expires_at=EVENING, at=LATER)
    assert sweep_expired(at=LATER) == 1

    waiting.refresh_from_db()
    assert waiting.status == "kept"


def test_goods_that_arrive_serve_the_line(shelf):
    hold_all(shelf)
    waiting, _ = wait(cart_with(shelf), shelf)

    ledger.receive({shelf.variant_id: 1}, location_id=shelf.location_id, by=SYSTEM, at=MONDAY)

    waiting.refresh_from_db()
    assert (waiting.status, free(shelf)) == ("kept", 0)


def test_who_wants_more_than_comes_free_does_not_keep_those_behind_from_it(shelf):
    hold_all(shelf)
    (large, _), (small, _) = wait(cart_with(shelf), shelf, 2), wait(cart_with(shelf), shelf, 1)

    holds.release(["somebody-0"], at=MONDAY)

    large.refresh_from_db()
    small.refresh_from_db()
    assert (large.status, small.status) == ("waiting", "kept")


def test_nobody_waits_behind_who_waits_for_more_than_there_is(shelf):
    hold_all(shelf)
    wait(cart_with(shelf), shelf, 2)
    holds.release(["somebody-0"], at=MONDAY)

    with pytest.raises(reservations.StillThere) as refusal:
        wait(cart_with(shelf), shelf, 1)

    assert refusal.value.facts == {"available": 1}


def test_an_offer_that_nobody_takes_goes_to_the_next_in_line(shelf):
    hold_all(shelf)
    (first, _), (second, _) = wait(cart_with(shelf), shelf), wait(cart_with(shelf), shelf)
    holds.release(["somebody-0"], at=MONDAY)

    run_due(at=MONDAY + OFFER_LASTS)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("expired", "kept")
    assert types_of(first)[-1] == "reservation.expired"
    assert violations("inventory.audit.RULES") == []


def test_what_is_kept_for_a_cart_is_sold_to_that_cart_and_to_no_other(shelf):
    hold_all(shelf)
    mine, other = cart_with(shelf), cart_with(shelf)
    reservation, _ = wait(mine, shelf)
    holds.release(["somebody-0"], at=MONDAY)
    terms = Terms(expected_total=1000, pickup_at=shelf.location, email="a@example.com")

    def buy(cart: Cart):
        return checkout.buy(cart, terms=terms, tender="manual", by=VISITOR, channel="web", at=MONDAY)

    with pytest.raises(OutOfStock), transaction.atomic():
        buy(other)
    assert buy(mine).status == "placed"

    reservation.refresh_from_db()
    assert reservation.status == "taken"
    assert violations("inventory.audit.RULES") == []


def test_units_are_kept_in_a_store_until_the_evening_with_a_reminder_and_then_are_free_again(shelf):
    kept = keep(shelf, person(email="lucia@example.com"), 2)
    assert (free(shelf), Hold.objects.get().expires_at) == (0, EVENING)

    run_due(at=EVENING - timedelta(hours=1))
    run_due(at=EVENING)

    kept.refresh_from_db()
    assert (kept.status, free(shelf, EVENING)) == ("expired", 2)
    assert types_of(kept) == ["reservation.made", "reservation.ending", "reservation.expired"]


def test_who_takes_what_was_kept_is_not_reminded(shelf):
    kept = keep(shelf, person(email="lucia@example.com"))

    reservations.let_go(kept, taken=True, by=SYSTEM, channel="store", at=MONDAY)
    run_due(at=EVENING)

    assert (types_of(kept), free(shelf)) == (["reservation.made", "reservation.taken"], 2)
    assert Task.objects.filter(status="given_up").count() == 0
    with pytest.raises(reservations.ReservationEnded):
        reservations.let_go(kept, by=SYSTEM, channel="store", at=MONDAY)


def test_one_person_cannot_empty_the_shelves_by_asking(shelf):
    lucia = person(email="lucia@example.com")
    with pytest.raises(reservations.TooManyReservations):
        keep(shelf, lucia, reservations.MOST_UNITS + 1)
    with pytest.raises(reservations.TooLong):
        keep(shelf, lucia, until=MONDAY + timedelta(days=3))

    for _ in range(reservations.MOST_AT_ONCE):
        keep(stock(variant(), shelf.location, on_hand=1), lucia)
    with pytest.raises(reservations.TooManyReservations):
        keep(shelf, lucia)
    assert free(shelf) == 2


def test_a_hold_is_longer_while_somebody_pays_but_what_expired_stays_so(shelf):
    hold_all(shelf)

    assert holds.extend(["somebody-0", "somebody-1"], until=EVENING, at=LATER) == 1

    ends = Hold.objects.order_by("demand").values_list("expires_at", flat=True)
    assert list(ends) == [SOON, EVENING]


def test_the_time_of_waiting_counts_on_no_more_than_the_holds():
    ends = [(LATER, 1), (SOON, 2)]

    assert [when_free(ends, units=units) for units in (1, 2, 3, 4)] == [SOON, SOON, LATER, None]


def promised(reservation: Reservation) -> list[tuple[str, object]]:
    return list(Promise.objects.filter(subject=reservation.public_id).order_by("pk").values_list("status", "due_at"))


class TestLedger:
    """Until when something is kept is a promise."""

    def test_kept_until_its_time_it_was_kept_even_if_that_is_learned_late(self, shelf):
        kept = keep(shelf, person(email="lucia@example.com"))
        assert promised(kept) == [("open", EVENING)]

        watching.watch(at=EVENING + timedelta(minutes=5))
        assert promised(kept) == [("broken", EVENING)]
        run_due(at=EVENING + timedelta(minutes=6))

        assert promised(kept) == [("kept", EVENING)]

    def test_taken_it_was_kept_and_given_up_it_is_withdrawn(self, shelf):
        lucia = person(email="lucia@example.com")
        taken, given_up = keep(shelf, lucia), keep(shelf, lucia)

        reservations.let_go(taken, taken=True, by=SYSTEM, channel="store", at=MONDAY)
        reservations.let_go(given_up, by=SYSTEM, channel="store", at=MONDAY)

        assert (promised(taken), promised(given_up)) == ([("kept", EVENING)], [("withdrawn", EVENING)])

    def test_what_we_take_back_she_is_told_before_it_breaks(self, shelf):
        kept = keep(shelf, person(email="lucia@example.com"))

        reservations.take_back(kept, cause="count", at=MONDAY)
        run_due(at=MONDAY)

        told = Message.objects.get(purpose="promise_endangered")
        assert "Te guardábamos algo en centro" in told.attempts.get().text
        assert promised(kept) == [("told", EVENING)]
        assert Promise.objects.get().danger == "stock"

    def test_a_turn_in_line_is_promised_when_she_is_told(self, shelf):
        hold_all(shelf)
        waiting, _ = wait(cart_with(shelf), shelf)
        assert promised(waiting) == []

        sweep_expired(at=SOON)
        run_due(at=SOON)

        assert promised(waiting) == [("open", SOON + OFFER_LASTS)]
