"""What an adapter says that a basket costs, in the words that all of them share."""

from dataclasses import dataclass, field

from commerce.catalog.models import Variant

Basket = list[tuple[Variant, int]]


@dataclass(frozen=True)
class LinePriced:
    """One line; what its channel does not tell stays empty."""

    unit_price: int
    discount: int
    tax_basis_points: int | None = None
    differs: str = ""


@dataclass(frozen=True)
class Priced:
    """A whole answer. `versions` are of price lists by code, `promotions` of those that were looked at by id, `applied`
    is what each took off by id, or by title where that is all a channel knows.
    """

    currency: str
    total: int
    lines: dict[str, LinePriced]
    versions: dict[str, int] = field(default_factory=dict)
    promotions: dict[str, int] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    knows_rules: bool = True
    """Whether it says by which lists and promotions; else only prices and discounts can be compared."""


class NoAnswer(Exception):
    """A channel did not say what a basket costs."""


def culprit(one: Priced, other: Priced) -> tuple[str, bool]:
    """What made two answers differ, and whether it says of itself that it makes a channel differ."""
    if one.currency != other.currency:
        return f"currency {one.currency} / {other.currency}", False
    for sku in sorted({*one.lines, *other.lines}):
        if sku not in one.lines or sku not in other.lines:
            return f"{sku} is sold in one of them only", False
        line, twin = one.lines[sku], other.lines[sku]
        if twin.unit_price != line.unit_price:
            reason = line.differs or twin.differs
            return f"price list {lists_apart(one, other)}{reason and f': {reason}'}", bool(reason)
        rates = (line.tax_basis_points, twin.tax_basis_points)
        if None not in rates and rates[0] != rates[1]:
            return f"tax rate of {sku}", False
    return promotion_apart(one, other), False


def lists_apart(one: Priced, other: Priced) -> str:
    """The price lists, with their versions, that only one of two answers was reckoned from."""
    told = [{f"{code} version {version}" for code, version in each.versions.items()} for each in (one, other)]
    if not (one.knows_rules and other.knows_rules):
        return f"{', '.join(sorted(told[0] | told[1]))}: another price there"
    return ", ".join(sorted(told[0] ^ told[1])) or "version"


def promotion_apart(one: Priced, other: Priced) -> str:
    """The promotion that took something else off in one of two answers."""
    taken = [each.applied for each in (one, other)]
    if not (one.knows_rules and other.knows_rules):  # then by name, which is all that the other side knows
        taken = [{each.names.get(key, key): amount for key, amount in each.applied.items()} for each in (one, other)]
    names = one.names | other.names
    # What one side does not know, or knows otherwise, is the cause; what won or lost by it is only the effect.
    known = one.promotions.keys() | other.promotions.keys()
    causes = {key for key in known if one.promotions.get(key) != other.promotions.get(key)}
    both = taken[0].keys() & taken[1].keys()
    for key in sorted(taken[0].keys() | taken[1].keys(), key=lambda key: (key not in causes, key in both, key)):
        if taken[0].get(key) != taken[1].get(key):
            return f"promotion {key} “{names[key]}”" if key in names else f"promotion “{key}”"
    return "unknown"
