"""Running the statements of this package: SQL where one statement must do what the ORM needs several for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection


def run(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """Execute one statement and return the rows it gives back; a list becomes an array, whose type the statement says.

    Arrays are written here: with thousands of elements the driver takes longer to write them than PostgreSQL to run.
    """
    arrays = {name: literal(value) if isinstance(value, list) else value for name, value in values.items()}
    with connection.cursor() as cursor:
        cursor.execute(statement, arrays)
        return cursor.fetchall()


def literal(values: Sequence[Any]) -> str:
    """An array as PostgreSQL reads it, of whole numbers, texts, instants, booleans or nothing; raises TypeError."""
    kinds = set(map(type, values))
    if kinds == {datetime}:
        return '{"' + '","'.join([value.isoformat() for value in values]) + '"}'
    if kinds == {str}:
        return '{"' + '","'.join([value.replace("\\", "\\\\").replace('"', '\\"') for value in values]) + '"}'
    return "{" + ",".join(map(str if kinds == {int} else element, values)) + "}"


def element(value: Any) -> str:
    """One element of an array."""
    kind = type(value)
    if kind is int or kind is bool:
        return str(value)
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + str.replace(value, "\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, datetime):
        return f'"{value.isoformat()}"'
    raise TypeError(f"{kind.__name__} is not written into arrays")
