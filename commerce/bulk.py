"""Rows in as few steps as can be: copied in for uploads and history, or written at once where every purchase passes."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


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
    statement = f"COPY {table} ({names}) FROM STDIN"
    # Django wraps what execute() raises, but not what happens within a COPY.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in chain([first], rows):
            copy.write_row(tuple(row.values()))


def columns_of(model: type[models.Model], alias: str) -> str:
    """A model's columns as a statement selects them, in the order that read() takes them."""
    return ", ".join(f"{alias}.{field.column}" for field in model._meta.concrete_fields)


def read(model: type[Row], statement: str, params: Any, *, only: tuple[str, ...] | None = None) -> list[Row]:
    """Rows of a model by a statement that selects its `columns_of`, or those of the fields named, in their order.

    What raw() does, on the paths where finding out which column is which takes longer than running the statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows = cursor.fetchall()
    return [made(model, row, only=only) for row in rows]


def made(model: type[Row], values: Sequence[Any], *, only: tuple[str, ...] | None = None) -> Row:
    """A row of a model from the values of its columns, or of the fields named."""
    names, translated = names_of(model, only)
    if translated:
        values = list(values)
        for place, translate in translated:
            values[place] = translate(values[place], None, connection)
    return model.from_db(connection.alias, names, values)


@cache
def names_of(model: type[models.Model], only: tuple[str, ...] | None = None) -> tuple[list[str], list[tuple[int, Any]]]:
    """The attributes that hold a model's columns, and which of them PostgreSQL gives in another form (JSON as text)."""
    fields = [field for field in model._meta.concrete_fields if only is None or field.attname in only]
    translated = [(i, change) for i, field in enumerate(fields) for change in field.get_db_converters(connection)]
    return [field.attname for field in fields], translated


def insert(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model in one statement, and give them their ids, in the same order.

    What bulk_create() does, on the paths where composing the statement would take longer than running it.
    """
    if not rows:
        return
    statement, fields = insert_of(type(rows[0]), len(rows))
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        note_stored(rows, [pk for (pk,) in cursor.fetchall()])


def note_stored(rows: Sequence[models.Model], ids: Sequence[int]) -> None:
    """Give new rows the ids under which they stand in the database now."""
    for row, pk in zip(rows, ids, strict=True):
        row.pk = pk
        row._state.adding, row._state.db = False, connection.alias


@cache
def insert_of(model: type[models.Model], count: int) -> tuple[str, list[Any]]:
    """The statement that inserts so many rows of a model, and the fields whose values it takes."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    places = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * count)
    table = connection.ops.quote_name(model._meta.db_table)
    return f"INSERT INTO {table} ({names}) VALUES {places} RETURNING id", fields  # noqa: S608 (our own names)


def insert_with(row: models.Model, parts: Sequence[models.Model], *, of: str) -> None:
    """Insert a new row and those that belong to it by their field `of` in one statement, and give all their ids."""
    if not parts:
        return insert([row])
    statement, fields, of_parts = insert_with_of(type(row), type(parts[0]), of, len(parts))
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    values += [field.get_db_prep_save(getattr(part, field.attname), connection) for part in parts for field in of_parts]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        note_stored([row, *parts], cursor.fetchone())
    for part in parts:
        setattr(part, of, row)
    return None


@cache
def insert_with_of(
    model: type[models.Model], parts: type[models.Model], of: str, count: int
) -> tuple[str, list[Any], list[Any]]:
    """The statement that inserts a row with so many that belong to it, and the fields whose values it takes of each."""
    quoted = connection.ops.quote_name
    fields, of_parts = (
        [field for field in kind._meta.concrete_fields if not field.primary_key and (kind is model or field.name != of)]
        for kind in (model, parts)
    )
    columns = [", ".join(quoted(str(field.column)) for field in own) for own in (fields, of_parts)]
    (key,) = (quoted(str(field.column)) for field in parts._meta.concrete_fields if field.name == of)
    steps = [
        f"whole AS (INSERT INTO {quoted(model._meta.db_table)} ({columns[0]})"  # noqa: S608 (our own names)
        f" VALUES ({', '.join(['%s'] * len(fields))}) RETURNING id)"
    ] + [
        f"part_{n} AS (INSERT INTO {quoted(parts._meta.db_table)} ({key}, {columns[1]})"  # noqa: S608
        f" SELECT id, {', '.join(['%s'] * len(of_parts))} FROM whole RETURNING id)"
        for n in range(count)
    ]
    ids = ", ".join(f"(SELECT id FROM {name})" for name in ("whole", *(f"part_{n}" for n in range(count))))  # noqa: S608
    return f"WITH {', '.join(steps)} SELECT {ids}", fields, of_parts
