"""`manage.py audit` tells what holds and what does not, and proves that it looks."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from commerce.customers.merges import merge
from commerce.customers.models import Merge, Person
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Journey
from commerce.timeline.record import open_journey
from tests.factories import MONDAY, person

pytestmark = pytest.mark.django_db


def audited(**options: bool) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("audit", stdout=out, **options)
    return out.getvalue()


def merged() -> tuple[Person, Person]:
    """Two people who were found to be one."""
    one, other = person("A", email="a@example.com"), person("B", email="b@example.com")
    merge(one, into=other, evidence="test", journey=open_journey(at=MONDAY), by=SYSTEM, channel="web", at=MONDAY)
    return one, other


def test_all_rules_hold_of_a_house_where_nothing_is_wrong() -> None:
    merged()

    assert audited().splitlines()[-1].startswith("all ")


def test_programs_get_a_list() -> None:
    findings = json.loads(audited(json=True))

    assert {tuple(finding) for finding in findings} == {("rule", "rows", "violations", "first")}
    assert sum(finding["violations"] for finding in findings) == 0


def test_a_broken_rule_is_named_with_its_first_rows_and_the_command_fails() -> None:
    journey = Journey.objects.create(opened_at=MONDAY, entry_count=7)
    out = StringIO()

    with pytest.raises(CommandError, match=r"1 of \d+ rules do not hold"):
        call_command("audit", stdout=out)

    assert "BROKEN  the timeline has no gap" in out.getvalue()
    assert f"{journey.pk}: counted 7, found 0" in out.getvalue()


@pytest.mark.parametrize(
    "sabotage",
    [
        "UPDATE customers_person SET root_id = NULL",
        "UPDATE customers_merge SET split_at = now()",
        "UPDATE customers_person SET root_id = id WHERE given_name = 'A'",
    ],
)
def test_people_who_hang_together_wrongly_are_found(sabotage: str) -> None:
    merged()

    with connection.cursor() as cursor:
        cursor.execute(sabotage)

    with pytest.raises(CommandError):
        audited()
    assert Merge.objects.exists()


@pytest.mark.parametrize("leak", ['{"to": "nuria@example.com"}', '{"phone": "+34621000101"}'])
def test_an_address_on_the_timeline_is_found(leak: str) -> None:
    journey = open_journey(at=MONDAY)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO timeline_entry (journey_id, number, type, occurred_at, recorded_at, channel, actor, data)
            VALUES (%s, 1, 'test', now(), now(), 'web', 'system', %s)
            """,
            [journey.pk, leak],
        )
        cursor.execute("UPDATE timeline_journey SET entry_count = 1")

    with pytest.raises(CommandError):
        audited()
