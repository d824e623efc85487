"""A case is asked about when it is over, once, with or without an order, asked about before or not."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.customers.models import Person
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from commerce.timeline.record import record
from commerce.timeline.tasks import run_due
from notifications.models import Attempt, Survey
from notifications.surveys import answer
from orders.cases import opening, working
from orders.cases.models import Case
from orders.happenings import OrderCompleted
from orders.models import Order
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


def completed(person: Person) -> Order:
    """An order of hers that is over."""
    order = shop.order(person, status="completed")
    told = OrderCompleted(order=order.public_id, number=str(order.number))
    record(order.journey_id, told, by=ANA, channel="web", at=clock.now())
    return order


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


def test_a_case_is_asked_about_though_its_order_was_before(lucia: Person) -> None:
    order = completed(lucia)
    asked(after=timedelta(hours=30))
    about_order = Attempt.objects.filter(message__purpose="survey").count()

    case = closed(lucia, order=order)
    (sent,) = asked()

    assert about_order == 1
    assert case.key in sent.title
    assert set(Survey.objects.values_list("order", "case")) == {(order.pk, None), (None, case.pk)}
    working.reopen(case, by=ANA, channel="call_center", at=clock.now())
    working.close(case, outcome="solved", by=ANA, channel="call_center", at=clock.now())
    assert asked() == [sent]


def test_whose_case_was_over_before_she_was_asked_about_the_order_is_asked_about_the_case_only(lucia: Person) -> None:
    closed(lucia, order=completed(lucia))

    (sent,) = asked(after=timedelta(hours=40))

    assert list(Attempt.objects.filter(message__purpose__in=("survey", "case_survey"))) == [sent]
    assert withheld()[-1] == "asked_with_case"


def test_whose_case_was_over_before_the_order_was_completed_is_asked_about_the_order_too(lucia: Person) -> None:
    order = shop.order(lucia, status="completed")
    closed(lucia, order=order)
    asked()
    clock.move(timedelta(days=3))
    told = OrderCompleted(order=order.public_id, number=str(order.number))
    record(order.journey_id, told, by=ANA, channel="web", at=clock.now())

    asked()
    asked(after=timedelta(hours=12))

    told_of = Attempt.objects.filter(message__purpose__in=("survey", "case_survey")).order_by("pk")
    assert list(told_of.values_list("message__purpose", flat=True)) == ["case_survey", "survey"]


def test_a_bad_answer_about_a_case_opens_one_about_its_order(lucia: Person) -> None:
    order = shop.order(lucia)
    closed(lucia, order=order)
    asked()

    answer(Survey.objects.get(), score=1, comment="Nadie me llamó", at=clock.now())

    assert Case.objects.get(status="open").order == order


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
