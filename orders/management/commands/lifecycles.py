"""`manage.py lifecycles`: the diagrams and tables of the README, drawn from the code's own tables."""

import re
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from inventory.floor.lifecycle import TRANSFER
from orders.lifecycle import LIFECYCLES, mermaid
from orders.outside import TABLES, markdown
from orders.returns.lifecycle import RETURN

SECTION = re.compile(r"(?<=^## Lifecycles\n).*?(?=^## )", re.MULTILINE | re.DOTALL)
"""What of the README this command writes."""

INTRODUCTION = """
Written as tables in `orders/lifecycle.py` and `orders/stripe/outcomes.py`, drawn by `manage.py lifecycles --write`.
Each step is one guarded UPDATE; every pair of statuses, and of a status and news from outside, has a result and a test.
"""


class Command(BaseCommand):
    help = "Draw the lifecycles, and what news from outside does in each state, as Mermaid diagrams and tables."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="into the README's own section")
        parser.add_argument("--check", action="store_true", help="fail where the README says something else")

    def handle(self, *, write: bool, check: bool, **options: Any) -> None:
        drawn = draw()
        if not write and not check:
            self.stdout.write(drawn)
            return
        readme = settings.BASE_DIR / "README.md"
        text = readme.read_text()
        wanted = SECTION.sub(lambda _: f"{INTRODUCTION}\n{drawn}\n", text)
        if check and wanted != text:
            raise CommandError("the README is not what manage.py lifecycles --write would write")
        if write:
            readme.write_text(wanted)


def draw() -> str:
    """Every diagram, then every table."""
    parts = [
        f"### {name.capitalize()}\n\n```mermaid\n{mermaid(steps)}\n```"
        for name, steps in (LIFECYCLES | {"return": RETURN, "transfer": TRANSFER}).items()
    ]
    parts.append("### What the outside world says")
    parts += [f"**{table.title[0].upper()}{table.title[1:]}**\n\n{markdown(table)}" for table in TABLES]
    return "\n\n".join(parts) + "\n"
