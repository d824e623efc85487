"""A shop that is connected with the stand-in for Stripe, whose clock goes as the tests' clock."""

import ssl
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import httpx
import pytest

from commerce.carts import edits
from commerce.carts.models import Cart
from commerce.timeline.actors import VISITOR
from commerce.timeline.models import Task
from commerce.timeline.tasks import run_due
from orders import checkout
from orders.drafting import Terms
from orders.models import Order, Payment
from orders.stripe import asking
from tests.factories import MONDAY, location, numbers, sales_channel, stock, variant, warehouse
from tests.peers.stripe.server import StandIn

SECRET = "whsec_test"
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""The stand-in speaks HTTP only, so no call of a browser has to load this machine's certificates."""


@pytest.fixture
def peer(settings) -> Iterator[StandIn]:
    with StandIn() as stand_in:
        settings.STRIPE_API_KEY = stand_in.key
        settings.STRIPE_API_BASE = stand_in.url
        settings.STRIPE_WEBHOOK_SECRET = SECRET
        set_clock(stand_in, MONDAY)
        yield stand_in


def set_clock(peer: StandIn, at: datetime) -> None:
    """Let it be an instant at Stripe."""
    peer.control("clock", ahead=at.timestamp() - time.time() + 0.5)


class Shop:
    """What the tests do again and again."""

    def __init__(self, peer: StandIn) -> None:
        self.peer = peer
        self.store = location("centro")
        self.web = sales_channel("web", locations=(self.store, warehouse()))
        self.mug = variant(sku="TAZA", price=1250)
        self.stock = stock(self.mug, self.store, on_hand=5)

    def cart(self, *, quantity: int = 1, at: datetime = MONDAY) -> Cart:
        """A cart with mugs."""
        return edits.open_cart(sales_channel=self.web, lines=[(self.mug, quantity)], by=VISITOR, at=at)

    def draft(self, *, quantity: int = 2, at: datetime = MONDAY) -> Order:
        """A checkout that waits for its payment."""
        cart = self.cart(quantity=quantity, at=at)
        email = f"shopper-{next(numbers)}@example.com"
        terms = Terms(expected_total=1250 * quantity, pickup_at=self.store, email=email)
        return checkout.prepare(
            cart, terms=terms, lasts=asking.PAGE_LASTS + asking.MARGIN, by=VISITOR, channel="web", at=at
        )

    def asked(self, order: Order | None = None, *, at: datetime = MONDAY, **fields: object) -> Payment:
        """A payment whose page stands open."""
        payment = asking.ask(order or self.draft(at=at), by=VISITOR, channel="web", at=at, **fields)
        self.work(at)
        return Payment.objects.select_related("order", "stripe").get(pk=payment.pk)

    def press_pay(self, payment: Payment, card: str = "visa") -> httpx.Response:
        """What the shopper does at Stripe."""
        payment.stripe.refresh_from_db()
        page = httpx.get(
            payment.stripe.url, follow_redirects=True, verify=PLAIN
        ).url  # a link leads to a page of her own
        return httpx.post(page, data={"card": card}, verify=PLAIN)

    def work(self, at: datetime = MONDAY) -> int:
        """Let the worker do what is due; a failed task is an error here."""
        ran = run_due(at=at)
        assert list(Task.objects.exclude(last_error="").values_list("handler", "last_error")) == []
        return ran

    def look(self, payment: Payment, at: datetime = MONDAY) -> None:
        """The sweeper's time has come."""
        set_clock(self.peer, at)
        self.work(at)


@pytest.fixture
def shop(peer: StandIn, db: None) -> Shop:
    return Shop(peer)


@pytest.fixture
def clock(peer: StandIn) -> Callable[[timedelta], datetime]:
    """Let time pass, at Stripe as here."""

    def later(by: timedelta) -> datetime:
        set_clock(peer, MONDAY + by)
        return MONDAY + by

    return later
