"""History is told whole, with both clocks, and nothing follows from it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest

from commerce.timeline import record as recording
from commerce.timeline.actors import Actor
from commerce.timeline.history import Story, tell
from commerce.timeline.models import Entry, Journey, Task
from commerce.timeline.record import record
from commerce.wiring import Follow
from tests.factories import LONG_AGO, MONDAY

pytestmark = pytest.mark.django_db

IMPORT = Actor("import", "tests")


@dataclass(frozen=True)
class Sold:
    type: ClassVar[str] = "test.sold"
    receipt: str


@pytest.fixture
def survey_follows(monkeypatch):
    recording.plan.cache_clear()
    monkeypatch.setitem(recording.FOLLOWS, "test.sold", (Follow("tests.survey"),))
    yield
    recording.plan.cache_clear()


def test_each_story_opens_a_journey_of_its_own_with_its_entry():
    stories = [Story(Sold("a"), LONG_AGO), Story(Sold("b"), LONG_AGO + timedelta(days=1))]

    journeys = tell(stories, by=IMPORT, channel="store", recorded_at=MONDAY)

    assert list(
        Entry.objects.order_by("pk").values_list(
            "journey", "number", "type", "data", "occurred_at", "recorded_at", "channel", "actor", "cause"
        )
    ) == [
        (journey, 1, "test.sold", {"receipt": name}, at, MONDAY, "store", "import:tests", None)
        for journey, name, at in zip(journeys, "ab", [LONG_AGO, LONG_AGO + timedelta(days=1)], strict=True)
    ]
    assert list(Journey.objects.order_by("pk").values_list("entry_count", "opened_at")) == [
        (1, LONG_AGO),
        (1, LONG_AGO + timedelta(days=1)),
    ]


def test_nothing_follows_from_history_but_from_what_happens_after_it(survey_follows):
    [journey] = tell([Story(Sold("a"), LONG_AGO)], by=IMPORT, channel="store", recorded_at=MONDAY)
    followed_by = Task.objects.count()

    record(journey, Sold("b"), by=IMPORT, channel="store", at=MONDAY)

    assert (followed_by, Task.objects.count()) == (0, 1)
    assert list(Entry.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_no_story_is_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert tell([], by=IMPORT, channel="store", recorded_at=MONDAY) == []
