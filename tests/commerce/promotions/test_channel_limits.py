"""A code may be used so often in one channel, beside its limit over all of them."""

from datetime import timedelta

import pytest

from commerce.promotions import uses
from commerce.promotions.models import CouponLimit
from tests.audits import violations
from tests.factories import MONDAY, coupon, sales_channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def ten():
    made = coupon("DIEZ", use_limit=5)
    CouponLimit.objects.create(coupon=made, sales_channel=sales_channel("web"), use_limit=2)
    return made


def hold(ten, demand, kind="web", *, at=MONDAY, until=None):
    return uses.hold(ten, demand=demand, person=None, sales_channel=sales_channel(kind), at=at, expires_at=until)


def test_one_channel_is_used_up_while_the_others_go_on(ten):
    for demand in ("A", "B"):
        hold(ten, demand)

    with pytest.raises(uses.CouponUsedUp):
        hold(ten, "C")
    hold(ten, "D", "store")

    assert violations("commerce.promotions.audit.RULES") == []


def test_what_is_released_redeemed_or_expired_counts_there_too(ten):
    hold(ten, "A", until=MONDAY + timedelta(minutes=1))
    hold(ten, "B")
    uses.redeem("B", at=MONDAY)
    assert CouponLimit.objects.values_list("uses_held", "uses_redeemed").get() == (1, 1)

    late = MONDAY + timedelta(hours=1)
    hold(ten, "C", at=late)
    uses.release("B", at=late)
    hold(ten, "D", at=late)

    assert CouponLimit.objects.values_list("uses_held", "uses_redeemed").get() == (2, 0)
    assert violations("commerce.promotions.audit.RULES") == []
