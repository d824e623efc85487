"""Many checkouts want the same last use at the same moment: exactly as many get one as there are."""

import time
from collections import Counter
from datetime import timedelta

import pytest

from commerce.promotions import uses
from commerce.promotions.models import Coupon, CouponUse
from commerce.promotions.uses import CouponUsedUp
from tests.factories import MONDAY, coupon, person
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

SESSIONS = 32
SOON = MONDAY + timedelta(minutes=20)


def rush(code: Coupon, *, by=None, at=MONDAY) -> Counter:
    def checkout(number: int) -> str:
        try:
            uses.hold(code, demand=f"ORDER{number}", person=by, at=at, expires_at=at + timedelta(minutes=20))
            return "held"
        except CouponUsedUp:
            return "used up"

    return Counter(at_once(SESSIONS, checkout))


def held() -> int:
    return CouponUse.objects.filter(status="held").count()


@pytest.mark.parametrize("limit", [1, 3])
def test_of_32_sessions_exactly_as_many_hold_a_coupon_as_it_has_uses(limit):
    code = coupon("ULTIMA", use_limit=limit)

    assert rush(code) == {"held": limit, "used up": SESSIONS - limit}

    code.refresh_from_db()
    assert (held(), code.uses_held) == (limit, limit)


def test_an_expired_hold_is_given_back_to_exactly_one_of_32():
    code = coupon("ULTIMA", use_limit=1)
    uses.hold(code, demand="OLD", person=None, at=MONDAY, expires_at=SOON)

    assert rush(code, at=SOON) == {"held": 1, "used up": SESSIONS - 1}

    code.refresh_from_db()
    assert (held(), code.uses_held) == (1, 1)


def test_32_checkouts_of_one_person_have_the_turns_that_each_person_has():
    code = coupon("UNA", uses_per_person=1)

    assert rush(code, by=person()) == {"held": 1, "used up": SESSIONS - 1}


def test_everybody_holds_a_coupon_without_a_limit():
    assert rush(coupon("SIEMPRE")) == {"held": SESSIONS}


def test_redeeming_and_releasing_the_same_use_at_once_ends_in_one_of_both():
    code = coupon("ULTIMA", use_limit=1)
    uses.hold(code, demand="ORDER", person=None, at=MONDAY, expires_at=SOON)
    settle = [uses.redeem, uses.release]

    at_once(8, lambda number: settle[number % 2]("ORDER", at=MONDAY))

    code.refresh_from_db()
    status = CouponUse.objects.get().status
    assert (status, code.uses_held, code.uses_redeemed) in [("redeemed", 0, 1), ("released", 0, 0)]


def test_with_a_guard_that_reads_and_then_writes_the_same_rush_oversells(monkeypatch):
    """The positive control: what the tests above would miss if they could not see an oversold coupon."""

    def read_then_write(code: Coupon, *, at) -> None:
        fresh = Coupon.objects.get(pk=code.pk)
        if fresh.uses_held + fresh.uses_redeemed >= fresh.use_limit:
            raise CouponUsedUp("used up")
        time.sleep(0.05)
        Coupon.objects.filter(pk=code.pk).update(uses_held=fresh.uses_held + 1)

    monkeypatch.setattr(uses, "take", read_then_write)
    code = coupon("ULTIMA", use_limit=1)

    assert rush(code)["held"] > 1
    assert held() > 1
