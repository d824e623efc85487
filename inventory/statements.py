"""Running the statements of this package: SQL where one statement must do what the ORM needs several for."""

from typing import Any

from django.db import connection


def run(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """Execute one statement and return the rows it gives back."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
