"""What a scenario works with: one running service, its buyers, and what its books say afterwards."""

import random
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F

from commerce.catalog.models import Variant
from inventory.models import Stock
from orders.racelab import shop
from orders.racelab.clients import Answer, Client, at_once

CHANNELS = (shop.WEB, shop.TILL, shop.PHONE)


@dataclass(frozen=True)
class Errand:
    """What one buyer wants, and where: SKU and units, in the order in which they are put in the cart."""

    channel: str
    lines: tuple[tuple[str, int], ...]
    code: str = ""


@dataclass
class Tally:
    """What came of a round: how much could be allowed, how much was sold, how much of that was too much."""

    allowed: int = 0
    sold: int = 0
    oversold: int = 0


@dataclass
class Lab:
    """A service at an address, and every answer that it gave."""

    url: str
    keys: dict[str, str]
    pause: float = 0.0
    """How long what happens beside a race lets the buyers look first: where guards are gone, luck must not hide it."""
    answers: list[Answer] = field(default_factory=list)

    def client(self, channel: str) -> Client:
        """Somebody who calls through a channel."""
        return Client(self.url, key=self.keys.get(channel, ""))

    def post(self, client: Client, path: str, body: dict[str, Any], *, signed: bool = False) -> Answer:
        """One operation; its answer is kept."""
        answer = client.post(path, body, signed=signed)
        self.answers.append(answer)
        return answer

    def race(
        self, errands: Sequence[Errand], *, threads: int = 16, beside: Sequence[Callable[[], object]] = ()
    ) -> None:
        """Everybody fills a cart; then all check out at once, while what is `beside` happens."""
        works = [self.buyers(errands[first::threads]) for first in range(min(threads, len(errands)))]
        at_once([*works, *(after_the_start(work, pause=self.pause) for work in beside)])

    def buyers(self, errands: Sequence[Errand]) -> Callable[[threading.Barrier], None]:
        """One thread of buyers, who check out one after the other once the race has begun."""

        def run(barrier: threading.Barrier) -> None:
            clients = {channel: self.client(channel) for channel in CHANNELS}
            carts = [(clients[errand.channel], self.fill(clients[errand.channel], errand)) for errand in errands]
            barrier.wait()
            for client, cart in carts:
                self.check_out(client, cart)
            for client in clients.values():
                client.close()

        return run

    def fill(self, client: Client, errand: Errand) -> dict[str, Any]:
        """A cart with what a buyer wants."""
        lines = [{"sku": sku, "quantity": units} for sku, units in errand.lines]
        body: dict[str, Any] = {"lines": lines} | ({"code": errand.code} if errand.code else {})
        return self.post(client, "/api/v1/carts/", body).body

    def check_out(self, client: Client, cart: dict[str, Any]) -> Answer:
        """Buy a cart, to be collected in the store."""
        terms = {
            "expected_total": cart["total"],
            "pickup_location": shop.STORE,
            "email": f"{secrets.token_hex(6)}@example.com",
            "tender": "manual",
        }
        return self.post(client, f"/api/v1/carts/{cart['id']}/checkout/", terms)


def after_the_start(work: Callable[[], object], *, pause: float) -> Callable[[threading.Barrier], None]:
    """Something that begins when the race does."""

    def run(barrier: threading.Barrier) -> None:
        barrier.wait()
        time.sleep(pause)
        work()

    return run


def errands(
    variants: Sequence[Variant], count: int, *, shuffle: random.Random, code: str = "", units: int = 1
) -> list[Errand]:
    """So many buyers of these, over all channels, each with the lines in another order."""
    skus = [variant.sku for variant in variants]
    return [
        Errand(
            CHANNELS[number % len(CHANNELS)],
            tuple((sku, units) for sku in shuffle.sample(skus, len(skus))),
            code,
        )
        for number in shuffle.sample(range(count), count)
    ]


def tally(*variants: Variant) -> Tally:
    """What the store's books say of these: units there, units promised, and units promised that are not there."""
    free = F("on_hand") - F("damaged")
    found = Tally()
    shelves = Stock.objects.filter(variant__in=variants, location__code=shop.STORE)
    for there, promised in shelves.values_list(free, F("held") + F("allocated")):
        found.allowed += there
        found.sold += promised
        found.oversold += max(promised - there, 0)
    return found


def total(tallies: Sequence[Tally]) -> Tally:
    """Several rounds together."""
    return Tally(
        sum(one.allowed for one in tallies), sum(one.sold for one in tallies), sum(one.oversold for one in tallies)
    )
