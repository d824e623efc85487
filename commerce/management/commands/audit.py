"""`manage.py audit`: does what must always hold, hold?"""

import json
from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils.module_loading import import_string

from commerce.timeline.audit import Rule
from commerce.wiring import AUDITS

SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """One rule, and what it found: how many rows were looked at, how many break it, and the first of those."""

    rule: str
    rows: int
    violations: int
    first: list[tuple[str, str]]


class Command(BaseCommand):
    help = "Ask every rule of the house whether it holds, of one instant of the database; fails where one does not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print a list for programs")

    def handle(self, **options: Any) -> None:
        findings = audit()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False))
        else:
            for finding in findings:
                self.stdout.write(line_of(finding))
        broken = sum(finding.violations > 0 for finding in findings)
        if broken:
            raise CommandError(f"{broken} of {len(findings)} rules do not hold")
        if not options["json"]:
            self.stdout.write(f"all {len(findings)} rules hold")


def audit() -> list[Finding]:
    """Ask every rule, all of one snapshot: what is written meanwhile is not taken for a violation."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:  # inside a test's transaction its own rows are seen as they are
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        return [ask(cursor, rule) for name in AUDITS for rule in import_string(name)]


def ask(cursor: Any, rule: Rule) -> Finding:
    """One rule's count of rows, and what breaks it."""
    cursor.execute(rule.rows)
    (rows,) = cursor.fetchone()
    cursor.execute(f"SELECT *, count(*) OVER () FROM ({rule.violations}) AS broken LIMIT {SHOWN}")  # noqa: S608
    broken = cursor.fetchall()
    return Finding(rule.name, rows, broken[0][-1] if broken else 0, [(str(row[0]), str(row[1])) for row in broken])


def line_of(finding: Finding) -> str:
    """A finding for people."""
    if not finding.violations:
        return f"ok      {finding.rule} ({finding.rows} rows)"
    first = "\n".join(f"          {row}: {what}" for row, what in finding.first)
    return f"BROKEN  {finding.rule} ({finding.violations} of {finding.rows} rows)\n{first}"
