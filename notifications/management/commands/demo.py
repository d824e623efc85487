"""`manage.py demo`: the whole service with a retailer in it, and a story played through its doors."""

import os
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from commerce.management.commands.serve import prepare
from commerce.service import ServiceError
from inventory.demo import demo_password
from notifications.demo import cast, story_1, story_2, story_3, story_phone, story_store
from notifications.demo.stage import Stage, StoryBroken
from notifications.demo.telling import tell_journey, where_to_click

Story = Callable[..., str]
STORIES: dict[str, tuple[Story, ...]] = {
    "1": (story_1.play, story_phone.play, story_store.play),
    "2": (story_2.play,),
    "3": (story_3.play,),
}


class Command(BaseCommand):
    help = "Start the service with the demo retailer, play a story through its HTTP doors, and stay up until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument("--story", default=os.environ.get("STORY") or "1", choices=sorted(STORIES))
        parser.add_argument("--exit", action="store_true", default=os.environ.get("DEMO_EXIT") == "1")

    def handle(self, *, port: int, story: str, exit: bool, **options: Any) -> None:
        if not settings.MOVABLE_CLOCK:
            # The story's clock is moved, not slept, and every process must see it from its start.
            os.environ["MOVABLE_CLOCK"] = str(settings.VAR_DIR / "clock")
            os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 (this very program, again)
        try:
            service = prepare(port=port, say=self.say, stands_in=True)
            call_command("load_demo", stdout=self.stdout)
            with service:
                service.wait_until_healthy()
                self.play(service.url, STORIES[story])
                if not exit:
                    self.stay()
        except (ServiceError, StoryBroken) as problem:
            raise CommandError(str(problem)) from problem

    def play(self, url: str, plays: tuple[Story, ...]) -> None:
        """Play the stories with somebody new each, and print what stands on their journeys."""
        password = demo_password()
        stage = Stage(
            url=url,
            password=password,
            meta_secret=settings.META_APP_SECRET,
            carrier_secret=settings.CARRIER_SECRET,
            say=self.step,
        )
        for play in plays:
            order = play(stage, **cast.person(next_number(settings.VAR_DIR / "demo-plays")))
            self.say("")
            tell_journey(stage, order, write=self.say)
            self.say("")
        where_to_click(url, password=password, write=self.say)

    def stay(self) -> None:
        """Until Ctrl-C, or until a supervisor ends it."""
        ended: list[int] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: ended.append(number))
        self.say("\nThe service stays up; Ctrl-C ends it.")
        while not ended:
            time.sleep(0.2)

    def step(self, channel: str, sentence: str) -> None:
        """One step of a story, by the channel it belongs to."""
        self.say(f"  {channel:<12} {sentence}")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def next_number(file: Path) -> int:
    """How many plays there were before, counting this one in."""
    number = int(file.read_text()) if file.exists() else 0
    file.write_text(str(number + 1))
    return number
