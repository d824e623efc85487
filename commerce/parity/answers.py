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


@dataclass(frozen=True)
class Cause:
    """What made two answers differ; whether it says of itself that it makes a channel differ; and which promotions,
    by id, are known to one of the two only and took something off there: whether they are meant to is theirs to say.
    """

    rule: str
    is_declared: bool = False
    one_sided: frozenset[str] = frozenset()


def culprit(one: Priced, other: Priced) -> Cause:
    """What made two answers differ."""
    if one.currency != other.currency:
        return Cause(f"currency {one.currency} / {other.currency}")
    for sku in sorted({*one.lines, *other.lines}):
        if sku not in one.lines or sku not in other.lines:
            return Cause(f"{sku} is sold in one of them only")
        line, twin = one.lines[sku], other.lines[sku]
        if twin.unit_price != line.unit_price:
            reason = line.differs or twin.differs
            return Cause(f"price list {lists_apart(one, other)}{reason and f': {reason}'}", bool(reason))
        rates = (line.tax_basis_points, twin.tax_basis_points)
        if None not in rates and rates[0] != rates[1]:
            return Cause(f"tax rate of {sku}")
    return Cause(promotion_apart(one, other), one_sided=one_sided(one, other))


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


def one_sided(one: Priced, other: Priced) -> frozenset[str]:
    """The promotions that only one of two answers knows, if nothing but they took something else off: else none.

    Of a channel that tells titles alone, each promotion that took something off here and nothing there.
    """
    if not (one.knows_rules and other.knows_rules):
        here, there = (one, other) if one.knows_rules else (other, one)
        if there.applied.keys() - {here.names.get(key, key) for key in here.applied}:
            return frozenset()
        return frozenset(key for key in here.applied if here.names.get(key, key) not in there.applied)
    known = one.promotions.keys() & other.promotions.keys()
    if any(one.promotions[key] != other.promotions[key] for key in known):
        return frozenset()
    return frozenset((one.applied.keys() | other.applied.keys()) - known)
