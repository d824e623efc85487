"""The erase list: who was erased. After a backup was restored, those who were erased since are erased again."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from commerce import clock
from commerce.customers.models import Person
from notifications.privacy.erasing import erase


class Command(BaseCommand):
    help = "Prints the erase list (`list`), or erases again whom a restored backup brought back (`apply FILE …`)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["list", "apply"])
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *args: Any, what: str, files: list[Path], **options: Any) -> None:
        if what == "list":
            for person in Person.objects.filter(erased_at__isnull=False).order_by("erased_at", "pk"):
                self.stdout.write(json.dumps({"erased_at": str(person.erased_at), "people": [person.public_id]}))
            return
        if not files:
            raise CommandError("say which files hold the erase list")
        try:
            lines = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines() if line]
            listed = {public_id for line in lines for public_id in line["people"]}
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise CommandError(f"not an erase list: {type(problem).__name__}") from problem
        back = Person.objects.filter(public_id__in=listed, erased_at=None).order_by("pk")
        for person in back:
            erase(person, at=clock.now())
        self.stdout.write(f"{len(listed)} on the list, {len(back)} were back and are erased again")
