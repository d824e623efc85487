"""A till that cannot reach us sells out of its lease, and tells it late: nothing of it was given to anybody else."""

from datetime import datetime, timedelta

import pytest

from commerce import clock
from commerce.clock import now
from commerce.promotions.models import CouponUse
from commerce.timeline import tasks
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from commerce.wiring import AUDITS
from inventory import holds, ledger
from inventory.availability import available
from inventory.expiry import sweep_expired
from inventory.explaining import explain
from inventory.holds import OutOfStock, Want
from inventory.models import Hold, Repair, Stock
from orders.journal.leases import AWAY, LASTS, RETURN_REST, SETTLES, TO_TELL
from tests.audits import violations
from tests.factories import coupon
from tests.orders.journal.sending import TillOf, line, till
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def leased(shop: Shop, caja: TillOf) -> TillOf:
    """A busy till that has leased two of forty-eight mugs, and went offline a minute later."""
    at = now()
    ledger.receive({shop.mug.pk: 43 + 72}, location_id=shop.store.pk, by=SYSTEM, at=at - timedelta(days=3))
    ledger.sell({shop.mug.pk: 72}, location_id=shop.store.pk, by=SYSTEM, at=at - timedelta(days=2))
    assert caja.lease().json()["units"] == [{"sku": "TAZA", "quantity": 2}]
    return caja


def shelf(shop: Shop) -> Stock:
    return Stock.objects.get(variant=shop.mug, location=shop.store)


def free(shop: Shop, *, at: datetime | None = None) -> int:
    return available([shop.mug.pk], at=at or now())[shop.mug.pk, shop.store.pk]


def web_takes(shop: Shop, units: int) -> None:
    """Somebody on the web takes so many units of this shelf."""
    sweep_expired(at=now())
    holds.allocate_now([Want(shop.mug.pk, shop.store.pk, units, f"web-{units}-{now().timestamp()}")], at=now())


def minutes_go_by(minutes: float) -> None:
    clock.move(timedelta(minutes=minutes))
    tasks.run_due(at=now())
    sweep_expired(at=now())


@pytest.mark.parametrize("sold_after", [timedelta(minutes=30), LASTS - timedelta(minutes=1)])
@pytest.mark.parametrize("told_after", [LASTS + timedelta(minutes=5), LASTS + TO_TELL - timedelta(minutes=1)])
def test_what_was_sold_inside_a_lease_and_told_after_its_end_breaks_no_promise(
    shop: Shop, leased: TillOf, sold_after: timedelta, told_after: timedelta
) -> None:
    sold_at = now() + sold_after
    minutes_go_by(told_after / timedelta(minutes=1))
    with pytest.raises(OutOfStock):
        web_takes(shop, 47)
    web_takes(shop, 46)

    leased.send(leased.sale(line(shop.mug, quantity=2), at=sold_at))

    assert (shelf(shop).on_hand, shelf(shop).held, shelf(shop).allocated) == (46, 0, 46)
    assert not Repair.objects.exists()
    Stock.objects.filter(pk=shelf(shop).pk).update(allocated=0)


def test_after_its_grace_the_rest_is_anybodys_and_a_sale_told_still_later_is_a_repair(
    shop: Shop, leased: TillOf
) -> None:
    sold_at = now() + timedelta(hours=1)
    minutes_go_by((LASTS + TO_TELL) / timedelta(minutes=1))
    web_takes(shop, 48)

    leased.send(leased.sale(line(shop.mug), at=sold_at))

    assert (shelf(shop).on_hand, shelf(shop).allocated) == (47, 48)
    assert Repair.objects.get().stock == shelf(shop)


def test_what_was_sold_after_the_end_of_a_lease_is_not_inside_it(shop: Shop, leased: TillOf) -> None:
    minutes_go_by(5 * 60)

    leased.send(leased.sale(line(shop.mug), at=now() - timedelta(minutes=30)))

    assert (shelf(shop).on_hand, shelf(shop).held) == (47, 2)


def test_a_till_that_is_back_tells_what_it_sold_and_the_rest_returns(shop: Shop, leased: TillOf) -> None:
    sold_at = now() + timedelta(minutes=20)
    minutes_go_by(60)

    leased.heartbeat()
    minutes_go_by(1)
    leased.send(leased.sale(line(shop.mug), at=sold_at))
    held_while_it_tells = shelf(shop).held
    minutes_go_by(SETTLES / timedelta(minutes=1))

    assert (held_while_it_tells, shelf(shop).held, free(shop)) == (1, 0, 47)
    assert violations(*AUDITS) == []


def test_uses_of_coupons_return_with_the_rest(shop: Shop, leased: TillOf) -> None:
    few = coupon("POCOS", use_limit=8)
    leased.lease(coupons=["POCOS"])
    minutes_go_by(60)

    leased.heartbeat()
    minutes_go_by(SETTLES / timedelta(minutes=1))

    few.refresh_from_db()
    assert (few.uses_held, CouponUse.objects.filter(status="held").count()) == (0, 0)
    assert violations(*AUDITS) == []


def test_a_till_that_is_heard_of_all_the_time_keeps_its_lease_until_its_end_and_no_longer(
    shop: Shop, leased: TillOf
) -> None:
    held = []
    for _ in range(round((LASTS + SETTLES) / timedelta(minutes=4)) + 2):
        held.append(shelf(shop).held)
        minutes_go_by(4)
        leased.heartbeat()

    assert (held[0], held[round(LASTS / timedelta(minutes=4)) - 1], held[-1]) == (2, 2, 0)


def test_a_new_lease_after_an_absence_is_not_taken_for_the_old_one(shop: Shop, leased: TillOf) -> None:
    minutes_go_by(60)
    leased.heartbeat()
    leased.lease()

    minutes_go_by(4)
    leased.heartbeat()
    minutes_go_by(4)
    leased.heartbeat()
    minutes_go_by(SETTLES / timedelta(minutes=1))

    assert shelf(shop).held == 2


def test_heartbeats_tell_a_till_whether_its_lease_still_stands(shop: Shop, leased: TillOf) -> None:
    before = leased.heartbeat().json()["lease_until"]
    minutes_go_by(60)
    leased.heartbeat()
    minutes_go_by(SETTLES / timedelta(minutes=1))

    assert (before is None, leased.heartbeat().json()["lease_until"]) == (False, None)


def test_a_sale_is_never_refused_because_what_is_left_of_the_lease_is_promised_twice(
    shop: Shop, leased: TillOf
) -> None:
    Stock.objects.filter(pk=shelf(shop).pk).update(buffer=60)  # grew while the till was silent

    answer = leased.send(leased.sale(line(shop.mug)))

    assert (answer.status_code, shelf(shop).on_hand, shelf(shop).held) == (200, 47, 1)
    Stock.objects.filter(pk=shelf(shop).pk).update(buffer=0)
    assert violations(*AUDITS) == []


def test_a_sale_of_more_than_was_leased_takes_all_of_the_lease_and_the_rest_from_what_is_free(
    shop: Shop, leased: TillOf
) -> None:
    leased.send(leased.sale(line(shop.mug, quantity=2), line(shop.mug, quantity=3)))

    assert (shelf(shop).on_hand, shelf(shop).held) == (43, 0)
    assert Hold.objects.filter(status="live").count() == 0
    assert violations(*AUDITS) == []


def test_what_was_held_before_a_sale_out_of_the_lease_can_still_be_explained(shop: Shop, leased: TillOf) -> None:
    before = now()
    clock.move(timedelta(minutes=1))
    leased.send(leased.sale(line(shop.mug)))

    assert [sum(hold.quantity for hold in explain(shelf(shop), at=then).holds) for then in (before, now())] == [2, 1]


def test_another_till_sells_none_of_it(shop: Shop, leased: TillOf) -> None:
    other = till(shop.store, name="caja-2")

    other.send(other.sale(line(shop.mug)))

    assert (shelf(shop).on_hand, shelf(shop).held) == (47, 2)


def test_a_till_of_a_store_that_has_sold_nothing_leases_nothing_and_nothing_is_planned_for_it(
    shop: Shop, caja: TillOf
) -> None:
    lease = caja.lease(coupons=[]).json()
    minutes_go_by((LASTS + AWAY) / timedelta(minutes=1))
    caja.heartbeat()
    minutes_go_by(SETTLES / timedelta(minutes=1))

    assert (lease["units"], lease["coupons"]) == ([], [])
    assert not Task.objects.exclude(status="done").filter(handler=RETURN_REST).exists()
    assert violations(*AUDITS) == []


def test_a_code_that_is_named_twice_is_leased_once(shop: Shop, leased: TillOf) -> None:
    few = coupon("POCOS", use_limit=8)

    answer = leased.lease(coupons=["POCOS", "pocos", " pocos "]).json()

    few.refresh_from_db()
    assert (answer["coupons"], few.uses_held) == ([{"code": "POCOS", "uses": 2}], 2)
