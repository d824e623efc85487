"""What must follow is done once: claimed by state, fenced, in order within its lane, given up visibly."""

from datetime import timedelta

import pytest
from django.db import connection

from commerce.timeline.models import Entry, Task
from commerce.timeline.record import open_journey
from commerce.timeline.tasks import MAX_ATTEMPTS, LeaseLost, cancel, claim, done, run, run_due, schedule
from tests.commerce.timeline.handlers import Death
from tests.factories import MONDAY

pytestmark = pytest.mark.django_db(transaction=True)

HERE = "tests.commerce.timeline.handlers."
LATER = MONDAY + timedelta(hours=2)


def plan(handler="write", key="a", *, journey=None, due_at=MONDAY, **data):
    schedule(HERE + handler, key=key, due_at=due_at, journey=journey or open_journey(at=MONDAY), data=data)


def ran():
    return list(Entry.objects.order_by("pk").values_list("data__key", flat=True))


def make_retryable():
    Task.objects.filter(retry_at__isnull=False).update(retry_at=None)


def test_a_due_task_runs_once_and_its_effect_stays():
    plan()

    first, second = run_due(at=MONDAY), run_due(at=MONDAY)

    assert (first, second, ran()) == (1, 0, ["a"])


def test_a_task_that_is_not_due_waits():
    plan(due_at=LATER)

    assert (run_due(at=MONDAY), run_due(at=LATER)) == (0, 1)


def test_planning_the_same_key_again_moves_the_task():
    plan(due_at=MONDAY)
    plan(due_at=LATER)

    assert Task.objects.values_list("due_at", flat=True).get() == LATER


def test_a_canceled_task_does_not_run():
    plan()

    assert cancel(HERE + "write", key="a", at=MONDAY)
    assert run_due(at=MONDAY) == 0
    assert not cancel(HERE + "write", key="a", at=MONDAY)


def test_a_failing_task_leaves_nothing_behind_and_is_tried_again_after_a_pause():
    plan("write_and_fail")

    run_due(at=MONDAY)

    task = Task.objects.get()
    assert (ran(), task.status, task.attempts, task.lease) == ([], "pending", 1, None)
    assert task.last_error.startswith("ValueError at write_and_fail")
    assert "lucia" not in task.last_error
    assert run_due(at=MONDAY) == 0


def test_a_task_that_always_fails_is_given_up_and_then_holds_up_nobody():
    journey = open_journey(at=MONDAY)
    plan("write_and_fail", "poison", journey=journey)
    plan("write_and_fail", "next", journey=journey, due_at=MONDAY + timedelta(seconds=1))
    for _ in range(MAX_ATTEMPTS):
        run_due(at=MONDAY + timedelta(seconds=1))
        make_retryable()

    assert dict(Task.objects.values_list("key", "status"))["poison"] == "given_up"
    assert Task.objects.get(key="next").attempts == 1


def test_a_failing_task_holds_up_its_lane_but_no_other_lane():
    journey = open_journey(at=MONDAY)
    plan("write_and_fail", "poison", journey=journey)
    plan("write_and_fail", "behind it", journey=journey)
    plan("write", "another handler", journey=journey)
    plan("write", "another journey")

    run_due(at=MONDAY)

    assert sorted(ran()) == ["another handler", "another journey"]
    assert Task.objects.get(key="behind it").attempts == 0


def test_tasks_of_one_lane_run_in_the_order_they_were_planned():
    journey = open_journey(at=MONDAY)
    for key in ("1", "2", "3", "4"):
        plan("write", key, journey=journey)

    run_due(at=MONDAY)

    assert ran() == ["1", "2", "3", "4"]


def test_a_task_can_be_put_off_by_its_handler():
    plan("put_off_once", until=LATER.isoformat())

    run_due(at=MONDAY)
    assert (ran(), Task.objects.get().due_at, Task.objects.get().attempts) == ([], LATER, 0)

    run_due(at=LATER)
    assert ran() == ["a"]


def test_an_outward_task_runs_outside_any_transaction_and_settles_itself():
    plan("call_outside")

    run_due(at=MONDAY)

    assert (ran(), Task.objects.get().status) == (["a"], "done")


def test_a_worker_that_was_paused_past_its_lease_cannot_commit():
    plan()
    [paused] = claim(at=MONDAY)
    Task.objects.update(leased_until="2020-01-01T00:00:00Z")
    run_due(at=MONDAY)

    run(paused, at=MONDAY)

    assert ran() == ["a"]
    with pytest.raises(LeaseLost):
        done(paused, at=MONDAY)


def test_moving_a_task_takes_it_away_from_the_worker_that_has_it():
    plan()
    [taken] = claim(at=MONDAY)
    plan(due_at=LATER)

    run(taken, at=MONDAY)

    assert (ran(), Task.objects.get().status) == ([], "pending")


def test_a_task_that_takes_its_worker_down_every_time_is_given_up():
    plan()
    claim(at=MONDAY)
    Task.objects.update(attempts=MAX_ATTEMPTS, leased_until="2020-01-01T00:00:00Z")

    run_due(at=MONDAY)

    assert Task.objects.values_list("status", "last_error").get() == ("given_up", "the worker died in every try")


def test_who_shared_a_lease_with_a_task_that_takes_its_worker_down_is_not_given_up_with_it():
    plan("write", "before")
    plan("take_the_worker_down", "poison")
    plan("write", "after")
    for number in range(MAX_ATTEMPTS):
        plan("write", f"new {number}")
        with pytest.raises(Death):
            run_due(at=MONDAY)
        Task.objects.filter(lease__isnull=False).update(leased_until="2020-01-01T00:00:00Z")

    run_due(at=MONDAY)

    given_up = Task.objects.filter(status="given_up")
    assert list(given_up.values_list("key", "attempts")) == [("poison", MAX_ATTEMPTS)]
    assert ran() == ["before", "after", *(f"new {n}" for n in range(MAX_ATTEMPTS))]
    assert Task.objects.get(key="after").attempts == 1


def test_a_handler_that_does_not_exist_is_a_visible_failure():
    schedule("tests.nowhere.at_all", key="a", due_at=MONDAY)

    run_due(at=MONDAY)

    assert Task.objects.get().last_error.startswith("ModuleNotFoundError")


def test_what_is_due_is_found_through_its_index_and_not_by_reading_the_finished():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO timeline_task (handler, key, data, due_at, status, attempts, last_error, finished_at) "
            "SELECT 'done', g::text, '{}', now(), 'done', 1, '', now() FROM generate_series(1, 20000) g"
        )
        cursor.execute("ANALYZE timeline_task")
        cursor.execute(
            "EXPLAIN SELECT id FROM timeline_task WHERE status = 'pending' AND due_at <= now() ORDER BY due_at LIMIT 20"
        )
        plan_text = " ".join(row[0] for row in cursor.fetchall())

    assert "task_due" in plan_text
