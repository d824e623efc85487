"""A stand-in for a carrier: it books parcels, and can refuse, be down, or book and not answer; the same key is one.

What becomes of its parcels it tells by webhook, signed as ours are: twice, late, out of order or not at all, if asked;
who asks for the news of a parcel gets all of them.
"""

import base64
import json
import random
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler

from commerce.inbox import signatures
from tests.peers.standing import Peer

LABEL = b"%PDF-1.4\n% a label\n%%EOF\n"
News = dict[str, object]


@dataclass
class Manners:
    """How news travel: so many copies of each, so many seconds late, kept back until released, or not at all."""

    copies: int = 1
    delay: float = 0.0
    keep: bool = False
    mute: bool = False


class Carrier(Peer):
    """A running stand-in. `faults` are used up one by one: "down", "refuse", "silent" (booked, not answered)."""

    def __init__(
        self, *faults: str, hook: str = "", secret: str = "", now: Callable[[], datetime] | None = None
    ) -> None:
        self.faults = list(faults)
        self.parcels: dict[str, str] = {}
        self.asked: list[str] = []
        self.bodies: list[dict[str, object]] = []
        self.news: dict[str, list[News]] = {}
        self.looked: list[str] = []
        self.manners = Manners()
        self.answers: list[int] = []
        self._hook, self._secret, self._now = hook, secret, now
        self._kept: list[News] = []
        self._late: list[threading.Timer] = []
        super().__init__()

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        """One request: to book a parcel, to look one up, or to hear what became of one."""
        if call.command == "POST":
            return self.book(call)
        return self.tell(call) if call.path.endswith("/news") else self.look_up(call)

    def book(self, call: BaseHTTPRequestHandler) -> None:
        """One parcel, once for each key."""
        body = json.loads(call.rfile.read(int(call.headers["Content-Length"])))
        key, fault = call.headers["Idempotency-Key"], self.faults.pop(0) if self.faults else ""
        self.asked.append(key)
        self.bodies.append(body)
        if fault == "refuse":
            return self.reply(call, 422, {"error": "address"})
        if fault != "down":
            assert body["reference"] == key
            self.parcels.setdefault(key, f"PK{len(self.parcels) + 1:06}")
        if fault in ("down", "silent"):
            return self.reply(call, 503, {})
        return self.reply(call, 201, self.told(key))

    def look_up(self, call: BaseHTTPRequestHandler) -> None:
        """A parcel by its key."""
        key = call.path.rpartition("/")[2]
        return self.reply(call, 200, self.told(key)) if key in self.parcels else self.reply(call, 404, {})

    def tell(self, call: BaseHTTPRequestHandler) -> None:
        """All that became of a parcel."""
        key, fault = call.path.split("/")[-2], self.faults.pop(0) if self.faults else ""
        self.looked.append(key)
        if fault == "down":
            return self.reply(call, 503, {})
        return self.reply(call, 200, {"news": self.news.get(key, [])})

    def told(self, key: str) -> dict[str, object]:
        """What is said of a parcel."""
        return {"tracking_number": self.parcels[key], "label": base64.b64encode(LABEL).decode()}

    def happens(self, key: str, status: str, *, at: datetime, expected_at: datetime | None = None) -> None:
        """Something becomes of a parcel; the world hears of it in the manner of the day."""
        number = self.parcels[key]
        told = self.news.setdefault(key, [])
        news: News = {
            "id": f"{number}-{len(told) + 1}",
            "tracking_number": number,
            "status": status,
            "occurred_at": at.isoformat(),
        }
        if expected_at:
            news["expected_at"] = expected_at.isoformat()
        told.append(news)
        if self.manners.mute or not self._hook:
            return
        for _ in range(self.manners.copies):
            if self.manners.keep:
                self._kept.append(news)
            elif self.manners.delay:
                self._late.append(threading.Timer(self.manners.delay, self.send, [news]))
                self._late[-1].start()
            else:
                self.send(news)

    def release(self, *, seed: int) -> None:
        """Send what was kept back, in any order."""
        random.Random(seed).shuffle(self._kept)
        while self._kept:
            self.send(self._kept.pop())

    def send(self, news: News) -> None:
        """One webhook."""
        assert self._now is not None
        body = json.dumps(news).encode()
        headers = {
            "Content-Type": "application/json",
            "Carrier-Signature": signatures.stamp(body, secret=self._secret, at=self._now()),
        }
        try:
            with urllib.request.urlopen(urllib.request.Request(self._hook, body, headers), timeout=10) as answer:
                self.answers.append(int(answer.status))
        except urllib.error.HTTPError as problem:
            problem.close()
            self.answers.append(problem.code)

    def wait(self) -> None:
        """Until what is late has arrived."""
        for timer in self._late:
            timer.join()
