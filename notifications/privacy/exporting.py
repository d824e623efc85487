"""Everything that is held about a person, in a form that machines read: one object per table, one per row."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson
from django.db.models import BinaryField, Model

from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.rest.idempotency import AS_SENT
from commerce.timeline.models import Entry
from notifications.dossier import entries_of
from notifications.privacy.held import HELD
from notifications.privacy.mentions import rows_of

SECRET = frozenset({"code_digest", "lease", "weighed_at", "digest"})
"""Fields that speak of our machinery, or would let whoever finds the file pay or log in."""


def everything_of(person: Person, *, at: datetime) -> dict[str, Any]:
    """What is held about a person and everybody she was found to be, table by table; a field's name as it is stored."""
    people = list(people_of(person).values_list("pk", flat=True))
    return {
        "person": person.public_id,
        "exported_at": at,
        "held": {label: rows for label in HELD if (rows := rows_in(label, people))},
        "timeline": [shown(entry) for entry in entries_of(people).order_by("pk")],
    }


def as_file(person: Person, *, at: datetime) -> bytes:
    """The same as JSON, to be kept or given to another shop."""
    return orjson.dumps(everything_of(person, at=at), default=str, option=AS_SENT | orjson.OPT_INDENT_2)


def rows_in(label: str, people: Collection[int]) -> list[dict[str, Any]]:
    """The rows of one table about these people."""
    rows = rows_of(label, people).order_by("pk").distinct()
    return [shown(row) for row in rows]


def shown(row: Model | Entry) -> dict[str, Any]:
    """A row as its person may have it: every stored field but secrets; pictures and files by their size."""
    values: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.name in SECRET:
            continue
        value = field.value_from_object(row)
        values[field.attname] = f"{len(value)} bytes" if isinstance(field, BinaryField) else value
    return values
