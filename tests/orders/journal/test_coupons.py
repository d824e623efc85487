"""Who has the uses of a limited coupon: the earliest sales, in every channel and person's limit, in whatever order."""

from datetime import timedelta
from itertools import permutations

import pytest

from commerce.clock import now
from commerce.promotions.models import Coupon, CouponLimit, CouponUse
from commerce.wiring import AUDITS
from orders.journal.models import Difference
from orders.models import Order
from orders.selling import selling_channel
from tests.audits import violations
from tests.factories import coupon, person
from tests.orders.journal.sending import TillOf, line, till
from tests.orders.journal.state import books_after
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db


def test_the_earliest_sales_of_a_till_have_its_leased_uses_and_the_earliest_of_all_the_free_ones(
    shop: Shop, caja: TillOf
) -> None:
    few, other = coupon("CUATRO", use_limit=4), till(shop.store, name="caja-2")
    assert caja.lease(coupons=["CUATRO"]).json()["coupons"] == [{"code": "CUATRO", "uses": 1}]
    Coupon.objects.filter(pk=few.pk).update(use_limit=2)  # one is leased, one is free
    first, second, third = (
        (who, who.sale(line(shop.mug), at=now() - timedelta(minutes=ago), coupons=["cuatro"]))
        for who, ago in ((caja, 30), (other, 20), (caja, 10))
    )
    in_order = books_after(first, second, third)

    for shuffled in permutations([first, second, third]):
        assert books_after(*shuffled) == in_order
    assert [row[1] for row in in_order if row[2] == "coupon_overused"] == [third[1]["uuid"]]


def test_a_use_that_each_person_has_once_is_hers_at_the_till_too_and_the_earlier_sale_has_it(
    shop: Shop, caja: TillOf
) -> None:
    ana, _ = person(), coupon("UNA", uses_per_person=1)
    late, early = (
        caja.sale(line(shop.mug), at=now() - timedelta(minutes=ago), coupons=["una"], person=ana.public_id)
        for ago in (10, 30)
    )

    first = caja.send(late).json()["facts"][0]["differences"]
    use = CouponUse.objects.get()
    second = caja.send(early).json()["facts"][0]["differences"]

    assert (first, second, use.person) == ([], [], ana)
    assert str(Difference.objects.get(kind="coupon_overused").fact.uuid) == late["uuid"]
    assert violations(*AUDITS) == []


def test_a_limit_of_the_stores_channel_counts_what_tills_sell_and_lease(shop: Shop, caja: TillOf) -> None:
    few = coupon("CANAL", use_limit=40)
    CouponLimit.objects.create(coupon=few, sales_channel=selling_channel(shop.store), use_limit=2)

    leased = caja.lease(coupons=["canal"]).json()["coupons"]
    answer = caja.send(*[caja.sale(line(shop.mug), coupons=["canal"]) for _ in range(3)]).json()

    assert leased == [{"code": "CANAL", "uses": 2}]
    assert [fact["differences"] for fact in answer["facts"]] == [[], [], ["coupon_overused"]]
    assert CouponLimit.objects.values_list("uses_held", "uses_redeemed").get() == (0, 2)
    assert (Order.objects.count(), violations(*AUDITS)) == (3, [])
