"""Codes are generated in batches, and a code without a limit leaves the coupon's row alone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.promotions import batches, uses
from commerce.promotions.models import Coupon, PromotionVersion
from tests.factories import MONDAY, coupon, promotion

pytestmark = pytest.mark.django_db


def test_a_batch_has_as_many_different_codes_as_were_asked_for():
    made = batches.generate(promotion(needs_coupon=True), batch="otoño", count=300, at=MONDAY)

    codes = [code for code, _, _ in batches.export("otoño")]
    assert (made, len(set(codes)), {len(code) for code in codes}) == (300, 300, {10})
    with pytest.raises(batches.BatchTaken):
        batches.generate(promotion(needs_coupon=True), batch="otoño", count=1, at=MONDAY)


def test_a_promotion_without_limit_writes_to_no_shared_row():
    free = coupon("LIBRE")

    with CaptureQueriesContext(
        connection,
    ) as seen:
        uses.hold(free, demand="one", person=None, at=MONDAY, expires_at=None)
        uses.redeem("one", at=MONDAY)

    assert not [q["sql"] for q in seen if q["sql"].lstrip().startswith('UPDATE "promotions_coupon"')]
    assert Coupon.objects.get().uses_redeemed == 0


def test_what_a_promotion_said_at_each_version_is_kept():
    ten = promotion(value=1000)
    ten.value = 2000
    ten.save()

    ten.refresh_from_db()
    assert ten.version == 2
    assert list(PromotionVersion.objects.order_by("version").values_list("version", "terms__value")) == [
        (1, 1000),
        (2, 2000),
    ]
