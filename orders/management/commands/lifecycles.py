"""`manage.py lifecycles`: the diagrams of the README, drawn from the tables."""

from typing import Any

from django.core.management.base import BaseCommand

from orders.lifecycle import LIFECYCLES, mermaid


class Command(BaseCommand):
    help = "Draw the lifecycles of order, payment, pickup and shipment as Mermaid diagrams."

    def handle(self, **options: Any) -> None:
        for name, steps in LIFECYCLES.items():
            self.stdout.write(f"### {name.capitalize()}\n\n```mermaid\n{mermaid(steps)}\n```\n")
