"""Shopify's Admin API, as far as we use it: what it has of a thing at a place, and setting that where it is still so.

Over the ShopifyAPI package's own session and GraphQL client. Nothing is ever set blindly: each change names what it
changes from, and Shopify refuses it where that is not so any more. An idempotency key makes a change happen once,
however often it is sent.
"""

import json
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

import shopify
from django.conf import settings

PATIENCE = 10
"""Seconds for one call."""

LEVEL = """
query Level($item: ID!, $place: ID!) {
  inventoryItem(id: $item) { inventoryLevel(locationId: $place) { quantities(names: ["available"]) { name quantity } } }
}
"""
SET_STOCK = """
mutation SetStock($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { code field message }
  }
}
"""
ALREADY_REFUSED = "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
STALE = {"CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE", ALREADY_REFUSED}
LATER = {"IDEMPOTENCY_CONCURRENT_REQUEST"}


class NotConnected(Exception):
    """No shop is named in SHOPIFY_SHOP."""


class NoAnswer(Exception):
    """Shopify did not answer, or not now: nobody knows whether the call was heard. Send the same again, later."""


class Refused(Exception):
    """Shopify understood and will not do it, however often it is asked."""


class Stale(Exception):
    """Shopify has another quantity than the one that was to be changed; nothing was set."""


class Calls(shopify.GraphQL):  # type: ignore[misc]
    """The package's GraphQL client with a session of its own and a limit in time, and without its prints."""

    def __init__(self, session: shopify.Session) -> None:
        self.endpoint = f"{session.site}/graphql.json"
        self.headers = {"X-Shopify-Access-Token": session.token}

    def execute(self, query: str, variables: dict[str, Any] | None = None, operation_name: str | None = None) -> str:
        """One call; raises OSError."""
        headers = {"Accept": "application/json", "Content-Type": "application/json", **self.headers}
        body = json.dumps({"query": query, "variables": variables, "operationName": operation_name}).encode()
        request = urllib.request.Request(self.endpoint, body, headers)  # noqa: S310 (the shop of our settings)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 (the same)
            return str(answer.read().decode())


@dataclass(frozen=True)
class Shop:
    """One shop at Shopify."""

    calls: Calls

    @classmethod
    def configured(cls) -> "Shop":
        """The shop of our settings; raises NotConnected."""
        if not settings.SHOPIFY_SHOP:
            raise NotConnected("SHOPIFY_SHOP names no shop")
        session = shopify.Session(settings.SHOPIFY_SHOP, settings.SHOPIFY_API_VERSION, settings.SHOPIFY_TOKEN)
        if settings.SHOPIFY_SHOP.startswith("http://"):  # a stand-in on this machine
            session.protocol, session.url = "http", settings.SHOPIFY_SHOP.removeprefix("http://")
        return cls(Calls(session))

    def available(self, item: str, place: str) -> int:
        """What Shopify can sell of an inventory item at a place; raises NoAnswer, Refused."""
        found = self.ask(LEVEL, {"item": item, "place": place})
        level = (found.get("inventoryItem") or {}).get("inventoryLevel")
        if not level:
            raise Refused(f"{item} is not stocked at {place}")
        return int(level["quantities"][0]["quantity"])

    def set_available(self, item: str, place: str, quantity: int, *, seen: int, key: str, document: str) -> None:
        """Set what Shopify can sell, where it still has what we saw; raises Stale, NoAnswer, Refused."""
        one = {"inventoryItemId": item, "locationId": place, "quantity": quantity, "changeFromQuantity": seen}
        told = {"name": "available", "reason": "correction", "referenceDocumentUri": document, "quantities": [one]}
        errors = self.ask(SET_STOCK, {"input": told, "key": key})["inventorySetQuantities"]["userErrors"]
        codes = {error["code"] for error in errors}
        if codes & LATER:
            raise NoAnswer("the same call is still being answered")
        if codes & STALE:
            raise Stale(f"{place} has not {seen} of {item} any more")
        if errors:
            raise Refused("; ".join(f"{error['code']}: {error['message']}" for error in errors))

    def ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """One operation's data; raises NoAnswer, Refused."""
        try:
            answer = json.loads(self.calls.execute(query, variables))
        except (OSError, HTTPException, ValueError) as problem:
            raise NoAnswer(f"Shopify did not answer: {type(problem).__name__}") from problem
        if errors := answer.get("errors"):
            codes = {error.get("extensions", {}).get("code") for error in errors if isinstance(error, dict)}
            if codes & {"THROTTLED", "INTERNAL_SERVER_ERROR"}:
                raise NoAnswer("Shopify asks us to come later")
            raise Refused(str(errors)[:300])
        return dict(answer["data"])
