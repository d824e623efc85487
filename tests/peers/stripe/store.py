"""Everything the stand-in knows: its objects by id, its clock, and the events that tell of changes."""

import copy
import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.peers.stripe.errors import missing
from tests.peers.stripe.forms import whole

SHAPES = json.loads((Path(__file__).parent / "shapes.json").read_text())
"""One object of each kind as Stripe's own OpenAPI fixtures show it, without the parts that nobody reads here."""

API_VERSION = "2026-10-28.endive"

Object = dict[str, Any]


class Store:
    """Objects in the order of their making. Not locked: the server lets one request in at a time."""

    def __init__(self, *, livemode: bool = False, clock_file: Path | None = None) -> None:
        self.livemode = livemode
        self.ahead = 0.0
        self.account = "acct_standin"
        self._clock_file = clock_file
        self._objects: dict[str, Object] = {}
        self.listeners: list[Callable[[Object], None]] = []

    def now(self) -> int:
        """Stripe's clock: the real one, moved as the shop's clock is moved in demos and tests."""
        return int(time.time() + self.ahead + self._moved())

    def _moved(self) -> float:
        if self._clock_file is None or not self._clock_file.exists():
            return 0.0
        return float(self._clock_file.read_text() or 0)

    def new(self, prefix: str, kind: str, **fields: Any) -> Object:
        """A new object of a kind, after its shape."""
        shape = copy.deepcopy(SHAPES[kind])
        made = shape | {"id": f"{prefix}_{secrets.token_hex(12)}", "object": kind, "created": self.now()} | fields
        if "livemode" in shape:
            made["livemode"] = self.livemode
        self._objects[made["id"]] = made
        return made

    def get(self, kind: str, identifier: str) -> Object:
        """The object itself, to be read or changed; raises Refusal."""
        found = self._objects.get(identifier)
        if found is None or found["object"] != kind:
            raise missing(kind, identifier)
        return found

    def all(self, kind: str) -> list[Object]:
        """Every object of a kind, oldest first."""
        return [found for found in self._objects.values() if found["object"] == kind]

    def page(self, kind: str, fields: dict[str, Any], *, by: tuple[str, ...] = (), path: str) -> Object:
        """One page of a list, newest first, as Stripe pages: `limit`, `starting_after`, `created`."""
        rows = [row for row in reversed(self.all(kind)) if within(row["created"], fields.get("created"))]
        for name in by:
            if name in fields:
                rows = [row for row in rows if row.get(name) == fields[name]]
        if after := fields.get("starting_after"):
            ids = [row["id"] for row in rows]
            if after not in ids:
                raise missing(kind, after)
            rows = rows[ids.index(after) + 1 :]
        limit = min(whole(fields, "limit", default=10), 100)
        return {"object": "list", "url": path, "has_more": len(rows) > limit, "data": rows[:limit]}

    def tell(self, type_: str, about: Object) -> Object:
        """An event with the object as it is now; whoever listens gets to know of it."""
        event = self.new(
            "evt",
            "event",
            type=type_,
            api_version=API_VERSION,
            pending_webhooks=1,
            data={"object": copy.deepcopy(about)},
            request={"id": None, "idempotency_key": None},
        )
        for listener in self.listeners:
            listener(event)
        return event


def within(created: int, wanted: Any) -> bool:
    """Whether a time fits a filter such as `created[gte]=…`."""
    if wanted is None:
        return True
    if not isinstance(wanted, dict):
        return created == int(wanted)
    tests = {"gte": created.__ge__, "gt": created.__gt__, "lte": created.__le__, "lt": created.__lt__}
    return all(tests[name](int(value)) for name, value in wanted.items())
