"""Uses of a coupon: held, redeemed, released, given back when they run out; never more than its limits."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commerce.promotions import uses
from commerce.promotions.audit import RULES
from commerce.promotions.models import Coupon, CouponUse
from commerce.promotions.uses import CodeEnded, CouponNeedsPerson, CouponUsedUp, UnknownCode
from commerce.timeline.record import open_journey
from tests.factories import MONDAY, coupon, person, promotion

pytestmark = pytest.mark.django_db

SOON = MONDAY + timedelta(minutes=20)
LATER = MONDAY + timedelta(minutes=21)


def hold(of: Coupon, demand: str, *, by=None, at=MONDAY, expires_at=SOON) -> CouponUse:
    return uses.hold(of, demand=demand, person=by, at=at, expires_at=expires_at)


def counted(of: Coupon) -> tuple[int, int]:
    of.refresh_from_db()
    return of.uses_held, of.uses_redeemed


def statuses() -> dict[str, str]:
    return dict(CouponUse.objects.values_list("demand", "status"))


def violations() -> list[tuple]:
    found = []
    with connection.cursor() as cursor:
        for rule in RULES:
            cursor.execute(rule.violations)
            found += cursor.fetchall()
    return found


@pytest.mark.parametrize("typed", ["ALBA-5O", "alba 5o", " Alba50 ", "a.l.b.a.5.0", "ALBA5O"])
def test_a_code_is_found_however_it_is_typed(typed):
    code = coupon("ALBA-50")

    assert uses.find(typed, at=MONDAY) == code


@pytest.mark.parametrize("typed", ["", "  ", "---", "ALBA", "ALBA50%00", "'; --", "x" * 5000])
def test_what_is_no_code_is_not_known(typed):
    coupon("ALBA-50")

    with pytest.raises(UnknownCode):
        uses.find(typed, at=MONDAY)


def test_a_code_ends_with_itself_or_with_its_promotion():
    coupon("UNO", ends_at=MONDAY)
    coupon("DOS", promotion=promotion(needs_coupon=True, ends_at=MONDAY))
    coupon("TRES", promotion=promotion(needs_coupon=True, is_active=False))

    for code in ("UNO", "DOS", "TRES"):
        with pytest.raises(CodeEnded):
            uses.find(code, at=MONDAY)
    assert uses.find("UNO", at=MONDAY - timedelta(microseconds=1)).code == "UNO"


def test_a_code_whose_time_has_not_come_is_not_known():
    coupon("PRONTO", promotion=promotion(needs_coupon=True, starts_at=SOON))

    with pytest.raises(UnknownCode):
        uses.find("PRONTO", at=MONDAY)


def test_a_use_is_held_then_redeemed_once():
    code = coupon("UNA", use_limit=2)

    hold(code, "ORDER1")
    assert (counted(code), statuses()) == ((1, 0), {"ORDER1": "held"})

    uses.redeem("ORDER1", at=MONDAY)
    uses.redeem("ORDER1", at=MONDAY)
    assert (counted(code), statuses()) == ((0, 1), {"ORDER1": "redeemed"})


def test_a_demand_holds_a_coupon_once_and_may_hold_it_longer():
    code = coupon("UNA", use_limit=1)

    hold(code, "ORDER1")
    hold(code, "ORDER1", expires_at=LATER)

    assert counted(code) == (1, 0)
    assert CouponUse.objects.get().expires_at == LATER


def test_the_limit_counts_held_and_redeemed_uses():
    code = coupon("DOS", use_limit=2)
    hold(code, "ORDER1")
    uses.redeem("ORDER1", at=MONDAY)
    hold(code, "ORDER2")

    with pytest.raises(CouponUsedUp):
        hold(code, "ORDER3")

    assert counted(code) == (1, 1)


@pytest.mark.parametrize("redeemed", [False, True])
def test_a_released_use_is_free_again_for_others_and_for_the_same_demand(redeemed):
    code = coupon("UNA", use_limit=1)
    hold(code, "ORDER1")
    if redeemed:
        uses.redeem("ORDER1", at=MONDAY)

    uses.release("ORDER1", at=MONDAY)
    uses.release("ORDER1", at=MONDAY)
    assert counted(code) == (0, 0)

    hold(code, "ORDER1")
    assert (counted(code), statuses()) == ((1, 0), {"ORDER1": "held"})


def test_redeeming_or_releasing_what_holds_no_coupon_changes_nothing():
    uses.redeem("ORDER1", at=MONDAY)
    uses.release("ORDER1", at=MONDAY)

    assert statuses() == {}


def test_an_expired_hold_is_given_back_when_somebody_needs_it():
    code = coupon("UNA", use_limit=1)
    hold(code, "ORDER1")

    with pytest.raises(CouponUsedUp):
        hold(code, "ORDER2", at=SOON - timedelta(microseconds=1))
    hold(code, "ORDER2", at=SOON, expires_at=LATER)

    assert (counted(code), statuses()) == ((1, 0), {"ORDER1": "expired", "ORDER2": "held"})


def test_a_checkout_that_ends_after_its_hold_ran_out_still_has_the_use_if_nobody_took_it():
    code = coupon("UNA", use_limit=1)
    hold(code, "ORDER1")
    uses.release_expired(at=SOON)

    uses.redeem("ORDER1", at=LATER)

    assert (counted(code), statuses()) == ((0, 1), {"ORDER1": "redeemed"})


def test_a_checkout_that_ends_after_somebody_took_its_use_is_refused():
    code = coupon("UNA", use_limit=1)
    hold(code, "ORDER1")
    hold(code, "ORDER2", at=SOON, expires_at=LATER)

    with pytest.raises(CouponUsedUp):
        uses.redeem("ORDER1", at=SOON)

    assert statuses() == {"ORDER1": "expired", "ORDER2": "held"}


def test_a_sweep_gives_back_the_expired_holds_of_all_coupons_and_no_others():
    limited, unlimited = coupon("UNA", use_limit=5), coupon("SIEMPRE")
    for n in range(3):
        hold(limited, f"OLD{n}")
    hold(unlimited, "OLD3")
    hold(limited, "NEW", expires_at=LATER)
    hold(limited, "ENDLESS", expires_at=None)

    assert uses.release_expired(at=SOON) == 4
    assert uses.release_expired(at=SOON) == 0

    assert (counted(limited), counted(unlimited)) == ((2, 0), (0, 0))


def test_a_coupon_without_a_limit_touches_no_shared_row(django_assert_num_queries):
    code = coupon("SIEMPRE")

    with django_assert_num_queries(4) as queries:
        hold(code, "ORDER1")

    assert [q["sql"] for q in queries if "UPDATE" in q["sql"] and '"promotions_coupon"' in q["sql"][:30]] == []
    assert counted(code) == (0, 0)


def test_each_person_uses_a_code_as_often_as_each_may():
    code = coupon("DOS", uses_per_person=2)
    lucia, marta = person("Lucía"), person("Marta")
    earlier_self = person("L.", root=lucia)

    assert [hold(code, "A", by=lucia).turn, hold(code, "B", by=earlier_self).turn] == [1, 2]
    with pytest.raises(CouponUsedUp, match="you have used this code already"):
        hold(code, "C", by=lucia)
    assert hold(code, "C", by=marta).turn == 1

    uses.release("A", at=MONDAY)
    assert hold(code, "D", by=lucia).turn == 1


def test_her_own_expired_hold_does_not_stand_in_her_way():
    code, lucia = coupon("UNA", uses_per_person=1), person()
    hold(code, "A", by=lucia)

    assert hold(code, "B", by=lucia, at=SOON).turn == 1
    assert statuses() == {"A": "expired", "B": "held"}


def test_a_limit_per_person_needs_a_person():
    with pytest.raises(CouponNeedsPerson):
        hold(coupon("UNA", uses_per_person=1), "A")


def test_a_refusal_leaves_nothing_behind():
    code = coupon("UNA", use_limit=5, uses_per_person=1)
    lucia = person()
    hold(code, "A", by=lucia)

    with pytest.raises(CouponUsedUp):
        hold(code, "B", by=lucia)

    assert (counted(code), statuses()) == ((1, 0), {"A": "held"})


def test_the_database_is_the_last_guard():
    code = coupon("UNA", use_limit=1)
    hold(code, "A")

    with pytest.raises(IntegrityError, match="coupon_uses_within_limit"):
        Coupon.objects.filter(pk=code.pk).update(uses_held=2)


def test_a_personal_code_works_once_and_is_given_once():
    welcome, lead = promotion(needs_coupon=True), person("@lucia")
    journey = open_journey(at=MONDAY)

    first = uses.issue_personal(welcome, person=lead, journey=journey, at=MONDAY)
    again = uses.issue_personal(welcome, person=lead, journey=open_journey(at=MONDAY), at=MONDAY)

    assert (again, first.use_limit, first.person, first.journey) == (first, 1, lead, journey)
    assert len(first.code) == 8
    assert uses.find(first.code.lower(), at=MONDAY) == first


def test_a_personal_code_may_be_chosen():
    made = uses.issue_personal(
        promotion(needs_coupon=True), person=person(), journey=open_journey(at=MONDAY), at=MONDAY, code="LUCÍA-10"
    )

    assert (made.code, uses.find("lucía10", at=MONDAY)) == ("LUCÍA-10", made)


steps = st.lists(
    st.tuples(st.sampled_from(["hold", "redeem", "release", "sweep"]), st.integers(0, 4), st.integers(0, 3)),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, limit=st.none() | st.integers(1, 3), each=st.none() | st.integers(1, 2))
def test_counters_and_limits_hold_after_any_sequence(steps, limit, each):
    CouponUse.objects.all().delete()
    Coupon.objects.all().delete()
    code = coupon("UNA", use_limit=limit, uses_per_person=each)
    people = [person() for _ in range(2)]
    for tick, (step, number, minutes) in enumerate(steps):
        at = MONDAY + timedelta(minutes=tick)
        demand = f"ORDER{number}"
        try:
            match step:
                case "hold":
                    hold(code, demand, by=people[number % 2], at=at, expires_at=at + timedelta(minutes=minutes))
                case "redeem":
                    uses.redeem(demand, at=at)
                case "release":
                    uses.release(demand, at=at)
                case "sweep":
                    uses.release_expired(at=at)
        except CouponUsedUp:
            pass
        assert violations() == []
