"""Finding that two people are one, and taking it back.

A merge is an edge between two people, with its evidence; nothing is moved. Who belongs together is what the edges that
hold connect, and the root is a function of that set alone. So ending an edge gives back exactly the earlier people.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from commerce.customers.happenings import PersonMerged, PersonSplit
from commerce.customers.models import Merge, Person, Suggestion
from commerce.customers.people import people_of
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.models import Journey
from commerce.timeline.record import record


class AlreadyOne(Problem):
    """The two are one person already."""

    code = "already_one_person"


class AlreadySplit(Problem):
    """This merge was taken back before."""

    code = "already_split"


class KeptApart(Problem):
    """Somebody looked at the two and decided that they are never the same."""

    code = "people_kept_apart"


@transaction.atomic
def merge(
    person: Person, *, into: Person, evidence: str, journey: Journey, by: Actor, channel: str, at: datetime
) -> Merge:
    """Write down that two people are one, and read both under one root from now on; raises AlreadyOne, KeptApart."""
    together = lock_all_of(person, into)
    if people_of(person).filter(pk=into.pk).exists():
        raise AlreadyOne("these two are one person already")
    if are_kept_apart(person, into):
        raise KeptApart("it was decided that these two are never the same")
    edge = Merge.objects.create(person=person, into=into, evidence=evidence, merged_at=at, merged_by=str(by))
    root = write_roots(together)
    for found in (person, into):
        found.refresh_from_db(fields=["root"])
    record(
        journey,
        PersonMerged(person=person.public_id, into=into.public_id, root=root.public_id, evidence=evidence),
        by=by,
        channel=channel,
        at=at,
    )
    return edge


@transaction.atomic
def split(edge: Merge, *, journey: Journey, by: Actor, channel: str, at: datetime) -> None:
    """Take a merge back: what was one through this edge alone is two again; raises AlreadySplit."""
    together = lock_all_of(edge.person)
    if not Merge.objects.filter(pk=edge.pk, split_at=None).update(split_at=at):
        raise AlreadySplit("this merge was taken back before")
    write_roots(together)
    record(
        journey,
        PersonSplit(person=edge.person.public_id, out_of=edge.into.public_id),
        by=by,
        channel=channel,
        at=at,
    )


def are_kept_apart(one: Person, other: Person) -> bool:
    """Whether it was decided that somebody among the first's is never one with somebody among the second's."""
    these, those = people_of(one).values("pk"), people_of(other).values("pk")
    decided = Suggestion.objects.filter(status=Suggestion.Status.NEVER)
    return decided.filter(Q(one__in=these, other__in=those) | Q(one__in=those, other__in=these)).exists()


def were_parted(one: Person, other: Person) -> bool:
    """Whether the two were one and were split, or are to be kept apart: then no rule joins them, only somebody."""
    these, those = people_of(one).values("pk"), people_of(other).values("pk")
    ended = Merge.objects.filter(split_at__isnull=False)
    was_split = ended.filter(Q(person__in=these, into__in=those) | Q(person__in=those, into__in=these)).exists()
    return was_split or are_kept_apart(one, other)


def lock_all_of(*people: Person) -> list[Person]:
    """Everybody connected with these people, locked by primary key, and read again after the lock."""
    locked: set[int] = set()
    while True:
        for person in people:
            person.refresh_from_db(fields=["root"])
        roots = {person.root_pk for person in people}
        connected = Person.objects.filter(Q(pk__in=roots) | Q(root__in=roots))
        rows = list(connected.order_by("pk").select_for_update(no_key=True))
        if locked == {row.pk for row in rows}:  # nobody joined or left while we waited
            return rows
        locked = {row.pk for row in rows}


def write_roots(people: Iterable[Person]) -> Person:
    """Set the root of each by the edges that hold; returns the root of the largest group."""
    groups = groups_of(list(people))
    for group in groups:
        root = min(group, key=lambda person: (person.user_id is None, person.pk))
        Person.objects.filter(pk__in=[person.pk for person in group]).exclude(pk=root.pk).update(root=root)
        Person.objects.filter(pk=root.pk).update(root=None)
        group.sort(key=lambda person: person.pk != root.pk)
    return max(groups, key=len)[0]


def settle_root(person: Person) -> None:
    """Choose anew who of those who are one is their root, now that this one has an account."""
    if person.root_id is not None:
        write_roots(lock_all_of(person))
        person.refresh_from_db(fields=["root"])


def groups_of(people: list[Person]) -> list[list[Person]]:
    """Who belongs together, by the edges that hold."""
    group_of = {person.pk: [person] for person in people}
    edges = Merge.objects.filter(split_at=None, person__in=people).values_list("person_id", "into_id")
    for one, other in edges:
        if group_of[one] is not group_of[other]:
            group_of[one].extend(group_of[other])
            for person in group_of[other]:
                group_of[person.pk] = group_of[one]
    return list({id(group): group for group in group_of.values()}.values())
