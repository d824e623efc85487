"""Two people are one, and then they are not."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from commerce.customers.consent import choose, granted, latest
from commerce.customers.merges import AlreadyOne, AlreadySplit, merge, split
from commerce.customers.models import Consent, ContactPoint, Merge, Person
from commerce.customers.people import people_of, root_of
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry
from commerce.timeline.record import open_journey
from orders.models import Order
from tests.factories import MONDAY, order, person, staff

WHO = {"by": SYSTEM, "channel": "web", "at": MONDAY}


@pytest.mark.django_db
def test_merged_people_are_read_under_one_root_and_nothing_is_moved() -> None:
    lead, lucia = person("Lucía", phone="+34621000101"), person(email="lucia@example.com")

    merge(lead, into=lucia, evidence="used a personal code", journey=open_journey(at=MONDAY), **WHO)

    lead.refresh_from_db()
    assert set(people_of(lucia)) == set(people_of(lead)) == {lead, lucia}
    assert lead.contact_points.get().value == "+34621000101"
    assert Entry.objects.get().type == "person.merged"


@pytest.mark.django_db
def test_the_one_with_an_account_is_the_root_whoever_is_older() -> None:
    older, account = person(), person(user=staff())

    merge(account, into=older, evidence="same phone", journey=open_journey(at=MONDAY), **WHO)

    older.refresh_from_db()
    assert root_of(older) == account


@pytest.mark.django_db
def test_a_split_in_the_middle_keeps_what_other_evidence_connects() -> None:
    a, b, c = person("A"), person("B"), person("C")
    journey = open_journey(at=MONDAY)
    wrong = merge(a, into=b, evidence="same phone", journey=journey, **WHO)
    merge(a, into=c, evidence="same email", journey=journey, **WHO)

    split(wrong, journey=journey, **WHO)

    assert set(people_of(Person.objects.get(pk=a.pk))) == {a, c}
    assert set(people_of(Person.objects.get(pk=b.pk))) == {b}


@pytest.mark.django_db
def test_nobody_is_merged_with_herself_or_split_twice() -> None:
    a, b = person("A"), person("B")
    journey = open_journey(at=MONDAY)
    edge = merge(a, into=b, evidence="same phone", journey=journey, **WHO)

    with pytest.raises(AlreadyOne):
        merge(b, into=a, evidence="again", journey=journey, **WHO)
    split(edge, journey=journey, **WHO)
    with pytest.raises(AlreadySplit):
        split(edge, journey=journey, **WHO)


@pytest.mark.django_db
def test_a_no_to_an_address_outlives_the_merge_with_somebody_who_said_yes_at_another() -> None:
    lucia, other = person("Lucía", email="lucia@example.com"), person("L.", email="l@example.com")
    journey = open_journey(at=MONDAY)
    for who, answer in ((lucia, False), (other, True)):
        choose(
            who.contact_points.get(),
            contact_channel="email",
            purpose="reminder",
            granted=answer,
            method="test",
            journey=journey,
            **WHO,
        )

    merge(other, into=lucia, evidence="same phone", journey=journey, **WHO)

    assert not granted(lucia, "email", "reminder", contact_point=lucia.contact_points.get())
    assert granted(lucia, "email", "reminder", contact_point=other.contact_points.get())


class SplitGivesBackWhatWas(TestCase):
    """split(merge(x)) = x, for any graph of earlier findings."""

    @settings(max_examples=25, deadline=None)
    @given(data=st.data())
    def test_split_of_a_merge_gives_back_exactly_the_earlier_people(self, data: st.DataObject) -> None:
        people = [person(str(number)) for number in range(6)]
        journey = open_journey(at=MONDAY)
        pairs = st.tuples(st.sampled_from(people), st.sampled_from(people))
        for one, other in data.draw(st.lists(pairs, max_size=6)):
            if not people_of(Person.objects.get(pk=one.pk)).filter(pk=other.pk).exists():
                merge(one, into=other, evidence="drawn", journey=journey, **WHO)
        for edge in data.draw(
            st.lists(st.sampled_from(list(Merge.objects.all())), unique=True) if Merge.objects.exists() else st.just([])
        ):
            split(edge, journey=journey, **WHO)
        earlier = roots()
        one, other = data.draw(pairs)
        if earlier[one.pk] == earlier[other.pk]:
            return

        edge = merge(one, into=other, evidence="the finding", journey=journey, **WHO)
        together = roots()
        split(edge, journey=journey, **WHO)

        assert together[one.pk] == together[other.pk]
        assert roots() == earlier


class ConsentNeverGrows(TestCase):
    """A merge lets no message out that neither had agreed to, and a split gives each her own choices back."""

    @settings(max_examples=30, deadline=None)
    @given(data=st.data())
    def test_what_both_may_hear_is_what_one_of_them_chose_last_and_a_split_forgets_nothing(
        self, data: st.DataObject
    ) -> None:
        people = [person("A", email="a@example.com"), person("B", email="b@example.com")]
        for who in people:  # the address that both typed, and neither proved
            ContactPoint.objects.create(person=who, kind="email", value="both@example.com", created_at=MONDAY)
        points = list(ContactPoint.objects.order_by("pk"))
        journey = open_journey(at=MONDAY)

        def live(steps: list[tuple[int, bool, int]]) -> None:
            """Choices at any address at any time, in any order, and an order of hers after each."""
            for point, says_yes, minute in steps:
                choose(
                    points[point],
                    contact_channel="email",
                    purpose="marketing",
                    granted=says_yes,
                    method="drawn",
                    journey=journey,
                    by=SYSTEM,
                    channel="web",
                    at=MONDAY + timedelta(minutes=minute),
                )
                order(person=points[point].person)

        step = st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 3))
        live(data.draw(st.lists(step, max_size=4)))
        alone = allowed(people[0]) | allowed(people[1])
        edge = merge(people[1], into=people[0], evidence="drawn", journey=journey, **WHO)
        together = allowed(people[0])
        live(data.draw(st.lists(step, max_size=3)))
        made = {(o.pk, o.person_id) for o in Order.objects.all()}
        split(edge, journey=journey, **WHO)

        assert together <= alone
        assert roots() == {who.pk: who.pk for who in people}
        assert {(o.pk, o.person_id) for o in Order.objects.all()} == made
        for who in people:
            who.refresh_from_db()
            own = Consent.objects.filter(contact_point__person=who)
            assert allowed(who) == {
                point.value
                for point in points
                if point.person_id == who.pk
                and (last := own.filter(contact_point=point).order_by("-chosen_at", "granted", "-pk").first())
                and last.granted
            }


def allowed(who: Person) -> set[str]:
    """The addresses at which she may be written to."""
    return {choice.contact_point.value for choice in latest(Person.objects.get(pk=who.pk)) if choice.granted}


def roots() -> dict[int, int]:
    """Each person's root."""
    return {p.pk: p.root_pk for p in Person.objects.all()}
