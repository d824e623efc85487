"""What a swap settles by itself, steps that move beyond the end that was told, and hand-overs within a team."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.customers.models import Person
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from notifications.models import Attempt
from orders.cases import opening, swapping, working
from orders.cases.models import Case
from orders.models import Order
from tests import factories
from tests.factories import MONDAY
from tests.inventory.test_pages import words
from tests.orders.calling import log_in
from tests.orders.returns.bringing_back import in_her_hands
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db
ANA = Actor("staff", "7")
STAMP = {"by": ANA, "channel": "call_center", "at": MONDAY + timedelta(hours=3)}


@pytest.fixture
def lucia(django_user_model: type) -> Person:
    user = django_user_model.objects.create_user("lucia")
    return factories.person("Lucía", email="lucia@example.com", user=user)


@pytest.fixture
def order(shop: Shop, lucia: Person) -> Order:
    clock.move(STAMP["at"] - clock.now())
    return in_her_hands(shop.order(2, person=lucia, delivered=True))


@pytest.fixture
def case(order: Order, lucia: Person) -> Case:
    return opening.open_case("damaged", person=lucia, order=order, request="Llegó rota", **STAMP)


def swap(case: Case, order: Order) -> Order:
    return swapping.agree(case, lines=[(order.lines.get().public_id, 1)], **STAMP).replacement


def steps(case: Case) -> list[str]:
    return list(case.steps.values_list("status", flat=True))


def test_what_a_swap_keeps_for_her_is_no_longer_to_be_kept(case: Case, order: Order) -> None:
    swap(case, order)

    case.refresh_from_db()
    assert steps(case) == ["done", "done", "pending", "pending", "pending"]
    assert (case.team, list(case.handovers.values_list("to_team", flat=True))) == ("carrier", ["warehouse", "carrier"])
    run_due(at=STAMP["at"])
    mails = Attempt.objects.filter(message__subject=case.public_id).order_by("pk")
    assert list(mails.values_list("message__purpose", flat=True)) == ["case_opened", "case_swap"]


def test_a_replacement_that_arrives_is_what_the_carrier_had_to_bring(case: Case, order: Order) -> None:
    in_her_hands(swap(case, order), at=STAMP["at"])
    run_due(at=STAMP["at"])

    assert steps(case) == ["done", "done", "skipped", "done", "pending"]
    told = Entry.objects.filter(type="case.step_done").order_by("number").values_list("data__is_told", flat=True)
    assert set(told) == {False}


def test_a_step_that_moves_beyond_the_end_moves_the_end_and_is_not_told_as_late(case: Case) -> None:
    later = case.resolve_due + timedelta(days=10)
    working.settle_step(case, 1, **STAMP)

    working.move_step(case, 4, due_at=later, **STAMP)
    run_due(at=STAMP["at"])
    run_due(at=later - timedelta(hours=1))

    case.refresh_from_db()
    assert case.resolve_due == later
    missed = Entry.objects.filter(type="case.clock_missed").values_list("data__clock", flat=True)
    assert "resolve_due" not in set(missed)
    (told,) = Attempt.objects.filter(message__purpose="case_step", text__contains="Nueva fecha")
    assert ("Lo siguiente" in told.text, "No queda" in told.text) == (False, False)


def test_a_hand_over_within_a_team_keeps_its_reason(case: Case) -> None:
    agent = log_in(factories.staff("agent"))

    agent.post(f"/staff/cases/{case.public_id}/hand-over/", {"to": "agent", "reason": "Lo lleva Paco"})

    given = case.handovers.get()
    assert (given.from_team, given.to_team, given.reason) == ("agent", "agent", "Lo lleva Paco")
    assert "Lo lleva Paco" in words(agent.get(f"/staff/cases/{case.public_id}/"))


def test_the_page_of_an_order_tells_of_its_case_and_its_replacement(case: Case, order: Order, lucia: Person) -> None:
    replacement = swap(case, order)
    hers, agent = log_in(lucia.user), log_in(factories.staff("agent"))

    for browser, door in ((hers, "cases"), (agent, "staff/cases")):
        page = browser.get(f"/o/{order.public_id}/")
        assert f'href="/{door}/{case.public_id}/"' in page.content.decode()
        assert f'href="/o/{replacement.public_id}/"' in page.content.decode()
        assert "Cuenta para lo que lo sustituye: 12,50" in words(page)
        assert "Devuelto: 12,50" not in words(page)
        assert f"Caso {case.key}: llegó dañado" in words(page)
    assert Client().get(f"/o/{order.public_id}/").status_code == 302
