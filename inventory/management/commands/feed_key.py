"""`manage.py feed_key web`: a key by which others fetch a sales channel's feeds."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from commerce import clock
from commerce.channels.models import SalesChannel
from commerce.links import links
from inventory.pages_feeds import PURPOSE


class Command(BaseCommand):
    help = "Makes a key by which others fetch a sales channel's feeds (Google's local inventory, stock as CSV)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("channel", help="code of the sales channel")
        parser.add_argument("--days", type=int, default=400, help="for how long it works")
        parser.add_argument("--revoke", action="store_true", help="end all keys of this channel, and make none")

    def handle(self, *args: Any, channel: str, days: int, revoke: bool, **options: Any) -> None:
        if not SalesChannel.objects.filter(code=channel).exists():
            raise CommandError(f"there is no sales channel “{channel}”")
        if revoke:
            self.stdout.write(f"{links.revoke(PURPOSE, channel, at=clock.now())} keys ended")
            return
        key = links.create(PURPOSE, channel, lasts=timedelta(days=days), at=clock.now())
        for name in ("feed-local-inventory", "feed-stock"):
            self.stdout.write(f"address    {settings.PUBLIC_URL}{reverse(name, args=[channel])}")
        self.stdout.write(f"user name  {channel}\npassword   {key}\nShown only now; it works for {days} days.")
