"""`manage.py return_policy`: what holds, or publish a new version from a JSON file."""

import json
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from commerce import clock
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from orders.returns.models import PolicyVersion
from orders.returns.policy import in_force, in_words, publish, read


class Command(BaseCommand):
    help = "Tell the versions of the return policy, or publish one from a JSON file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="the fields of orders.returns.policy.Policy")
        parser.add_argument("--from", dest="starts_at", help="the instant from which it holds, ISO 8601")

    def handle(self, **options: Any) -> None:
        at = clock.now()
        if options["file"]:
            self.publish(options["file"], options["starts_at"], at=at)
        for row in PolicyVersion.objects.all():
            self.stdout.write(f"{row.version} from {row.starts_at.isoformat()}")
        policy = in_force(at)
        self.stdout.write("\n".join([f"{policy.version} holds now:", *in_words(policy, language="en")]))

    def publish(self, file: Path, starts_at: str | None, *, at: datetime) -> None:
        """Publish a version; raises CommandError with what is wrong."""
        begins = parse_datetime(starts_at or "")
        if begins is None or begins.tzinfo is None:
            raise CommandError("--from needs an instant such as 2027-01-01T00:00:00+01:00")
        try:
            terms = {"exempt": [], "outcomes": ["refund", "credit", "exchange"]} | json.loads(file.read_text())
            publish(read(terms), starts_at=begins, by=Actor("command", "return_policy"), at=at)
        except (OSError, ValueError, TypeError, KeyError, Problem) as problem:
            raise CommandError(f"{file}: {problem}") from problem
