"""Batches as tills send them after a day offline: signed, forty receipts each of five lines, from several tills."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid5

import orjson

from commerce import clock
from commerce.channels import devices
from commerce.channels.models import Location
from commerce.ids import digest, public_id
from orders.journal.signing import HEADER, signature
from tests.benchmarks.clients import Client, Unexpected
from tests.benchmarks.shop import PRICE, VARIANTS

NAME = "till batches, a sale line"
RECEIPTS = 40
LINES = 5
A_BATCH = RECEIPTS * LINES
NAMES = UUID("00000000-0000-4000-8000-000000000000")


def batches() -> Callable[[Client, int], None]:
    """The operation: one batch. Each client is a till of its own, new in each run."""
    tills: dict[int, tuple[str, str]] = {}
    told: dict[int, int] = {}
    store = Location.objects.get(code="b-store-2")

    def send(client: Client, number: int) -> None:
        owner = id(client)
        if owner not in tills:
            device, key = devices.issue(f"caja {public_id()}", role="store", location=store, at=clock.now())
            tills[owner], told[owner] = (device.public_id, key), 0
        device_id, key = tills[owner]
        body = orjson.dumps(batch(device_id, store=store.code, after=told[owner], number=number))
        told[owner] += RECEIPTS
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {key}",
            HEADER: signature(body, digest(key)),
        }
        client.connection.request("POST", "/api/v1/tills/sales/", body, headers)
        answer = client.connection.getresponse()
        text = answer.read()
        if answer.status != 200 or {fact["result"] for fact in orjson.loads(text)["facts"]} != {"new"}:
            raise Unexpected(f"the batch was answered {answer.status} {text[:300]!r}")

    return send


def batch(device: str, *, store: str, after: int, number: int) -> dict[str, object]:
    """One batch: what a till sold since its last one."""
    at = clock.now().isoformat()
    facts = []
    for receipt in range(after + 1, after + 1 + RECEIPTS):
        skus = [f"B-{(number * 613 + receipt * 31 + line * 7) % VARIANTS}" for line in range(LINES)]
        facts.append(
            {
                "uuid": str(uuid5(NAMES, f"{device}/{receipt}")),
                "sequence": receipt,
                "kind": "sale",
                "occurred_at": at,
                "lines": [{"sku": sku, "quantity": 1, "unit_price": PRICE, "total": PRICE} for sku in skus],
                "tenders": [{"tender": "cash", "amount": PRICE * LINES}],
            }
        )
    return {"device": device, "location": store, "installation": "bench", "sent_at": at, "facts": facts}


def of_lines(measured: dict[str, Any]) -> dict[str, Any]:
    """The report's row by sale line and by what one core does; the times stay a whole batch's."""
    cpu = {name: measured[name] / A_BATCH for name in ("cpu_web", "cpu_database", "cpu")}
    lines = measured["operations"] * A_BATCH
    return {**measured, **cpu, "what": f"{NAME} (of one core)", "operations": lines, "per_second": 1000 / cpu["cpu"]}
