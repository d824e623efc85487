"""What promotions take off a basket: pure, so that every channel reckons the same to the cent.

The policy. A line takes part in one line promotion, the basket in one order promotion on what the lines left, delivery
in one shipping promotion; the three levels add up. Of an exclusive group only one applies: of those with the highest
priority, the one that leads to the better deal. A promotion that does not combine applies alone or not at all. Of all
allowed combinations the one that takes most off wins; at a tie the one that spends no coupon, then the older
promotions. A promotion looks at its own goods only, before any discount, to see whether they reach its threshold; what
costs nothing does not count. A discount that a clerk gives by hand comes last, on what is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product
from math import prod

from commerce.promotions.taking import Goods, Item, Reason, Rule, gain_of, simple_gain, taken_by

LIMIT = 128
"""Combinations that are tried of one kind; where there are more, the search goes on greedily and says so."""


@dataclass(frozen=True)
class Applied:
    """A promotion that takes something off: how much, line by line."""

    rule: Rule
    parts: tuple[int, ...]


@dataclass(frozen=True)
class Refused:
    """A promotion that takes nothing off: why, what is missing to its threshold, and which other stood in its way."""

    rule: Rule
    reason: Reason
    missing: int = 0
    blocker: str = ""


@dataclass(frozen=True)
class Discount:
    """All that was decided about a basket's promotions: the certificate of the best deal.

    `shipping` are those that may take something off the delivery, once there is one. `is_greedy` says that there were
    too many combinations to try them all.
    """

    applied: tuple[Applied, ...]
    refused: tuple[Refused, ...]
    shipping: tuple[Rule, ...] = ()
    is_greedy: bool = False


NOTHING = Discount((), ())


@dataclass(frozen=True)
class Plan:
    """One allowed combination, worked out."""

    applied: tuple[Applied, ...]
    is_greedy: bool

    @property
    def worth(self) -> int:
        """How much it takes off."""
        return sum(sum(applied.parts) for applied in self.applied)

    @property
    def preference(self) -> tuple[int, int, tuple[int, ...]]:
        """What sorts the better plan first."""
        rules = [applied.rule for applied in self.applied]
        return -self.worth, sum(bool(rule.coupon) for rule in rules), tuple(sorted(r.promotion_id for r in rules))


def discount(items: Sequence[Item], rules: Sequence[Rule], *, currency: str) -> Discount:
    """Pick the best allowed combination of promotions; the parts never take a line below zero."""
    if not rules:
        return NOTHING
    basket = Goods(items)
    refused: list[Refused] = []
    candidates: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: rule.promotion_id):
        reason, missing, settled = basket.obstacle(rule, currency=currency)
        if reason:
            refused.append(Refused(rule, reason, missing))
        else:
            candidates.append(settled)
    candidates, outranked = highest_of_groups(candidates)
    scenarios, cut = scenarios_of(candidates, basket)
    plans = [(worked_out(scenario, basket), scenario) for scenario in scenarios]
    plan, chosen = min(plans, key=lambda pair: pair[0].preference)
    won = {applied.rule.promotion_id for applied in plan.applied}
    lost = [rule for rule in candidates if rule.promotion_id not in won and rule.level != "shipping"]
    refused += outranked + [why_lost(rule, plan, chosen, basket) for rule in lost]
    shipping = tuple(rule for rule in chosen if rule.level == "shipping")
    refused += [
        why_lost(rule, plan, chosen, basket) for rule in candidates if rule.level == "shipping" and rule not in shipping
    ]
    return Discount(plan.applied, tuple(refused), shipping, plan.is_greedy or cut)


def highest_of_groups(candidates: Sequence[Rule]) -> tuple[list[Rule], list[Refused]]:
    """The candidates without those that another of their exclusive group outranks."""
    highest: dict[str, Rule] = {}
    for rule in candidates:
        if rule.group and (rule.group not in highest or rule.priority > highest[rule.group].priority):
            highest[rule.group] = rule
    outranked = [
        Refused(rule, Reason.BLOCKED_BY_GROUP, blocker=rule.group)
        for rule in candidates
        if rule.group and rule.priority < highest[rule.group].priority
    ]
    gone = {refused.rule.promotion_id for refused in outranked}
    return [rule for rule in candidates if rule.promotion_id not in gone], outranked


def scenarios_of(candidates: Sequence[Rule], basket: Goods) -> tuple[list[list[Rule]], bool]:
    """The sets of promotions that may stand together, and whether some were left out because there are too many."""
    together = [rule for rule in candidates if rule.combines]
    groups: dict[str, list[Rule]] = {}
    for rule in together:
        if rule.group:
            groups.setdefault(rule.group, []).append(rule)
    cut = prod(map(len, groups.values())) > LIMIT
    if cut:
        groups = {name: [min(rules, key=lambda r: preference(r, basket))] for name, rules in groups.items()}
    free = [rule for rule in together if not rule.group]
    scenarios = [free + list(choice) for choice in product(*groups.values())]
    alone = [rule for rule in candidates if not rule.combines]
    if len(alone) > LIMIT:
        alone, cut = sorted(alone, key=lambda r: preference(r, basket))[:LIMIT], True
    by_hand = [rule for rule in free if rule.level == "manual"]
    return scenarios + [[rule, *by_hand] for rule in alone], cut


def worked_out(scenario: Sequence[Rule], basket: Goods) -> Plan:
    """What promotions that may stand together take off, level by level."""
    applied, is_greedy = best_of_lines([rule for rule in scenario if rule.level == "line"], basket)
    for level in ("order", "manual"):
        left = [amount - sum(a.parts[i] for a in applied) for i, amount in enumerate(basket.amounts)]
        gains = [(rule, gain_of(rule, left, basket)) for rule in scenario if rule.level == level]
        gains.sort(key=lambda pair: (-sum(pair[1]), bool(pair[0].coupon), pair[0].promotion_id))
        applied += [Applied(rule, tuple(parts)) for rule, parts in gains[:1] if sum(parts)]
    return Plan(tuple(applied), is_greedy)


def best_of_lines(rules: Sequence[Rule], basket: Goods) -> tuple[list[Applied], bool]:
    """Give every line to one promotion so that most is taken off.

    A plain promotion takes off each line by itself, so each line takes the best. The others (3 for 2, bundles, gifts,
    caps) look at several lines at once: those that share lines are tried in every order and selection.
    """
    plain = [rule for rule in rules if rule.is_plain]
    wide = [rule for rule in rules if not rule.is_plain and any(gain_of(rule, basket.amounts, basket))]
    if not wide:
        return best_of_plain(plain, set(range(len(basket.amounts))), basket), False
    claims: list[tuple[Rule, list[int]]] = []
    is_greedy = False
    for family in families(wide, basket):
        lines = set().union(*(basket.goods(rule) for rule in family))
        count = sum(prod(range(len(family) - size + 1, len(family) + 1)) for size in range(len(family) + 1))
        if count > LIMIT:
            is_greedy = True
            claims += greedily(family, plain, lines, basket)
            continue
        tries = [claimed(order, basket) for size in range(len(family) + 1) for order in permutations(family, size)]
        best: Claims = min(tries, key=lambda tried: deal(tried, plain, lines, basket))
        claims += best
    used = {i for _, parts in claims for i, part in enumerate(parts) if part}
    applied = [Applied(rule, tuple(parts)) for rule, parts in claims]
    return applied + best_of_plain(plain, set(range(len(basket.amounts))) - used, basket), is_greedy


Claims = list[tuple[Rule, list[int]]]


def deal(claims: Claims, plain: Sequence[Rule], lines: set[int], basket: Goods) -> tuple[int, int, tuple[int, ...]]:
    """What sorts the better claims first: together with what plain promotions take off the rest of these lines."""
    used = {i for _, parts in claims for i, part in enumerate(parts) if part}
    rest = best_of_plain(plain, lines - used, basket)
    rules = [rule for rule, _ in claims] + [applied.rule for applied in rest]
    worth = sum(sum(parts) for _, parts in claims) + sum(sum(applied.parts) for applied in rest)
    return -worth, sum(bool(rule.coupon) for rule in rules), tuple(sorted(rule.promotion_id for rule in rules))


def claimed(order: Sequence[Rule], basket: Goods) -> Claims:
    """What each takes off when they take their lines in this order."""
    claims: Claims = []
    free = list(basket.amounts)
    for rule in order:
        parts = gain_of(rule, free, basket)
        if sum(parts):
            claims.append((rule, parts))
            free = [0 if part else amount for amount, part in zip(free, parts, strict=True)]
    return claims


def greedily(family: Sequence[Rule], plain: Sequence[Rule], lines: set[int], basket: Goods) -> Claims:
    """One after the other, the greatest gain first, each kept only if the deal becomes better."""
    kept: list[Rule] = []
    best = deal([], plain, lines, basket)
    for rule in sorted(family, key=lambda r: preference(r, basket)):
        tried = deal(claimed([*kept, rule], basket), plain, lines, basket)
        if tried < best:
            kept, best = [*kept, rule], tried
    return claimed(kept, basket)


def families(rules: Sequence[Rule], basket: Goods) -> list[list[Rule]]:
    """Promotions grouped so that those of different groups share no line."""
    found: list[tuple[set[int], list[Rule]]] = []
    for rule in rules:
        lines, family = set(basket.goods(rule)), [rule]
        apart = []
        for others, members in found:
            if others & lines:
                lines, family = lines | others, members + family
            else:
                apart.append((others, members))
        found = [*apart, (lines, family)]
    return [sorted(family, key=lambda rule: rule.promotion_id) for _, family in found]


def best_of_plain(rules: Sequence[Rule], free: set[int], basket: Goods) -> list[Applied]:
    """Give each free line to the plain promotion that takes most off it; each is rounded once, then split."""
    winners: dict[int, tuple[tuple[int, bool, int], Rule]] = {}
    percentages = sorted(
        (rule for rule in rules if rule.kind == "percentage"), key=lambda r: (-r.value, bool(r.coupon), r.promotion_id)
    )
    left = set(free)
    for rule in percentages:
        if not left:
            break
        for i in left.intersection(basket.goods(rule)):
            winners[i] = ((-simple_gain(rule, i, basket), bool(rule.coupon), rule.promotion_id), rule)
            left.discard(i)
    for rule in rules:
        if rule.kind != "percentage":
            for i in free.intersection(basket.goods(rule)):
                key = (-simple_gain(rule, i, basket), bool(rule.coupon), rule.promotion_id)
                if i not in winners or key < winners[i][0]:
                    winners[i] = (key, rule)
    won: dict[int, tuple[Rule, set[int]]] = {}
    for i, (_, rule) in winners.items():
        won.setdefault(rule.promotion_id, (rule, set()))[1].add(i)
    applied = []
    for rule, lines in won.values():
        parts = taken_by(rule, [amount if i in lines else 0 for i, amount in enumerate(basket.amounts)], basket)
        if sum(parts):
            applied.append(Applied(rule, tuple(parts)))
    return sorted(applied, key=lambda a: (-a.rule.value, bool(a.rule.coupon), a.rule.promotion_id))


def preference(rule: Rule, basket: Goods) -> tuple[int, bool, int]:
    """What sorts the promotion first that takes more off by itself."""
    return -sum(gain_of(rule, basket.amounts, basket)), bool(rule.coupon), rule.promotion_id


def why_lost(rule: Rule, plan: Plan, chosen: Sequence[Rule], basket: Goods) -> Refused:
    """What stood in the way of a promotion that could have applied."""
    if not rule.combines:
        return Refused(rule, Reason.DOES_NOT_COMBINE, blocker=names([a.rule for a in plan.applied]))
    if alone := [other for other in chosen if not other.combines]:
        return Refused(rule, Reason.DOES_NOT_COMBINE, blocker=names(alone))
    if rule.group and any(other.group == rule.group and other is not rule for other in chosen):
        return Refused(rule, Reason.BLOCKED_BY_GROUP, blocker=rule.group)
    rivals = [
        applied.rule
        for applied in plan.applied
        if applied.rule.level == rule.level
        and (rule.level != "line" or any(applied.parts[i] for i in basket.goods(rule)))
    ]
    if rivals:
        return Refused(rule, Reason.OTHER_IS_BETTER, blocker=names(rivals))
    return Refused(rule, Reason.TAKES_NOTHING_OFF)


def names(rules: Sequence[Rule]) -> str:
    """Promotions by name, for the certificate."""
    return ", ".join(rule.name for rule in rules)


def off_delivery(shipping: Sequence[Rule], fee: int) -> Applied | None:
    """The shipping promotion that takes most off a delivery, with that as its only part."""
    offers = [(rule, taken_by(rule, [fee], Goods([])) if fee else [0]) for rule in shipping]
    offers.sort(key=lambda offer: (-offer[1][0], bool(offer[0].coupon), offer[0].promotion_id))
    return next((Applied(rule, tuple(parts)) for rule, parts in offers if parts[0]), None)
