"""What one may not do alone: asked, decided by a second person, done once, within the limits of her role."""

import pytest
from django.db import IntegrityError

from commerce import wiring
from commerce.approvals import deciding
from commerce.approvals.deciding import AlreadyDecided, NotASecondPerson, OverYourLimit
from commerce.approvals.models import Approval, Limit
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from commerce.timeline.record import open_journey
from tests.factories import MONDAY
from tests.races import at_once

CLERK, BOSS = Actor("staff", "1"), Actor("staff", "2")
STAMP = {"channel": "store", "at": MONDAY}
done: list[str] = []


class Impossible(Problem):
    """Nothing of the kind."""

    code = "impossible"


def carry_out(approval, *, by, at) -> None:
    if approval.facts.get("impossible"):
        raise Impossible("not any more")
    done.append(approval.subject)


@pytest.fixture(autouse=True)
def wired(monkeypatch):
    monkeypatch.setitem(wiring.APPROVED, "discount", "tests.commerce.approvals.test_deciding.carry_out")
    done.clear()


def asked(amount: int = 100_00, **facts) -> Approval:
    journey = open_journey(at=MONDAY)
    of = {"subject": "cart-1", "amount": amount, "currency": "EUR", "reason": "goodwill", "journey": journey}
    return deciding.ask("discount", **of, facts=facts, by=CLERK, **STAMP)


def test_the_limits_of_a_role_are_the_usual_ones_until_the_back_office_says_otherwise(db):
    assert [deciding.may_alone("discount", amount=a, role="agent") for a in (50_00, 50_01)] == [True, False]

    Limit.objects.create(kind="discount", role="agent", alone=10_00, agrees=None)

    assert [deciding.may_alone("discount", amount=a, role="agent") for a in (10_00, 10_01)] == [True, False]
    assert deciding.may_alone("refund", amount=50_00, role="agent")
    assert not deciding.may_alone("refund", amount=1, role="somebody")


def test_what_a_second_person_grants_is_done_and_told(db):
    approval = asked()

    deciding.grant(approval, role="back_office", by=BOSS, **STAMP)

    assert done == ["cart-1"]
    assert list(Entry.objects.order_by("pk").values_list("type", "actor")) == [
        ("approval.asked", "staff:1"),
        ("approval.granted", "staff:2"),
    ]


@pytest.mark.parametrize("by", [CLERK, Actor("device", "till"), Actor("system"), Actor("person", "x")])
def test_who_asked_a_machine_or_a_shopper_is_no_second_person(db, by):
    approval = asked()

    with pytest.raises(NotASecondPerson):
        deciding.grant(approval, role="back_office", by=by, **STAMP)

    assert (done, Approval.objects.get().status) == ([], "open")


def test_nobody_grants_more_than_her_role_may(db):
    Limit.objects.create(kind="discount", role="agent", alone=0, agrees=99_99)

    with pytest.raises(OverYourLimit):
        deciding.grant(asked(), role="agent", by=BOSS, **STAMP)
    deciding.grant(asked(99_99), role="agent", by=BOSS, **STAMP)


def test_what_cannot_be_done_any_more_undoes_the_yes(db):
    approval = asked(impossible=True)

    with pytest.raises(Impossible):
        deciding.grant(approval, role="back_office", by=BOSS, **STAMP)

    assert Approval.objects.get().status == "open"
    assert Entry.objects.filter(type="approval.granted").count() == 0


def test_a_no_is_told_and_final_and_anybody_may_take_back_what_she_asked_for(db):
    approval = asked()

    deciding.refuse(approval, by=CLERK, **STAMP)

    with pytest.raises(AlreadyDecided):
        deciding.grant(approval, role="back_office", by=BOSS, **STAMP)
    assert done == []


@pytest.mark.django_db(transaction=True)
def test_of_twelve_who_grant_at_once_one_does():
    approval = asked()

    outcomes = at_once(
        12,
        lambda i: deciding.grant(
            Approval.objects.get(pk=approval.pk), role="back_office", by=Actor("staff", str(i + 2)), **STAMP
        ),
    )

    assert sum(isinstance(outcome, Approval) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyDecided) for outcome in outcomes) == 11
    assert done == ["cart-1"]


@pytest.mark.django_db
def test_the_database_itself_takes_no_yes_of_who_asked():
    approval = asked()

    with pytest.raises(IntegrityError):
        Approval.objects.filter(pk=approval.pk).update(
            status="granted", decided_by=approval.asked_by, decided_at=MONDAY
        )
