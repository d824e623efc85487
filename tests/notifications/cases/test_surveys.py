"""A case is asked about when it is over: by itself where it is about no order, else with its order."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.customers.models import Person
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from notifications.models import Attempt, Survey
from orders.cases import opening, working
from orders.cases.models import Case
from tests import factories
from tests.notifications import shop
from tests.notifications.shop import agree

pytestmark = pytest.mark.django_db

ANA = Actor("staff", "7")


@pytest.fixture
def lucia() -> Person:
    made = factories.person("Lucía", email="lucia@example.com")
    agree(made, "survey")
    return made


def closed(person: Person, **fields: object) -> Case:
    stamp = {"by": ANA, "channel": "call_center", "at": clock.now()}
    case = opening.open_case("complaint", person=person, request="Me hablaron mal", **fields, **stamp)
    return working.close(case, outcome="solved", **stamp)


def asked(*, after: timedelta = timedelta(hours=25)) -> list[Attempt]:
    clock.move(after)
    run_due(at=clock.now())
    return list(Attempt.objects.filter(message__purpose="case_survey").order_by("pk"))


def withheld() -> list[str]:
    return [entry.data["why"] for entry in Entry.objects.filter(type="message.withheld").order_by("pk")]


def test_a_case_about_no_order_is_asked_about_once_a_day_after_it_was_closed(lucia: Person) -> None:
    case = closed(lucia)
    assert asked(after=timedelta(hours=2)) == []

    (sent,) = asked()

    assert case.key in sent.title
    assert asked() == [sent]


def test_the_answer_is_kept_and_a_bad_one_opens_one_case_with_her_words(lucia: Person) -> None:
    case = closed(lucia)
    (sent,) = asked()
    page = sent.text.split("minuto:\n")[1].split()[0].replace("http://localhost:8000", "")
    page = page[page.index("/s") :]
    browser = Client()

    assert case.key in browser.get(page).content.decode()
    for score in ("3", "2"):
        browser.post(page, {"score": score, "comment": "Nadie me llamó"})

    opened = Case.objects.exclude(pk=case.pk).get()
    assert (Survey.objects.get().score, opened.request, opened.journey) == (2, "Nadie me llamó", case.journey)


def test_a_case_about_an_order_is_asked_about_with_it_and_that_is_kept(lucia: Person) -> None:
    closed(lucia, order=shop.order(lucia))

    assert asked() == []
    assert withheld() == ["asked_with_order"]


def test_a_case_about_an_order_that_was_canceled_is_asked_about_by_itself(lucia: Person) -> None:
    closed(lucia, order=shop.order(lucia, status="canceled"))

    assert len(asked()) == 1


def test_a_case_that_goes_on_again_is_not_asked_about_and_that_is_kept(lucia: Person) -> None:
    case = closed(lucia)
    working.reopen(case, by=ANA, channel="call_center", at=clock.now())

    assert asked() == []
    assert withheld() == ["moved_on"]


def test_who_has_answered_is_told_all_the_same_that_her_case_goes_on_again(lucia: Person) -> None:
    case = closed(lucia)
    asked()
    Survey.objects.update(score=9, answered_at=clock.now())

    working.reopen(case, by=ANA, channel="call_center", at=clock.now())
    run_due(at=clock.now())

    assert Attempt.objects.latest("pk").message.purpose == "case_opened"
