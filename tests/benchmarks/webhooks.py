"""Stripe's webhook, acknowledged: fifty events a second, each signed, one in five a copy of an earlier one."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable

from tests.benchmarks.clients import Client, Unexpected

SECRET = "whsec_bench"
COPIES = 5


def acknowledged() -> Callable[[Client, int], None]:
    """The operation: one event. Events of one run and of its warm-up have names of their own."""
    run = str(time.time_ns())

    def send(client: Client, number: int) -> None:
        body = event(f"evt_{run}_{number // COPIES}")
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature(body)}
        client.connection.request("POST", "/hooks/stripe/", body, headers)
        answer = client.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Unexpected(f"the webhook answered {answer.status} {text[:200]!r}")

    return send


def event(identifier: str) -> bytes:
    """An event about nothing of ours: what is measured is the acknowledgement, the work follows later."""
    thing = {"id": f"cs_{identifier}", "object": "checkout.session", "metadata": {}}
    told = {"id": identifier, "object": "event", "livemode": False, "type": "checkout.session.completed"}
    return json.dumps(told | {"data": {"object": thing}}).encode()


def signature(body: bytes) -> str:
    """As Stripe signs."""
    stamp = str(int(time.time()))
    return f"t={stamp},v1=" + hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
