"""Incidents: told once, with a key and every step at once; taken by whoever is first; late where it can be seen."""

from datetime import UTC, date, datetime, timedelta

import pytest

from commerce.customers.models import Person
from commerce.promises import watching
from commerce.promises.models import Promise
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from orders.cases import clocks, opening, swapping, working
from orders.cases.models import Case, CaseStep, Kind, Playbook
from orders.cases.opening import CaseIsOpen, NotHerOrder
from orders.cases.playbooks import STEPS, write_missing
from orders.cases.working import CaseIsClosed, StepIsSettled
from orders.models import Fulfillment, Order, Todo
from orders.moves import IllegalMove
from orders.returns import starting
from orders.returns.models import Return
from tests import factories
from tests.audits import violations
from tests.factories import MONDAY
from tests.orders.cases.stamps import LATER, STAMP, entries
from tests.orders.returns.bringing_back import AUDITS, done
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db


def test_a_case_has_its_key_and_every_step_with_its_time_at_once(case: Case, order: Order) -> None:
    assert len(case.key) == 8
    assert case.journey == order.journey
    assert [step.title_es for step in case.steps.all()] == [step.es for step in STEPS[Kind.DAMAGED]]
    assert all(step.due_at > MONDAY for step in case.steps.all())
    assert entries(case, "case.opened")[0].data["key"] == case.key


def test_no_word_of_what_she_said_stands_on_the_timeline(case: Case) -> None:
    assert "roto" not in str(list(Entry.objects.filter(journey=case.journey).values_list("data", flat=True)))


def test_the_same_told_twice_is_one_case_unless_she_wants_another(case: Case, order: Order, eva: Person) -> None:
    with pytest.raises(CaseIsOpen) as told:
        opening.open_case("damaged", person=eva, order=order, **STAMP)

    other = opening.open_case("damaged", person=eva, order=order, anyway=True, **STAMP)

    assert told.value.facts["key"] == case.key
    assert other.key != case.key


def test_another_persons_order_is_no_order_of_hers(order: Order) -> None:
    with pytest.raises(NotHerOrder):
        opening.open_case("damaged", person=factories.person("Iker"), order=order, **STAMP)

    assert not Case.objects.exists()


def test_a_case_without_an_order_stands_on_a_journey_of_its_own(eva: Person) -> None:
    case = opening.open_case("complaint", person=eva, request="…", **STAMP)

    assert entries(case, "case.opened")


def test_the_back_office_changes_what_is_done_from_then_on(case: Case, eva: Person) -> None:
    Playbook.objects.get(kind="damaged").steps.exclude(ordinal=1).delete()

    later = opening.open_case("damaged", person=eva, **STAMP)

    assert later.steps.count() == 1
    assert case.steps.count() == len(STEPS[Kind.DAMAGED])
    assert write_missing() == 0


def test_a_step_that_is_done_hands_the_case_to_who_has_the_next(case: Case) -> None:
    working.settle_step(case, 1, **LATER)

    case.refresh_from_db()
    (handed,) = entries(case, "case.handed_over")
    assert case.team == "warehouse"
    assert (handed.data["from_team"], handed.data["to_team"]) == ("agent", "warehouse")
    following = STEPS[Kind.DAMAGED][1]
    assert case.handovers.get().reason == f"{following.es} / {following.en}"


def test_of_two_who_settle_a_step_one_wins(case: Case) -> None:
    working.settle_step(case, 1, **LATER)

    with pytest.raises(StepIsSettled):
        working.settle_step(case, 1, status="skipped", **LATER)


def test_a_step_that_will_be_later_is_told_with_its_new_time(case: Case) -> None:
    due_at = MONDAY + timedelta(days=9)

    working.move_step(case, 3, due_at=due_at, **LATER)

    assert case.steps.get(ordinal=3).due_at == due_at
    assert entries(case, "case.step_moved")[0].data["due_at"] == due_at.isoformat()


def test_a_hand_over_says_from_whom_to_whom_and_why(case: Case) -> None:
    working.hand_over(case, to="store", reason="Está más cerca", **LATER)

    handover = case.handovers.get()
    assert (handover.from_team, handover.to_team, handover.reason) == ("agent", "store", "Está más cerca")
    assert "cerca" not in str(entries(case, "case.handed_over")[0].data)


def test_closing_leaves_no_step_open_and_can_be_taken_back(case: Case) -> None:
    working.settle_step(case, 1, **LATER)
    working.close(case, outcome="refunded", **LATER)
    at_the_end = set(case.steps.values_list("status", flat=True))

    working.reopen(case, **STAMP | {"at": MONDAY + timedelta(days=1)})

    assert at_the_end == {"done", "skipped"}
    assert list(case.steps.values_list("status", flat=True)) == ["done"] + ["pending"] * (case.steps.count() - 1)
    assert Case.objects.get().status == "open"


def test_nothing_is_done_in_a_closed_case(case: Case) -> None:
    working.close(case, outcome="solved", **LATER)

    for act in (
        lambda: working.settle_step(case, 1, **LATER),
        lambda: working.hand_over(case, to="store", reason="x", **LATER),
        lambda: working.close(case, outcome="solved", **LATER),
        lambda: working.answered(case, **LATER),
    ):
        with pytest.raises(CaseIsClosed):
            act()


def test_every_time_she_is_told_is_a_promise_that_is_kept_moved_or_withdrawn(case: Case) -> None:
    told = case.steps.filter(is_told=True).count()
    standing = Promise.objects.filter(person=case.person)
    assert standing.filter(kind="case_step", status="open").count() == told
    assert standing.get(kind="case_reply").due_at == case.reply_due

    working.settle_step(case, 1, **LATER)
    working.move_step(case, 3, due_at=MONDAY + timedelta(days=9), **LATER)
    working.close(case, outcome="solved", **STAMP | {"at": MONDAY + timedelta(hours=2)})

    became = dict(standing.filter(kind="case_step").values_list("subject", "status"))
    assert became[f"{case.public_id}/1"] == "kept"
    assert set(became.values()) == {"kept", "withdrawn"}
    assert standing.filter(subject=f"{case.public_id}/3").values_list("status", flat=True).count() == 2
    assert standing.get(kind="case_reply").status == "kept"
    assert violations("commerce.promises.audit.RULES") == []


def test_a_step_that_nobody_takes_is_told_before_its_time_is_over(case: Case) -> None:
    step = case.steps.get(ordinal=1)

    watching.watch(at=step.due_at - timedelta(minutes=30))

    assert entries(case, "promise.endangered")[0].data["subject"] == f"{case.public_id}/1"


def test_an_answer_in_time_stops_the_clock(case: Case) -> None:
    working.answered(case, **LATER)

    run_due(at=case.first_answer_due + timedelta(minutes=1))

    assert not entries(case, "case.clock_missed")
    assert not Todo.objects.exists()


def test_an_answer_that_is_late_is_written_down_once_and_on_somebodys_list(case: Case) -> None:
    for minutes in (1, 2):
        run_due(at=case.first_answer_due + timedelta(minutes=minutes))

    (missed,) = entries(case, "case.clock_missed")
    assert missed.data["clock"] == "first_answer_due"
    assert Todo.objects.get().kind == "case"


def test_what_she_says_later_starts_the_clock_of_the_next_answer(case: Case) -> None:
    working.answered(case, **LATER)
    said_at = MONDAY + timedelta(hours=2)

    working.heard(case, at=said_at)

    case.refresh_from_db()
    assert case.answer_due == clocks.after_business_hours(case.location, 8, at=said_at)


def test_the_swap_keeps_a_new_one_for_her_and_sends_it_without_waiting(case: Case, order: Order, shop: Shop) -> None:
    line = order.lines.get()

    returned = swapping.agree(case, lines=[(line.public_id, 1)], **LATER)

    part = Fulfillment.objects.get(order=returned.replacement)
    assert returned.status == "requested"
    assert returned.replacement.status == "placed"
    assert returned.replacement.total == line.total // 2
    assert (part.kind, part.status) == ("shipment", "allocated")
    assert part.address == order.deliver_to
    assert list(case.returns.all()) == [returned]
    assert violations(*AUDITS) == []


def test_when_the_other_one_comes_back_nothing_more_is_due(case: Case, order: Order, shop: Shop) -> None:
    returned = swapping.agree(case, lines=[(order.lines.get().public_id, 1)], **LATER)

    done(returned, shop.warehouse, condition="damaged")

    returned.refresh_from_db()
    assert (returned.status, returned.outcome) == ("settled", "exchange")
    assert Order.objects.filter(replaces=returned).count() == 1
    assert violations(*AUDITS) == []


def test_a_swap_that_is_on_its_way_is_not_called_off_or_paid_out(case: Case, order: Order, shop: Shop) -> None:
    returned = swapping.agree(case, lines=[(order.lines.get().public_id, 1)], **LATER)

    with pytest.raises(IllegalMove):
        starting.cancel(returned, **LATER)
    with pytest.raises(IllegalMove):
        done(returned, shop.warehouse, outcome="refund")

    assert Return.objects.get().replacement.status == "placed"


def test_more_than_was_bought_is_not_swapped(case: Case, order: Order) -> None:
    with pytest.raises(starting.MoreThanBought):
        swapping.agree(case, lines=[(order.lines.get().public_id, 3)], **LATER)

    assert not Return.objects.exists()


@pytest.mark.parametrize(
    ("country", "at", "days", "expected"),
    [
        ("ES", datetime(2026, 11, 23, 10, tzinfo=UTC), 15, date(2026, 12, 15)),
        ("ES", datetime(2026, 12, 4, 10, tzinfo=UTC), 5, date(2026, 12, 14)),
        ("XX", datetime(2026, 12, 4, 10, tzinfo=UTC), 5, date(2026, 12, 11)),
    ],
    ids=["over one holiday", "over two", "a country without known holidays"],
)
def test_the_law_counts_working_days(country: str, at: datetime, days: int, expected) -> None:
    due = clocks.after_working_days(days, country=country, zone="Europe/Madrid", at=at)

    assert due.astimezone(clocks.ZoneInfo("Europe/Madrid")).date() == expected


def test_business_hours_are_those_of_the_place() -> None:
    store = factories.location(opening_hours={"mon": [["10:00", "12:00"]], "tue": [["10:00", "12:00"]]})
    at = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)  # 11:30 in Madrid, half an hour before it closes

    assert clocks.after_business_hours(store, 1, at=at) == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert clocks.after_business_hours(None, 1, at=at) == at + timedelta(hours=1)


def test_every_kind_has_a_playbook_that_says_who_and_until_when() -> None:
    write_missing()

    assert set(Playbook.objects.values_list("kind", flat=True)) == set(Kind.values)
    for playbook in Playbook.objects.prefetch_related("steps"):
        hours = [step.hours for step in playbook.steps.all()]
        assert hours, playbook
        assert hours == sorted(hours), playbook
    assert CaseStep.objects.count() == 0
