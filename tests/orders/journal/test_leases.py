"""A lease keeps what a till may sell while it is offline, and leaves enough to everybody else."""

from datetime import datetime, timedelta

import pytest

from commerce.channels import devices
from commerce.clock import now
from commerce.timeline.actors import SYSTEM
from commerce.wiring import AUDITS
from inventory import ledger
from inventory.availability import available
from inventory.models import Hold, Repair, Stock
from orders.journal import deciding
from orders.journal.leases import LASTS, MOST_SHARE, TO_TELL, size
from orders.journal.models import Difference
from tests.audits import violations
from tests.factories import coupon
from tests.orders.journal.sending import TillOf, line, till
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db
FAST = 28 * 12


def shelf(shop: Shop) -> Stock:
    return Stock.objects.get(variant=shop.mug, location=shop.store)


@pytest.fixture
def busy(shop: Shop, caja: TillOf) -> TillOf:
    """The till of a store that has sold mugs for weeks, and forty on the shelf."""
    at = now()
    ledger.receive({shop.mug.pk: 35 + 30}, location_id=shop.store.pk, by=SYSTEM, at=at - timedelta(days=3))
    ledger.sell({shop.mug.pk: 30}, location_id=shop.store.pk, by=SYSTEM, at=at - timedelta(days=2))
    return caja


@pytest.mark.parametrize(
    ("sold", "free", "leased", "units"),
    [
        (0, 100, 0, 0),
        (FAST, 100, 0, 8),
        (FAST, 100, 20, 8),
        (FAST, 100, 40, 0),
        (FAST, 8, 0, 2),
        (FAST, 3, 0, 0),
        (FAST, -2, 0, 0),
    ],
)
def test_a_lease_is_what_sells_twice_over_within_a_share_of_the_shelf(
    sold: int, free: int, leased: int, units: int
) -> None:
    assert size(sold, free=free, leased=leased) == units


def test_all_leases_together_leave_most_to_everybody_else() -> None:
    for free in range(200):
        leased = 0
        for _ in range(9):
            leased += size(10 * FAST, free=free - leased, leased=leased)
        assert leased <= free // MOST_SHARE


def test_what_a_till_leased_nobody_else_can_have_until_it_expires(shop: Shop, busy: TillOf) -> None:
    answer = busy.lease().json()

    here = (shop.mug.pk, shop.store.pk)
    assert answer["units"] == [{"sku": "TAZA", "quantity": 1}]
    assert available([shop.mug.pk], at=now())[here] == 39
    assert available([shop.mug.pk], at=now() + LASTS)[here] == 39
    assert available([shop.mug.pk], at=now() + LASTS + TO_TELL)[here] == 40
    assert violations(*AUDITS) == []


def test_a_sale_within_the_lease_takes_its_units_and_breaks_nothing(shop: Shop, busy: TillOf) -> None:
    busy.lease()
    Stock.objects.filter(pk=shelf(shop).pk).update(buffer=39)  # all else is promised, so to speak

    busy.send(busy.sale(line(shop.mug)))

    assert (shelf(shop).on_hand, shelf(shop).held, Hold.objects.filter(status="live").count()) == (39, 0, 0)
    assert not Repair.objects.exists()
    Stock.objects.filter(pk=shelf(shop).pk).update(buffer=0)
    assert violations(*AUDITS) == []


def test_a_new_lease_stands_in_place_of_the_last_and_can_be_given_back(shop: Shop, busy: TillOf) -> None:
    for _ in range(3):
        busy.lease()
    held = shelf(shop).held

    answer = busy.lease(gives_back=True).json()

    assert (held, shelf(shop).held, answer["units"]) == (1, 0, [])


def test_uses_of_a_limited_coupon_are_leased_and_redeemed_out_of_the_lease(shop: Shop, busy: TillOf) -> None:
    few = coupon("POCOS", use_limit=8)
    coupon("TODOS")

    answer = busy.lease(coupons=["pocos", "todos", "nada"]).json()
    few.refresh_from_db()
    leased = few.uses_held
    busy.send(busy.sale(line(shop.mug), coupons=["POCOS"]))

    few.refresh_from_db()
    assert (answer["coupons"], leased) == ([{"code": "POCOS", "uses": 2}], 2)
    assert (few.uses_held, few.uses_redeemed) == (1, 1)
    assert not Difference.objects.exists()
    assert violations(*AUDITS) == []


def test_tills_of_one_store_share_the_cap(shop: Shop, busy: TillOf) -> None:
    few = coupon("POCOS", use_limit=8)

    answers = [till(shop.store, name=str(n)).lease(coupons=["POCOS"]).json()["coupons"] for n in range(3)]

    few.refresh_from_db()
    assert (answers[0], answers[1:], few.uses_held) == ([{"code": "POCOS", "uses": 2}], [[], []], 2)


def test_what_a_till_leased_that_is_shut_out_is_free_again(shop: Shop, busy: TillOf) -> None:
    few = coupon("POCOS", use_limit=8)
    answer = busy.lease(coupons=["pocos"]).json()
    leased = shelf(shop).held
    devices.revoke(busy.device, at=now())

    deciding.sweep(at=now())

    few.refresh_from_db()
    assert (leased > 0, shelf(shop).held, few.uses_held) == (True, 0, 0)
    assert datetime.fromisoformat(answer["kept_until"]) - datetime.fromisoformat(answer["expires_at"]) == TO_TELL
    assert violations(*AUDITS) == []
