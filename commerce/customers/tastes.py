"""What she likes, what fits her and what she cannot have, each with where it comes from and how old that is.

What she said, and what staff noted for her, is kept in a row. What shows in her purchases and talks is kept nowhere:
the rooms that hold those read it anew each time, so that it goes when they go. What she deletes is deleted wherever it
shows, and stays deleted until she says it herself.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from commerce.card_numbers import hide
from commerce.customers.matching import folded
from commerce.customers.models import Person, Taste
from commerce.customers.people import people_of
from commerce.ids import digest
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor

MOST = 50


class TooManyTastes(Problem):
    """More than anybody could serve her by."""

    code = "too_many_tastes"
    status = 422


@dataclass(frozen=True)
class Known:
    """One thing that is known of her taste. `where` is the sales or contact channel; `times`: how often it showed."""

    kind: str
    value: str
    source: str
    since: datetime
    where: str
    about: str = ""
    times: int = 1

    @property
    def id(self) -> str:
        """Under which she deletes it, from whatever source."""
        return digest(f"taste {self.kind} {folded(self.value)}")[:22]

    @property
    def key(self) -> tuple[str, str]:
        """By which two are the same."""
        return self.kind, folded(self.value)


@transaction.atomic
def note(person: Person, *, kind: str, value: str, source: str, entered_in: str, by: Actor, at: datetime) -> Taste:
    """Keep what she said, or what staff noted; the same thing twice is one. Raises TooManyTastes.

    No entry tells of it: all of this is personal data, and nothing follows from it.
    """
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    hers = Taste.objects.filter(person__in=people_of(person), removed_at=None)
    value = hide(" ".join(value.split()))
    if known := next((taste for taste in hers.filter(kind=kind) if folded(taste.value) == folded(value)), None):
        return known
    if hers.count() >= MOST:
        raise TooManyTastes(f"no more than {MOST} notes on tastes; please remove one first")
    return Taste.objects.create(
        person=person, kind=kind, value=value, source=source, entered_at=at, entered_in=entered_in, entered_by=str(by)
    )


@transaction.atomic
def forget(person: Person, taste: Known, *, entered_in: str, by: Actor, at: datetime) -> None:
    """Delete one, wherever it shows: what she said is said no longer, what she did tells it no more."""
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    kept = Taste.objects.filter(person__in=people_of(person), kind=taste.kind)
    same = [row.pk for row in kept if folded(row.value) == folded(taste.value)]
    Taste.objects.filter(pk__in=same, removed_at=None).update(removed_at=at)
    if not same:
        Taste.objects.create(
            person=person,
            kind=taste.kind,
            value=taste.value[:80],
            source=taste.source,
            entered_at=taste.since,
            entered_in=entered_in,
            entered_by=str(by),
            removed_at=at,
        )


def together(people: Collection[int], showing: Iterable[Known]) -> list[Known]:
    """What these people said and staff noted, the latest first, then what else shows of them and was not deleted."""
    rows = list(Taste.objects.filter(person__in=people).order_by("-entered_at", "-pk"))
    told: dict[tuple[str, str], Known] = {}
    for row in rows:
        if row.removed_at is None:
            known = Known(row.kind, row.value, row.source, row.entered_at, row.entered_in)
            told.setdefault(known.key, known)
    forgotten = {(row.kind, folded(row.value)) for row in rows if row.removed_at}
    for known in showing:
        if known.key not in forgotten:
            told.setdefault(known.key, known)
    return list(told.values())
