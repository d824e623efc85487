"""The races of tills that were offline: what they tell comes late, cut anywhere, in any order, and again and again."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from commerce import clock
from commerce.catalog.models import Variant
from commerce.channels import devices
from commerce.channels.models import Location, Role
from commerce.ids import public_id
from orders.racelab import shop
from orders.racelab.clients import Client
from orders.racelab.lab import Lab, Tally, errands, tally

A_MONTH = 28 * 12
"""Units that make one an hour over the month that a lease is measured by."""


def batches(lab: Lab, shuffle: random.Random) -> Tally:
    """24 buyers for what a till has left of 24 units; it told its 8 sales, and tells them twice more meanwhile."""
    cup = shop.product(24)
    caja = Caja.of(lab)
    facts = caja.sales(cup, 8)
    caja.tell(facts, shuffle=shuffle)
    lab.race(errands([cup], 24, shuffle=shuffle), beside=[lambda: caja.tell(facts * 2, shuffle=shuffle)])
    caja.close()
    return replace(tally(cup), allowed=24 - 8)


def lease(lab: Lab, shuffle: random.Random) -> Tally:
    """30 buyers for 24 units, 6 of which a till has leased: it sells them offline, and tells half of it too late."""
    cup = shop.product(24, sold=A_MONTH)
    caja = Caja.of(lab)
    leased = {each["sku"]: each["quantity"] for each in caja.lease()["units"]}.get(cup.sku, 0)
    facts = caja.sales(cup, leased)
    early, late = facts[: leased // 2], facts[leased // 2 :]
    lab.race(errands([cup], 30, shuffle=shuffle), beside=[lambda: caja.tell(early * 3, shuffle=shuffle)])
    caja.tell(late * 3, shuffle=shuffle)
    caja.close()
    return replace(tally(cup), allowed=24 - 6)


@dataclass(frozen=True)
class Caja:
    """A till with a key of its own, new in each round."""

    lab: Lab
    client: Client
    device: str

    @classmethod
    def of(cls, lab: Lab) -> "Caja":
        """A till of the store."""
        store = Location.objects.get(code=shop.STORE)
        device, key = devices.issue(f"caja {public_id()}", role=Role.STORE, location=store, at=shop.LONG_AGO)
        return cls(lab, Client(lab.url, key=key), device.public_id)

    def sales(self, thing: Variant, count: int) -> list[dict[str, Any]]:
        """So many sales of one unit each, while it was offline."""
        began = clock.now() - timedelta(minutes=30)
        line = {"sku": thing.sku, "quantity": 1, "unit_price": 1000, "total": 1000}
        return [
            {
                "uuid": str(uuid5(NAMESPACE_OID, f"{self.device}/{number}")),
                "sequence": number + 1,
                "kind": "sale",
                "occurred_at": (began + timedelta(minutes=number)).isoformat(),
                "lines": [line],
                "tenders": [{"tender": "cash", "amount": 1000}],
            }
            for number in range(count)
        ]

    def tell(self, facts: Sequence[dict[str, Any]], *, shuffle: random.Random) -> None:
        """Send facts, shuffled and cut anywhere."""
        left = shuffle.sample(facts, len(facts))
        while left:
            cut = shuffle.randint(1, 5)
            self.say("sales", facts=left[:cut])
            left = left[cut:]

    def lease(self) -> dict[str, Any]:
        """What it may sell while it is offline."""
        return self.say("leases")

    def say(self, what: str, **told: Any) -> dict[str, Any]:
        """Tell something, and hear what became of it."""
        said = {"device": self.device, "location": shop.STORE, "installation": "one"}
        body = {**said, "sent_at": clock.now().isoformat(), **told}
        answer = self.lab.post(self.client, f"/api/v1/tills/{what}/", body, signed=True)
        return answer.body

    def close(self) -> None:
        """Hang up."""
        self.client.close()
