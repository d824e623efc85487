"""Many rows at once: ids taken beforehand, rows copied in. For uploads and history; a single row uses the ORM."""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from django.db import connection, models


def next_ids(model: type[models.Model], count: int) -> list[int]:
    """Take ids from a model's sequence, so that rows that point at each other can be copied without asking again."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def copy_in(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Append rows to a model's table by COPY, in this transaction; constraints and triggers hold as ever.

    Rows are dicts by column name, all with the same keys in the same order.
    """
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    names = ", ".join(connection.ops.quote_name(column) for column in first)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in chain([first], rows):
            copy.write_row(tuple(row.values()))
