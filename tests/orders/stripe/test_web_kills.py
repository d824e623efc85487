"""Web processes and workers die while orders are taken over HTTP: no order without charge, no charge without order.

MONEY_KILLS=50 plays the whole of it; without that a short seed. The web dies as a request comes, around its commits
and before its answer: of checkouts, of Stripe's webhooks, of browsers that come back. Workers die at Stripe's answers.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from django.db import connection

from inventory.models import Stock
from orders.models import Order, Payment, Refund
from orders.racelab.servers import answers, free_port
from tests.orders.stripe.conftest import SECRET, Shop
from tests.orders.stripe.test_kills import KILLS, Workers
from tests.peers.stripe.server import StandIn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill, pytest.mark.slow]

OF_WEB = KILLS - KILLS // 2
SHOPPERS = max(6, KILLS // 2)
SEED = "20261122"


class Web:
    """The address of a web process that dies and comes back."""

    def __init__(self, peer: StandIn, file: Path) -> None:
        self.url, self.file = f"http://127.0.0.1:{(port := free_port())}", file
        connected = {
            "DJANGO_SETTINGS_MODULE": "commerce.settings",
            "STRIPE_API_KEY": peer.key,
            "STRIPE_API_BASE": peer.url,
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "TRUSTED_PROXIES": "1",
        }
        program = [sys.executable, "-m", "tests.orders.stripe.mortal_web", connection.settings_dict["NAME"]]
        self.process = subprocess.Popen(
            [*program, str(port), str(file), str(OF_WEB), SEED], env=os.environ | connected, start_new_session=True
        )

    def deaths(self) -> list[str]:
        """Where it died so far."""
        return self.file.read_text().splitlines() if self.file.exists() else []

    def close(self) -> None:
        """End the parent and whichever child serves."""
        os.killpg(self.process.pid, 9)
        self.process.wait()


@pytest.fixture
def web(peer: StandIn, tmp_path: Path) -> Iterator[Web]:
    made = Web(peer, tmp_path / "deaths")
    peer.control("endpoints", url=f"{made.url}/hooks/stripe/", secrets=[SECRET])
    yield made
    made.close()


@pytest.fixture
def workers(peer: StandIn, tmp_path: Path) -> Iterator[Workers]:
    peer.control("clock", ahead=0)
    made = Workers(peer, tmp_path / "worker", deaths=KILLS // 2, at=None)
    yield made
    made.close()


class Shopper:
    """Somebody with a browser, who tries again under the same key when no answer comes."""

    def __init__(self, web: Web, number: int) -> None:
        self.number, self.email = number, f"shopper-{number}@example.com"
        self.http = httpx.Client(base_url=web.url, headers={"X-Forwarded-For": f"10.0.0.{number}"}, timeout=30)

    def post(self, path: str, body: object = None) -> dict:
        """A request of the API, answered at last."""
        key = f"shopper-{self.number}-{path.strip('/').replace('/', '-')}"[-60:]
        return self.until_answered(lambda: self.http.post(path, json=body or {}, headers={"Idempotency-Key": key}))

    def comes_back(self, payment: str) -> None:
        """From Stripe's page."""
        self.until_answered(lambda: self.http.get(f"/pay/{payment}/back/"))

    def until_answered(self, ask: Callable[[], httpx.Response]) -> dict:
        """Ask again while the web dies; a refusal is a failure of the test."""
        for _ in range(60):
            try:
                response = ask()
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            assert response.status_code < 400, response.text
            return response.json() if "json" in response.headers["Content-Type"] else {}
        raise AssertionError("no answer in sixty tries")

    def buys(self) -> str:
        """A mug, to be paid at Stripe's; the payment's id."""
        cart = self.post("/api/v1/carts/", {"lines": [{"sku": "TAZA", "quantity": 1}]})["id"]
        wanted = {"expected_total": 1250, "pickup_location": "centro", "tender": "stripe"}
        order = self.post(f"/api/v1/carts/{cart}/checkout/", wanted | {"email": self.email})
        self.order = order["id"]
        return order["payments"][0]["id"]


def test_deaths_of_web_and_worker_lose_and_double_no_money(peer, workers, web):
    Shop(peer)
    Stock.objects.update(on_hand=SHOPPERS)
    workers.until(lambda: answers(web.url))
    shoppers = [Shopper(web, number) for number in range(1, SHOPPERS + 1)]
    payments = [shopper.buys() for shopper in shoppers]

    workers.until(lambda: not Payment.objects.filter(stripe__page="").exists())
    for shopper, payment in zip(shoppers, payments, strict=True):
        page = Payment.objects.select_related("stripe").get(public_id=payment).stripe.url
        assert httpx.post(page, data={"card": "visa"}).status_code == 303
        shopper.comes_back(payment)
    workers.until(lambda: Order.objects.filter(status="placed").count() == SHOPPERS)
    for shopper in shoppers[: SHOPPERS // 2]:
        shopper.post(f"/api/v1/orders/{shopper.order}/cancel/", {"email": shopper.email})
    while workers.left or len(web.deaths()) < OF_WEB:  # what is left happens while somebody looks once more
        shoppers[-1].comes_back(payments[-1])
        peer.control("tell/" + peer.store.all("payment_intent")[-1]["id"], kind="payment_intent", type="again")
        workers.until(peer.courier.idle)
    workers.until(lambda: not Refund.objects.filter(status="pending").exists() and peer.courier.idle())

    paid = [intent for intent in peer.store.all("payment_intent") if intent["amount_received"]]
    assert len(paid) == len(peer.store.all("checkout.session")) == SHOPPERS
    assert Order.objects.filter(status="placed", payment_status="captured").count() == SHOPPERS - SHOPPERS // 2
    assert Order.objects.filter(status="canceled", payment_status="refunded").count() == SHOPPERS // 2
    assert Order.objects.exclude(status="draft").count() == SHOPPERS
    captured = Payment.objects.filter(status="captured").values_list("reference", flat=True)
    assert sorted(captured) == sorted(intent["id"] for intent in paid)
    assert sorted(Refund.objects.values_list("reference", "amount")) == sorted(
        (refund["id"], refund["amount"]) for refund in peer.store.all("refund")
    )
    assert (len(workers.deaths), len(web.deaths())) == (KILLS // 2, OF_WEB)
    told = Counter(death.rsplit(" ", 1)[0] for death in web.deaths())
    print(f"\n{OF_WEB} deaths of the web: {dict(told)}; {len(workers.deaths)} of workers: {Counter(workers.deaths)}")
