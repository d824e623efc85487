"""What promotions take off a basket: pure, so that every channel reckons the same to the cent.

The policy, in four sentences. Each line takes part in one percentage at most, the highest. The basket takes one amount
at most, the one that takes most off what the percentages left. At a tie the promotion without a coupon wins, so that no
coupon is spent for nothing; then the older one. A promotion looks at its own goods only, before any discount, to see
whether they reach its minimum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from commerce.money import share, split


class Reason(StrEnum):
    """Why a promotion takes nothing off; the wording is the pages' business."""

    SWITCHED_OFF = "switched_off"
    NOT_YET = "not_yet"
    ENDED = "ended"
    USED_UP = "used_up"
    NOT_YOURS = "not_yours"
    OTHER_CURRENCY = "other_currency"
    NO_GOODS = "no_goods"
    BELOW_MINIMUM = "below_minimum"
    OTHER_IS_BETTER = "other_is_better"
    TAKES_NOTHING_OFF = "takes_nothing_off"


@dataclass(frozen=True)
class Rule:
    """A promotion as the reckoning sees it. `refused` says what is already known to stand against it."""

    promotion_id: int
    version: int
    name: str
    kind: str
    value: int
    currency: str = ""
    minimum_total: int = 0
    category: str = ""
    product_ids: frozenset[int] | None = None
    coupon: str = ""
    refused: Reason | None = None


@dataclass(frozen=True)
class Item:
    """One line of the basket: whose goods, and what they cost before discounts."""

    product_id: int
    category: str
    amount: int


@dataclass(frozen=True)
class Applied:
    """A promotion that takes something off: how much, line by line."""

    rule: Rule
    parts: tuple[int, ...]


@dataclass(frozen=True)
class Refused:
    """A promotion that takes nothing off: why, and what is missing to reach its minimum."""

    rule: Rule
    reason: Reason
    missing: int = 0


@dataclass(frozen=True)
class Discount:
    """All that was decided about a basket's promotions."""

    applied: tuple[Applied, ...]
    refused: tuple[Refused, ...]


NOTHING = Discount((), ())

Candidate = tuple[Rule, list[int]]
"""A rule that nothing stands against, and the places of its goods in the basket."""


def discount(items: Sequence[Item], rules: Sequence[Rule], *, currency: str) -> Discount:
    """Pick the best allowed combination of promotions; the parts never take a line below zero."""
    if not rules:
        return NOTHING
    refused: list[Refused] = []
    candidates: list[Candidate] = []
    for rule in rules:
        goods = [i for i, item in enumerate(items) if covers(rule, item)]
        if refusal := obstacle(rule, [items[i].amount for i in goods], currency=currency):
            refused.append(refusal)
        else:
            candidates.append((rule, goods))
    amounts = [item.amount for item in items]
    by_percentage = highest_percentages(amounts, [c for c in candidates if c[0].kind == "percentage"])
    applied = [outcome for outcome in by_percentage if isinstance(outcome, Applied)]
    left = [amount - sum(a.parts[i] for a in applied) for i, amount in enumerate(amounts)]
    by_amount = best_amount(left, [c for c in candidates if c[0].kind == "amount"])
    outcomes = by_percentage + by_amount
    return Discount(
        tuple(outcome for outcome in outcomes if isinstance(outcome, Applied)),
        tuple(refused + [outcome for outcome in outcomes if isinstance(outcome, Refused)]),
    )


def highest_percentages(amounts: Sequence[int], candidates: Sequence[Candidate]) -> list[Applied | Refused]:
    """Give each line to the highest percentage that looks at it."""
    outcomes: list[Applied | Refused] = []
    free = set(range(len(amounts)))
    for rule, goods in sorted(candidates, key=lambda candidate: preference(candidate[0], candidate[0].value)):
        won = free.intersection(goods)
        free -= won
        taken = share(sum(amounts[i] for i in won), rule.value)
        outcomes.append(outcome(rule, taken, amounts, won) if won else Refused(rule, Reason.OTHER_IS_BETTER))
    return outcomes


def best_amount(left: Sequence[int], candidates: Sequence[Candidate]) -> list[Applied | Refused]:
    """Apply the one amount that takes most off what is left."""
    gains = [(rule, goods, min(rule.value, sum(left[i] for i in goods))) for rule, goods in candidates]
    gains.sort(key=lambda gain: preference(gain[0], gain[2]))
    chosen = [outcome(rule, gain, left, set(goods)) for rule, goods, gain in gains[:1]]
    return [*chosen, *(Refused(rule, Reason.OTHER_IS_BETTER) for rule, _, _ in gains[1:])]


def outcome(rule: Rule, taken: int, amounts: Sequence[int], goods: set[int]) -> Applied | Refused:
    """What a chosen rule takes off its goods, split by largest remainder."""
    if not taken:
        return Refused(rule, Reason.TAKES_NOTHING_OFF)
    return Applied(rule, tuple(split(taken, [amount if i in goods else 0 for i, amount in enumerate(amounts)])))


def covers(rule: Rule, item: Item) -> bool:
    """Whether a rule looks at these goods: its products, or its category and those below; without either, all."""
    if rule.product_ids is None and not rule.category:
        return True
    if rule.product_ids is not None and item.product_id in rule.product_ids:
        return True
    return bool(rule.category) and f"{item.category} > ".startswith(f"{rule.category} > ")


def obstacle(rule: Rule, goods: Sequence[int], *, currency: str) -> Refused | None:
    """What stands against a rule before it is compared with others."""
    if rule.refused:
        return Refused(rule, rule.refused)
    if rule.kind == "amount" and rule.currency != currency:
        return Refused(rule, Reason.OTHER_CURRENCY)
    if not goods:
        return Refused(rule, Reason.NO_GOODS)
    if sum(goods) < rule.minimum_total:
        return Refused(rule, Reason.BELOW_MINIMUM, rule.minimum_total - sum(goods))
    return None


def preference(rule: Rule, gain: int) -> tuple[int, bool, int]:
    """What sorts the better rule first."""
    return -gain, bool(rule.coupon), rule.promotion_id
