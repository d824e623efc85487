"""Rows that are written at once are what the ORM would have written."""

import pytest

from commerce.bulk import insert
from commerce.customers.models import Person
from tests.factories import LONG_AGO

pytestmark = pytest.mark.django_db


def test_rows_get_their_ids_in_order_and_every_value(django_assert_num_queries):
    people = [Person(given_name=name, created_at=LONG_AGO, preferred_hours=["18:00"]) for name in ("Ana", "Eva")]

    with django_assert_num_queries(1):
        insert(people)

    kept = list(Person.objects.order_by("pk").values())
    fields = [field.attname for field in Person._meta.concrete_fields]
    assert kept == [{name: getattr(person, name) for name in fields} for person in people]
    assert [row["given_name"] for row in kept] == ["Ana", "Eva"]
    people[0].save()
    assert Person.objects.count() == 2


def test_nothing_is_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert([])
