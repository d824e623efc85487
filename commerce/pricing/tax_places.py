"""Whose taxes apply at an address: of its country, or of a part of it that has its own."""

# By the first letters of the postal code; ISO 3166-2 names, as they stand in TaxRate.
PARTS: dict[str, dict[str, str]] = {
    "ES": {"35": "ES-CN", "38": "ES-CN", "51": "ES-CE", "52": "ES-ML"},
    "PT": {"90": "PT-30", "91": "PT-30", "92": "PT-30", "93": "PT-30", "94": "PT-30"}
    | {str(first): "PT-20" for first in range(95, 100)},
}


def tax_place(country: str, postal_code: str) -> str:
    """The place whose rates are asked for; where it has none of its own, those of its country apply."""
    return PARTS.get(country, {}).get(postal_code.strip()[:2], country)
