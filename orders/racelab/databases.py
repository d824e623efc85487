"""Throw-away databases on the PostgreSQL that is configured: migrated, copied, dropped at the end."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

PREFIX = "racelab_"


@contextmanager
def two_databases(build: Callable[[], None]) -> Iterator[tuple[str, str]]:
    """Two databases that are alike, with what `build` puts into them; gives their names."""
    original = connections["default"].settings_dict["NAME"]
    names = (f"{PREFIX}{os.getpid()}_a", f"{PREFIX}{os.getpid()}_b")
    try:
        create(names[0])
        use(names[0])
        call_command("migrate", interactive=False, verbosity=0)
        build()
        use(original)
        create(names[1], template=names[0])
        yield names
    finally:
        use(original)
        for name in names:
            on_the_server(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def create(name: str, *, template: str = "template1") -> None:
    """Make a database, as a copy of another that nobody uses just now."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    on_the_server(statement)


def use(name: str) -> None:
    """Let this process work on another database of the same server."""
    connections.close_all()
    connections.settings["default"]["NAME"] = name
    connections["default"].settings_dict["NAME"] = name


def on_the_server(statement: sql.Composed, *values: object) -> list[tuple[object, ...]]:
    """Run a statement outside of any transaction and of the databases it is about."""
    keep = ("host", "port", "user", "password")
    params = {k: v for k, v in connections["default"].get_connection_params().items() if k in keep}
    with psycopg.connect(dbname="postgres", autocommit=True, **params) as connection:
        cursor = connection.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def url_of(name: str) -> str:
    """A database as a DATABASE_URL."""
    params = connections["default"].settings_dict
    user, password = quote(params["USER"], safe=""), quote(params["PASSWORD"] or "", safe="")
    who = f"{user}:{password}" if password else user
    return f"postgres://{who}@{quote(params['HOST'] or 'localhost', safe='')}:{params['PORT'] or 5432}/{name}"


def deadlocks(name: str) -> int:
    """How many deadlocks a database has seen. What idle sessions have not told yet, they tell as they end."""
    connections.close_all()
    on_the_server(
        sql.SQL("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {}").format(name)
    )
    rows = on_the_server(sql.SQL("SELECT deadlocks FROM pg_stat_database WHERE datname = {}").format(name))
    return int(str(rows[0][0]))
