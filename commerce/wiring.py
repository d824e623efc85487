"""What follows from what, read top to bottom. Names only, so that nothing here imports anything; checked at start.

FOLLOWS: entry type → functions to run, at once or after a while. STOPS: entry type → pending tasks of the same journey
that end with it. INBOX: provider → verifier and handler of its webhooks. AUDITS: where the rules live that
`manage.py audit` asks.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Follow:
    """A function that must follow an entry: `handler(task, *, at)`.

    `after` counts from when the entry happened. `moves` keeps one pending task per journey and moves it: 60 minutes
    after the *last* edit of a cart, not after each.
    """

    handler: str
    after: timedelta = timedelta()
    moves: bool = False


FOLLOWS: dict[str, tuple[Follow, ...]] = {}

STOPS: dict[str, tuple[str, ...]] = {}

INBOX: dict[str, tuple[str, str]] = {
    "meta": ("notifications.meta.verify", "notifications.meta.handle"),
}

AUDITS: tuple[str, ...] = (
    "commerce.timeline.audit.RULES",
    "commerce.promotions.audit.RULES",
    "inventory.audit.RULES",
)
