"""Brings events to webhooks as Stripe does: signed, until accepted, and if asked doubled, late, out of order."""

import hashlib
import hmac
import http.client
import json
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from tests.peers.stripe.store import Object, Store

TRIES = 12
FIRST_PAUSE = 0.3
TIMEOUT = 10.0


@dataclass
class Manners:
    """How events travel: copies of each, a random delay of up to so many seconds, kept back until released, and how
    often an accepted delivery counts as lost, so that it comes again."""

    copies: int = 1
    delay: float = 0.0
    keep: bool = False
    lose: float = 0.0
    seed: int = 1


@dataclass(order=True)
class Parcel:
    """One copy of an event on its way to one address."""

    due: float
    event: Object = field(compare=False)
    url: str = field(compare=False)
    tries: int = field(default=0, compare=False)


class Courier:
    """A thread that carries events; started by the server, ended by close()."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.endpoints: list[tuple[str, tuple[str, ...]]] = []
        self.manners = Manners()
        self.log: list[dict[str, Any]] = []
        self._random = random.Random(1)
        self._parcels: list[Parcel] = []
        self._kept: list[Parcel] = []
        self._under_way = 0
        self._changed = threading.Condition()
        self._closing = False
        store.listeners.append(self.take)
        self._threads = [threading.Thread(target=self._carry, daemon=True) for _ in range(4)]

    def start(self) -> None:
        """Begin to carry."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Carry nothing more."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def behave(self, manners: Manners) -> None:
        """Carry in another manner from now on."""
        with self._changed:
            self.manners = manners
            self._random = random.Random(manners.seed)

    def take(self, event: Object) -> None:
        """Send an event to every endpoint."""
        with self._changed:
            for url, _ in self.endpoints:
                for _ in range(self.manners.copies):
                    due = time.monotonic() + self._random.random() * self.manners.delay
                    (self._kept if self.manners.keep else self._parcels).append(Parcel(due, event, url))
            self._changed.notify_all()

    def release(self, *, shuffled: bool = False) -> int:
        """Send what was kept back, in order or not; returns how many copies."""
        with self._changed:
            if shuffled:
                self._random.shuffle(self._kept)
            now = time.monotonic()
            for place, parcel in enumerate(self._kept):
                parcel.due = now + place * 1e-6
            released = len(self._kept)
            self._parcels += self._kept
            self._kept = []
            self._changed.notify_all()
            return released

    def idle(self) -> bool:
        """Whether nothing is on its way."""
        with self._changed:
            return not self._parcels and not self._under_way

    def _carry(self) -> None:
        while (parcel := self._next()) is not None:
            status = self._deliver(parcel)
            with self._changed:
                self._under_way -= 1
                accepted = 200 <= status < 300
                if accepted and self._random.random() < self.manners.lose:
                    accepted = False  # it was taken in, but its answer never reached us
                self.log.append({"event": parcel.event["id"], "type": parcel.event["type"], "status": status})
                parcel.tries += 1
                if not accepted and parcel.tries < TRIES:
                    parcel.due = time.monotonic() + FIRST_PAUSE * 2 ** min(parcel.tries - 1, 5)
                    self._parcels.append(parcel)
                self._changed.notify_all()

    def _next(self) -> Parcel | None:
        """The parcel that is due, when it is; nothing when the courier closes."""
        with self._changed:
            while not self._closing:
                soonest = min(self._parcels, default=None)
                wait = soonest.due - time.monotonic() if soonest else None
                if soonest and wait is not None and wait <= 0:
                    self._parcels.remove(soonest)
                    self._under_way += 1
                    return soonest
                self._changed.wait(wait)
        return None

    def _deliver(self, parcel: Parcel) -> int:
        body = json.dumps(parcel.event, indent=2).encode()
        secrets = next((secrets for url, secrets in self.endpoints if url == parcel.url), ())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(body, secrets=secrets, at=self._store.now()),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        request = urllib.request.Request(parcel.url, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as problem:
            problem.close()
            return problem.code
        except (OSError, http.client.HTTPException):
            return 0


def signature(body: bytes, *, secrets: tuple[str, ...], at: int) -> str:
    """The header Stripe-Signature; one v1 for each secret, so that secrets can be rolled."""
    signed = str(at).encode() + b"." + body
    stamps = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={stamp}" for stamp in stamps)])
