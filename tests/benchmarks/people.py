"""What it costs to find a person by any way to reach her, among a million: `make bench ARGS="--people 1000000"`.

The people are made by one statement each for all of a table, and rolled back afterwards.
"""

import os
from typing import Any

from django.db import connection, transaction

from commerce.customers.models import ContactPoint
from commerce.customers.people import find_all_by_contact
from notifications.dossier import search
from tests.benchmarks import machine

LOOK_UPS = 300
VALUES = {
    "email": "'p' || n || '@example.com'",
    "phone": "'+346' || lpad(n::text, 8, '0')",
    "whatsapp": "'+346' || lpad(n::text, 8, '0')",
    "instagram": "'insta.' || n",
    "messenger": "'m' || n",
    "x": "'x' || n",
    "loyalty": "'CARD' || lpad(n::text, 8, '0')",
    "shopify": "(7000000000 + n)::text",
    "stripe": "'cus_' || lpad(n::text, 10, '0')",
    "device": "'device-' || n",
}
EVERYBODY = ("email", "phone")
"""Kinds that everybody has; of each other kind every tenth person has one."""

PEOPLE = """
INSERT INTO customers_person (id, public_id, given_name, family_name, language, country, timezone, "group",
                              preferred_contact_channel, created_at)
SELECT 100000000 + n, lpad(n::text, 22, 'B'), 'Nombre' || n %% 900, 'Apellido' || n %% 7000,
       'es', 'ES', 'Europe/Madrid', '', '', now() FROM generate_series(1, %s) AS n
"""
POINTS = """
INSERT INTO customers_contactpoint (person_id, kind, value, verified_at, verified_how, created_at, weighed_at)
SELECT 100000000 + n, %s, {value}, now(), 'bench', now(), now() FROM generate_series(1, %s, %s) AS n
"""


def measure(people: int, postmaster: int) -> list[dict[str, Any]]:
    """CPU of one look-up by each kind of address, and by whatever an agent types at the desk."""
    with transaction.atomic():
        build(people)
        rows = [
            row(f"person by {kind}, {people:,} people", lambda value, kind=kind: find_all_by_contact(kind, value),
                spread(kind, people), postmaster)
            for kind in ContactPoint.Kind.values if kind in VALUES
        ]  # fmt: skip
        rows.append(row(f"desk: email typed, {people:,} people", search, spread("email", people), postmaster))
        transaction.set_rollback(True)
    return rows


def build(people: int) -> None:
    """So many people with their addresses."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(PEOPLE, [people])
        for kind, value in VALUES.items():
            cursor.execute(POINTS.format(value=value), [kind, people, 1 if kind in EVERYBODY else 10])
        cursor.execute("ANALYZE customers_person; ANALYZE customers_contactpoint")


def spread(kind: str, people: int) -> list[str]:
    """Addresses of people all over the table, as they stand in it."""
    step = 1 if kind in EVERYBODY else 10
    numbers = [1 + step * (n * 7919 % (people // step)) for n in range(LOOK_UPS)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {VALUES[kind]} FROM unnest(%s::bigint[]) AS n", [numbers])
        return [value for (value,) in cursor.fetchall()]


def row(what: str, find: Any, values: list[str], postmaster: int) -> dict[str, Any]:
    """What was measured; each address must find somebody."""
    for value in values[:5]:
        find(value)
    before = machine.used(os.getpid(), postmaster)
    found = sum(bool(find(value)) for value in values)
    spent = machine.used(os.getpid(), postmaster).since(before)
    if found != len(values):
        raise RuntimeError(f"{what}: only {found} of {len(values)} were found")
    web, database = 1000 * spent.web / len(values), 1000 * spent.database / len(values)
    return {
        "what": what,
        "operations": len(values),
        "per_second": 1000 / (web + database) if web + database else 0,
        "cpu_web": web,
        "cpu_database": database,
        "cpu": web + database,
        "median": None,
        "p99": None,
    }
