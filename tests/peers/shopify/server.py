"""A stand-in for Shopify's Admin API 2026-10: quantities by item and place, changed only from what they are.

It refuses as Shopify does: without its token, without @idempotent, without `changeFromQuantity`, and where the quantity
is another by now (CHANGE_FROM_QUANTITY_STALE). A key that comes again is answered as before. It may answer too late
(`loses`), and shoppers may buy there at any moment (`between`).
"""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.peers.standing import Peer

PATH = "/admin/api/2026-10/graphql.json"
TOKEN = "shpat_stand_in"
Place = tuple[str, str]


class Shopify(Peer):
    """A running stand-in with some quantities."""

    def __init__(self) -> None:
        super().__init__()
        self.levels: dict[Place, int] = {}
        self.writes: list[dict[str, Any]] = []
        self.answered: dict[str, tuple[dict[str, Any], list[dict[str, str]]]] = {}
        self.loses = 0
        self.between: Callable[[], object] = lambda: None

    def sell(self, at: Place, units: int = 1) -> None:
        """A shopper buys there."""
        self.levels[at] -= units

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        """One call."""
        body = json.loads(call.rfile.read(int(call.headers["Content-Length"])))
        if call.path != PATH or call.headers["X-Shopify-Access-Token"] != TOKEN:
            self.reply(call, 401, {"errors": "[API] Invalid API key or access token"})
        elif "mutation SetStock" not in body["query"]:
            self.reply(call, 200, {"data": self.level(body["variables"])})
        elif "@idempotent" not in body["query"]:
            told = "The @idempotent directive is required for this mutation but was not provided."
            self.reply(call, 200, {"errors": [{"message": told, "extensions": {"code": "BAD_REQUEST"}}]})
        else:
            errors = self.set(**body["variables"])
            if self.loses:
                self.loses -= 1
                self.reply(call, 502, {})
            else:
                self.reply(call, 200, {"data": {"inventorySetQuantities": {"userErrors": errors}}})

    def level(self, asked: dict[str, str]) -> dict[str, Any]:
        """What is there."""
        quantity = self.levels.get((asked["item"], asked["place"]))
        if quantity is None:
            return {"inventoryItem": None}
        return {"inventoryItem": {"inventoryLevel": {"quantities": [{"name": "available", "quantity": quantity}]}}}

    def set(self, *, input: dict[str, Any], key: str) -> list[dict[str, str]]:
        """Change all of it from what it is, or nothing; as before where the key is known."""
        if key in self.answered:
            known, errors = self.answered[key]
            return errors if known == input else [self.error("IDEMPOTENCY_KEY_PARAMETER_MISMATCH")]
        self.between()
        self.writes.append(input)
        errors = []
        for one in input["quantities"]:
            place = (one["inventoryItemId"], one["locationId"])
            if "changeFromQuantity" not in one:
                errors.append(self.error("INVALID_FIELD_ARGUMENTS"))
            elif one["changeFromQuantity"] not in (None, self.levels[place]):
                errors.append(self.error("CHANGE_FROM_QUANTITY_STALE"))
        if not errors:
            for one in input["quantities"]:
                self.levels[one["inventoryItemId"], one["locationId"]] = one["quantity"]
        self.answered[key] = (input, errors)
        return errors

    def error(self, code: str) -> dict[str, str]:
        """A user error."""
        return {"code": code, "field": "input", "message": code.lower()}
