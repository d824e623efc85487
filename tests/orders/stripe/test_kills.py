"""Workers die between Stripe's answer and our commit: no order without charge, no charge without order or refund.

MONEY_KILLS=50 plays the whole of it; without that a short seed.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from inventory.models import Stock
from orders import cancel
from orders.models import Order, Payment, Refund
from orders.stripe import asking
from orders.stripe.looking import look_soon
from tests.factories import MONDAY
from tests.orders.stripe.conftest import Shop, set_clock
from tests.peers.stripe.server import StandIn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill, pytest.mark.slow]

KILLS = int(os.environ.get("MONEY_KILLS", "5"))


class Workers:
    """One worker after the other: each dies at an answer of Stripe's, while there are deaths left.

    Their clock stands still at an instant, or goes as ours does.
    """

    def __init__(self, peer: StandIn, file: Path, *, deaths: int = KILLS, at: datetime | None = MONDAY) -> None:
        self.peer = peer
        self.file = file
        self.at = at
        self.left = deaths
        self.deaths: list[str] = []
        self.died_at: Counter[str] = Counter()
        self.taken_over = 0
        self.chance = random.Random(20261122)
        self.parent = self.start()
        peer.before_answer = self.perhaps_die

    def start(self) -> subprocess.Popen[bytes]:
        """The process that forks one worker after the other."""
        connected = {
            "DJANGO_SETTINGS_MODULE": "commerce.settings",
            "STRIPE_API_KEY": self.peer.key,
            "STRIPE_API_BASE": self.peer.url,
        }
        program = [sys.executable, "-m", "tests.orders.stripe.mortal_worker", connection.settings_dict["NAME"]]
        instant = [self.at.isoformat()] if self.at else []
        return subprocess.Popen(
            [*program, str(self.file), *instant], env=os.environ | connected, start_new_session=True
        )

    def perhaps_die(self, method: str, path: str) -> None:
        """The work is done at Stripe; the worker may never hear of it."""
        route = f"{method} {path.split('/')[2]}"
        if self.dies(method, route, path):
            self.left -= 1
            self.died_at[path] += 1
            worker = self.file.read_text()
            os.kill(int(worker), signal.SIGKILL)
            while self.file.read_text() == worker:
                time.sleep(0.01)
            self.deaths.append(route)

    def dies(self, method: str, route: str, path: str) -> bool:
        """Whether here. A task that took eight workers down is given up, and one look asks three things at most."""
        may = self.left > 0 and not (method == "GET" and self.died_at[path] == 2)
        return may and (route not in self.deaths or self.chance.random() < 0.4)

    def until(self, condition, *, seconds: float = 120 + 10 * KILLS) -> None:
        """Wait for something, with a living worker at every moment."""
        deadline = time.monotonic() + seconds
        while not condition():
            if self.at:
                set_clock(self.peer, self.at)
            assert time.monotonic() < deadline, list(Task.objects.filter(status="pending").values())
            if self.taken_over < (died := len(self.deaths)):
                # What the dead one had is taken over when its lease ends; the test does not wait two minutes for that.
                Task.objects.filter(lease__isnull=False).update(leased_until="2020-01-01T00:00:00Z")
                self.taken_over = died
            Task.objects.filter(retry_at__isnull=False).update(retry_at=None)
            time.sleep(0.1)

    def close(self) -> None:
        """End the parent and whichever child works."""
        self.peer.before_answer = lambda method, path: None
        os.killpg(self.parent.pid, signal.SIGKILL)
        self.parent.wait()


@pytest.fixture
def workers(peer: StandIn, tmp_path: Path) -> Iterator[Workers]:
    made = Workers(peer, tmp_path / "worker")
    yield made
    made.close()


def test_deaths_between_stripes_answer_and_our_commit_lose_and_double_nothing(peer, workers):
    shop = Shop(peer)
    count = max(4, KILLS // 2)
    Stock.objects.update(on_hand=count)
    payments = [asking.ask(shop.draft(quantity=1), by=SYSTEM, channel="web", at=MONDAY) for _ in range(count)]

    workers.until(lambda: not Payment.objects.filter(stripe__page="").exists())
    for payment in Payment.objects.select_related("stripe"):
        assert shop.press_pay(payment).status_code == 303
        look_soon(payment, at=MONDAY)
    workers.until(lambda: not Order.objects.exclude(status="placed").exists())
    for payment in payments[: count // 2]:
        cancel.cancel(Order.objects.get(pk=payment.order_id), by=SYSTEM, channel="web", at=MONDAY)
    workers.until(lambda: not Refund.objects.filter(status="pending").exists())
    while workers.left:  # deaths that are left happen while somebody looks once more
        look_soon(Payment.objects.select_related("stripe", "order__journey").latest("pk"), at=MONDAY)
        workers.until(lambda: not Task.objects.filter(status="pending", due_at__lte=MONDAY).exists())

    assert len(workers.deaths) == KILLS
    assert len(peer.store.all("checkout.session")) == len(peer.store.all("payment_intent")) == count
    assert Order.objects.filter(status="placed", payment_status="captured").count() == count - count // 2
    assert Order.objects.filter(status="canceled", payment_status="refunded").count() == count // 2
    assert sorted(Payment.objects.values_list("reference", flat=True)) == sorted(
        intent["id"] for intent in peer.store.all("payment_intent") if intent["amount_received"] == 1250
    )
    assert sorted(Refund.objects.values_list("reference", "amount")) == sorted(
        (refund["id"], refund["amount"]) for refund in peer.store.all("refund")
    )
    print(f"\n{len(workers.deaths)} deaths: {dict(Counter(workers.deaths))}")
