"""What a basket costs at Shopify, discounts that it gives by itself included; nothing is created there."""

from collections.abc import Mapping
from dataclasses import dataclass

from commerce.money import parse
from commerce.shopify.client import Refused, Shop

FIND = """
query Variants($q: String!) {
  productVariants(first: 100, query: $q) { nodes { id sku } }
}
"""

CALCULATE = """
mutation PriceOf($input: DraftOrderInput!) {
  draftOrderCalculate(input: $input) {
    calculatedDraftOrder {
      currencyCode
      totalPriceSet { shopMoney { amount currencyCode } }
      lineItems { sku quantity originalUnitPriceSet { shopMoney { amount } } totalDiscountSet { shopMoney { amount } } }
      platformDiscounts { title totalAmount { amount } }
    }
    userErrors { field message }
  }
}
"""


@dataclass(frozen=True)
class LineThere:
    """One line as Shopify prices it, in minor units."""

    sku: str
    quantity: int
    unit_price: int
    discount: int


@dataclass(frozen=True)
class PriceThere:
    """A basket as Shopify prices it; `discounts` by title."""

    currency: str
    total: int
    lines: tuple[LineThere, ...]
    discounts: Mapping[str, int]


def price(basket: Mapping[str, int], *, shop: Shop) -> PriceThere:
    """What so many units of each SKU cost at Shopify; raises NoAnswer, Refused."""
    ids = ids_of(list(basket), shop=shop)
    missing = sorted(set(basket) - set(ids))
    if missing:
        raise Refused(f"not at Shopify: {', '.join(missing)}")
    lines = [{"variantId": ids[sku], "quantity": units} for sku, units in basket.items()]
    wanted = {"lineItems": lines, "acceptAutomaticDiscounts": True}
    said = shop.ask(CALCULATE, {"input": wanted})["draftOrderCalculate"]
    if said["userErrors"]:
        raise Refused(said["userErrors"][0]["message"])
    found = said["calculatedDraftOrder"]
    currency = found["totalPriceSet"]["shopMoney"]["currencyCode"]
    return PriceThere(
        currency=currency,
        total=parse(found["totalPriceSet"]["shopMoney"]["amount"], currency),
        lines=tuple(
            LineThere(
                sku=line["sku"],
                quantity=line["quantity"],
                unit_price=parse(line["originalUnitPriceSet"]["shopMoney"]["amount"], currency),
                discount=parse(line["totalDiscountSet"]["shopMoney"]["amount"], currency),
            )
            for line in found["lineItems"]
        ),
        discounts={
            given["title"]: parse(given["totalAmount"]["amount"], currency) for given in found["platformDiscounts"]
        },
    )


def ids_of(skus: list[str], *, shop: Shop) -> dict[str, str]:
    """Shopify's ids of variants, by SKU; what it does not know is left out."""
    query = " OR ".join(f"sku:{quoted(sku)}" for sku in skus)
    nodes = shop.ask(FIND, {"q": query})["productVariants"]["nodes"]
    return {node["sku"]: node["id"] for node in nodes if node["sku"] in skus}


def quoted(sku: str) -> str:
    """A SKU as a search term."""
    return '"' + sku.replace("\\", "\\\\").replace('"', '\\"') + '"'
