"""The prices of a stand-in for Shopify: it knows variants, and discounts that it gives by itself.

It speaks the parts of the real schema that lie beside it: what does not stand there is refused as Shopify refuses it.
"""

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from graphql import build_schema, graphql_sync

from tests.peers.shopify.server import PATH, TOKEN
from tests.peers.standing import Peer

SCHEMA = build_schema((Path(__file__).parent / "schema.graphql").read_text())
TERM = re.compile(r'sku:"((?:[^"\\]|\\.)*)"')


@dataclass
class Goods:
    """What the shop sells: prices in cents by SKU, and percentages off everything by title."""

    prices: dict[str, int] = field(default_factory=dict)
    percent_off: dict[str, int] = field(default_factory=dict)


class PricesOfShopify(Peer):
    """A running stand-in. `faults` are used up one by one: "throttled", "down"."""

    def __init__(self, goods: Goods, *faults: str) -> None:
        self.goods, self.faults = goods, list(faults)
        super().__init__()

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        """One statement."""
        said = json.loads(call.rfile.read(int(call.headers["Content-Length"])))
        if call.headers.get("X-Shopify-Access-Token") != TOKEN:
            return self.reply(call, 401, {"errors": "[API] Invalid API key or access token"})
        if call.path != PATH:
            return self.reply(call, 404, {"errors": "Not Found"})
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "down":
            return self.reply(call, 503, {})
        if fault == "throttled":
            return self.reply(call, 200, {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]})
        done = graphql_sync(SCHEMA, said["query"], root_value=self, variable_values=said["variables"])
        return self.reply(call, 200, dict(done.formatted))

    def id_of(self, sku: str) -> str:
        """Shopify's id of a variant."""
        return f"gid://shopify/ProductVariant/{1000 + list(self.goods.prices).index(sku)}"

    def productVariants(self, info: Any, query: str = "", **_: Any) -> dict[str, Any]:  # noqa: N802
        """Variants by SKU."""
        wanted = [term.replace('\\"', '"') for term in TERM.findall(query)]
        return {"nodes": [{"id": self.id_of(sku), "sku": sku} for sku in self.goods.prices if sku in wanted]}

    def draftOrderCalculate(self, info: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """What a basket costs; nothing is kept."""
        by_id = {self.id_of(sku): sku for sku in self.goods.prices}
        lines, given = [], dict.fromkeys(self.goods.percent_off, 0)
        total = 0
        for line in input["lineItems"]:
            if line["variantId"] not in by_id:
                wrong = {"field": ["lineItems", "variantId"], "message": "Product is no longer available."}
                return {"calculatedDraftOrder": None, "userErrors": [wrong]}
            sku, units = by_id[line["variantId"]], line["quantity"]
            whole = self.goods.prices[sku] * units
            parts = {title: whole * percent // 100 for title, percent in self.goods.percent_off.items()}
            for title, part in parts.items():
                given[title] += part
            total += whole - sum(parts.values())
            unit = {"shopMoney": money(self.goods.prices[sku])}
            off = {"shopMoney": money(sum(parts.values()))}
            lines.append({"sku": sku, "quantity": units, "originalUnitPriceSet": unit, "totalDiscountSet": off})
        found = {
            "currencyCode": "EUR",
            "totalPriceSet": {"shopMoney": money(total)},
            "lineItems": lines,
            "platformDiscounts": [{"title": title, "totalAmount": money(part)} for title, part in given.items()],
        }
        return {"calculatedDraftOrder": found, "userErrors": []}


def money(cents: int) -> dict[str, str]:
    """An amount as Shopify writes it."""
    return {"amount": str(Decimal(cents).scaleb(-2)), "currencyCode": "EUR"}
