"""`manage.py lifecycles`: the diagrams of the README, drawn from the tables."""

from typing import Any

from django.core.management.base import BaseCommand

from orders.lifecycle import LIFECYCLES, mermaid
from orders.returns.lifecycle import RETURN


class Command(BaseCommand):
    help = "Draw the lifecycles of orders, payments, fulfillments and returns as Mermaid diagrams."

    def handle(self, **options: Any) -> None:
        for name, steps in (LIFECYCLES | {"return": RETURN}).items():
            self.stdout.write(f"### {name.capitalize()}\n\n```mermaid\n{mermaid(steps)}\n```\n")
