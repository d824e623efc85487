"""Loads the demo retailer: a shop in which everything can be tried."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from commerce import clock
from inventory.demo import demo_password, load


class Command(BaseCommand):
    help = "Loads the demo retailer (places, catalog, prices, stock, people, staff); run again, it changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("the demo retailer's people and log-ins do not belong into production")
        password = demo_password()
        for name, told in load(password=password, at=clock.now()):
            self.stdout.write(f"{name:<12}{told}")
        self.stdout.write(f"log in as direccion, tienda-centro, almacen or agente-1 with the password {password}")
