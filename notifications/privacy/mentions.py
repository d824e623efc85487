"""Her data where no foreign key leads: found by what it mentions. The tables are short-lived or small."""

from collections.abc import Collection
from datetime import datetime
from functools import reduce
from operator import or_

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from commerce.customers.models import ContactPoint, Person
from commerce.inbox.models import ExternalId
from commerce.links.models import Link
from commerce.rest.models import IdempotentAnswer
from notifications.privacy.held import HELD

SHORTEST = 6
"""A shorter address (a card "1234") is mentioned everywhere by chance."""


def rows_of(label: str, people: Collection[int]) -> QuerySet:  # type: ignore[type-arg]
    """The rows of one table that are about these people."""
    ways = (Q(**{f"{way}__in": people}) for way in HELD[label].of)
    return apps.get_model(label)._default_manager.filter(reduce(or_, ways))


def marks_of(people: Collection[int]) -> list[str]:
    """What gives a text away as being about her: her addresses, and the ids that only her things have."""
    values = ContactPoint.objects.filter(person__in=people).values_list("value", flat=True)
    ids = [
        public_id
        for label in HELD
        if any(field.name == "public_id" for field in apps.get_model(label)._meta.concrete_fields)
        for public_id in rows_of(label, people).values_list("public_id", flat=True)
    ]
    spoken = [value.removeprefix("+") for value in values]  # networks write a number without its plus
    return [mark for mark in (*spoken, *ids) if len(mark) >= SHORTEST]


def forget_mentions(people: Collection[int], *, at: datetime) -> None:
    """Erase what mentions these people; call it while their addresses can still be read."""
    marks = marks_of(people)
    public_ids = list(Person.objects.filter(pk__in=people).values_list("public_id", flat=True))
    forget_answers(marks)
    forget_bodies(marks)
    forget_sessions(people, marks)
    forget_admin_log(people)
    ExternalId.objects.filter(ours__in=public_ids).delete()
    Link.objects.filter(subject__in=marks, revoked_at=None).update(revoked_at=at)
    Person.objects.filter(pk__in=people).exclude(user__staff_member=None).update(user=None)
    User.objects.filter(person__in=people).delete()


def forget_answers(marks: Collection[str]) -> None:
    """Stored answers to requests that were hers, or tell of her."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            DELETE FROM {IdempotentAnswer._meta.db_table} WHERE EXISTS (
                SELECT FROM unnest(%s::text[]) AS mark WHERE position(mark IN coalesce(body, '') || caller) > 0)
            """,  # noqa: S608 - a table of ours
            [list(marks)],
        )


def forget_bodies(marks: Collection[str]) -> None:
    """What webhooks said about her; that they came stays known, so that a repeated one changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE inbox_inboundevent SET body = '' WHERE status <> 'received' AND EXISTS (
                SELECT FROM unnest(%s::text[]) AS mark WHERE position(convert_to(mark, 'UTF8') IN body) > 0)
            """,
            [list(marks)],
        )


def forget_sessions(people: Collection[int], marks: Collection[str]) -> None:
    """Her browsers: she is logged out everywhere, and no visit remembers what she bought."""
    users = {str(pk) for pk in User.objects.filter(person__in=people).values_list("pk", flat=True)}
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator(chunk_size=1000):
        said = session.get_decoded()
        text = str(said)
        if said.get("_auth_user_id") in users or any(mark in text for mark in marks):
            session.delete()


def forget_admin_log(people: Collection[int]) -> None:
    """What the back office's log calls her rows."""
    for label in HELD:
        rows = rows_of(label, people)
        keys = rows.values_list(Cast("pk", CharField()), flat=True)
        kind = ContentType.objects.get_for_model(rows.model)
        LogEntry.objects.filter(content_type=kind, object_id__in=keys).update(object_repr="", change_message="")
