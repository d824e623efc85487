"""Rows that are written at once are what the ORM would have written."""

import pytest

from commerce.bulk import columns_of, insert, insert_with, read
from commerce.customers.models import ContactPoint, Person
from tests.factories import LONG_AGO

pytestmark = pytest.mark.django_db

ADDRESSES = [("email", "eva@example.com"), ("phone", "+34600100200")]


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


def test_a_row_and_what_belongs_to_it_are_written_at_once(django_assert_num_queries):
    eva = Person(given_name="Eva", created_at=LONG_AGO)
    points = [ContactPoint(kind=kind, value=value, created_at=LONG_AGO) for kind, value in ADDRESSES]

    with django_assert_num_queries(1):
        insert_with(eva, points, of="person")

    assert [(p.pk, p.kind, p.value, p.person) for p in ContactPoint.objects.order_by("pk")] == [
        (point.pk, *address, eva) for point, address in zip(points, ADDRESSES, strict=True)
    ]
    assert [point.person for point in points] == [eva, eva]


def test_rows_are_read_as_the_orm_reads_them(django_assert_num_queries):
    insert([Person(given_name="Ana", created_at=LONG_AGO, preferred_hours=["18:00"])])

    with django_assert_num_queries(1):
        (ana,) = read(
            Person, f"SELECT {columns_of(Person, 'p')} FROM customers_person p WHERE given_name = %s", ["Ana"]
        )

    assert ana.__dict__.keys() == (by_orm := Person.objects.get()).__dict__.keys()
    assert (ana, ana.preferred_hours, ana.created_at) == (by_orm, ["18:00"], by_orm.created_at)
