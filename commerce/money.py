"""Money is integer minor units and a currency; rounding and splitting happen here and nowhere else."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision

BASIS_POINTS = 10_000

AMOUNT = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]*)?|\.[0-9]+)")
"""As people write it. Python would read 1e3, 1_000 and the digits of other scripts as numbers, too."""


LARGEST_PRICE = 10**12
"""Of one unit, in minor units: a hundred lines of 9,999 units each still add up to what PostgreSQL and JSON hold."""


class BadAmount(ValueError):
    """An amount that is no number, or has more decimals than its currency knows."""


def exponent(currency: str) -> int:
    """Decimals of a currency's minor unit (ISO 4217 by way of the CLDR): EUR 2, JPY 0, KWD 3."""
    return get_currency_precision(currency)


def parse(text: str, currency: str) -> int:
    """Read a decimal text such as "12.50" as minor units; raises BadAmount, never rounds."""
    if not AMOUNT.fullmatch(text.strip()):
        raise BadAmount(f"“{text[:40]}” is not an amount")
    minor = Decimal(text.strip()).scaleb(exponent(currency))
    if abs(minor) >= 2**62:
        raise BadAmount(f"“{text[:40]}” is not an amount")
    if minor != minor.to_integral_value():
        raise BadAmount(f"“{text[:40]}” has more decimals than {currency} knows")
    return int(minor)


def rounded(value: Decimal) -> int:
    """Round to whole minor units, halves away from zero (the rule tills and invoices use)."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def share(amount: int, basis_points: int) -> int:
    """A part of an amount, in basis points (1 % = 100), rounded half up in exact integer arithmetic."""
    product = amount * basis_points
    sign = -1 if product < 0 else 1
    return sign * ((2 * abs(product) + BASIS_POINTS) // (2 * BASIS_POINTS))


def tax_within(gross: int, basis_points: int) -> int:
    """The tax that a tax-included amount contains, rounded half up."""
    sign = -1 if gross < 0 else 1
    divisor = BASIS_POINTS + basis_points
    return sign * ((2 * abs(gross) * basis_points + divisor) // (2 * divisor))


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount over weights by largest remainder: the parts always add up to the amount.

    Ties go to the earlier part, so that the same input gives the same split everywhere.
    All weights zero: everything falls to the first part.
    """
    total = sum(weights)
    if not weights:
        raise ValueError("nothing to split over")
    if total == 0:
        return [amount, *([0] * (len(weights) - 1))]
    sign = -1 if amount < 0 else 1
    shares = [divmod(abs(amount) * weight, total) for weight in weights]
    parts = [whole for whole, _ in shares]
    missing = abs(amount) - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-shares[i][1], i))
    for i in by_remainder[:missing]:
        parts[i] += 1
    return [sign * part for part in parts]


@lru_cache(maxsize=4096)  # the same prices are shown again and again, and each takes a tenth of a millisecond
def display(amount: int, currency: str, language: str) -> str:
    """An amount as a person reads it: 1250, EUR, es → “12,50 €”."""
    value = Decimal(amount).scaleb(-exponent(currency))
    return format_currency(value, currency, locale={"es": "es_ES", "en": "en_IE"}.get(language, language))
