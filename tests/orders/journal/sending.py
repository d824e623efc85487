"""A till with a key of its own: it signs what it sends, and its clock may be wrong."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import orjson
from django.test import Client

from commerce.catalog.models import Variant
from commerce.channels import devices
from commerce.channels.models import Device, Location
from commerce.clock import now
from commerce.ids import digest
from orders.journal.signing import HEADER, signature
from tests.factories import LONG_AGO

NAMES = UUID("00000000-0000-4000-8000-000000000000")


@dataclass
class TillOf:
    """A device and what it knows."""

    device: Device
    key: str
    store: Location
    installation: str = "one"
    wrong: timedelta = timedelta()
    told: int = 0
    client: Client = field(default_factory=Client)

    def sale(self, *lines: dict[str, Any], at: datetime | None = None, **fields: Any) -> dict[str, Any]:
        """The next sale in its sequence, paid in cash unless said otherwise."""
        total = sum(each["total"] for each in lines)
        return self.fact("sale", at=at, lines=list(lines), tenders=[{"tender": "cash", "amount": total}], **fields)

    def fact(self, kind: str, *, at: datetime | None = None, **fields: Any) -> dict[str, Any]:
        """The next fact in its sequence."""
        self.told += 1
        made = {
            "uuid": str(uuid5(NAMES, f"{self.device.public_id}/{self.installation}/{self.told}")),
            "sequence": self.told,
            "kind": kind,
            "occurred_at": ((at or now()) + self.wrong).isoformat(),
        }
        return {**made, **fields}

    def body(self, *facts: Any, **changes: Any) -> dict[str, Any]:
        """What it sends."""
        return {
            "device": self.device.public_id,
            "location": self.store.code,
            "installation": self.installation,
            "sent_at": (now() + self.wrong).isoformat(),
            "facts": list(facts),
            **changes,
        }

    def send(self, *facts: Any, path: str = "/api/v1/tills/sales/", signed: bytes = b"", **changes: Any) -> Any:
        """Send a batch; `signed` are other bytes than it sends."""
        return self.post(path, self.body(*facts, **changes), signed=signed)

    def heartbeat(self) -> Any:
        """Send a sign of life."""
        body = self.body()
        del body["facts"]
        return self.post("/api/v1/tills/heartbeat/", body)

    def lease(self, **fields: Any) -> Any:
        """Ask for a lease."""
        body = self.body(**fields)
        del body["facts"]
        return self.post("/api/v1/tills/leases/", body)

    def post(self, path: str, said: dict[str, Any], *, signed: bytes = b"") -> Any:
        """Send what it says, signed."""
        body = orjson.dumps(said)
        headers = {
            "Authorization": f"Bearer {self.key}",
            HEADER: signature(signed or body, digest(self.key)),
        }
        return self.client.post(path, body, content_type="application/json", headers=headers)

    def results(self, *facts: Any, **changes: Any) -> list[str]:
        """What became of each fact of a batch."""
        answer = self.send(*facts, **changes)
        assert answer.status_code == 200, answer.content
        return [each["result"] for each in answer.json()["facts"]]


def till(store: Location, *, name: str = "caja-1") -> TillOf:
    """A till of a store."""
    device, key = devices.issue(name, role="store", location=store, at=LONG_AGO)
    return TillOf(device, key, store)


def line(of: Variant, *, quantity: int = 1, price: int = 1250, **fields: Any) -> dict[str, Any]:
    """A line at the price of the shop's mug."""
    return {"sku": of.sku, "quantity": quantity, "unit_price": price, "total": price * quantity, **fields}
