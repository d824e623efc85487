"""The return policy: one for all channels, in versions that stay as they were published.

The page, the receipt, the email and the agent's script say what `in_words` says of the version that holds for a
purchase; `orders.returns.deciding` judges by the same one.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce.money import display
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from orders.returns.models import PolicyVersion, Return, ReturnLine

OUR_FAULT = frozenset({ReturnLine.Reason.DAMAGED, ReturnLine.Reason.WRONG, ReturnLine.Reason.FAULTY})
"""Reasons for which nothing is kept, and no exception holds: the goods were not as they should be."""


@dataclass(frozen=True)
class Exempt:
    """A kind of goods with a window of its own; zero days: not taken back unless the fault is ours.

    A product is of the kind by its category (or one below it), or by a tag.
    """

    name: str
    days: int
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def covers(self, category: str, tags: frozenset[str]) -> bool:
        """Whether a product is of this kind."""
        below = any(category == path or category.startswith(f"{path} > ") for path in self.categories)
        return below or bool(tags & set(self.tags))


@dataclass(frozen=True)
class Policy:
    """What may be brought back, until when, and what is kept of its price.

    `days` count from when the last part of the order arrived. `way_fees`: what a way back costs, minor units.
    `condition_fees`: what is kept of goods in that condition, basis points.
    """

    version: str
    days: int
    currency: str = "EUR"
    exempt: tuple[Exempt, ...] = ()
    way_fees: Mapping[str, int] = field(default_factory=dict)
    condition_fees: Mapping[str, int] = field(default_factory=dict)
    outcomes: tuple[str, ...] = tuple(Return.Outcome.values)
    gives_delivery_back: bool = True

    @property
    def longest(self) -> int:
        """The days after which nothing of any kind may come back any more."""
        return max(self.days, *(kind.days for kind in self.exempt), 0)

    def window_of(self, category: str, tags: frozenset[str]) -> tuple[int, str]:
        """The days for a product, and the name of the exception that makes them; the shortest counts."""
        windows = [(kind.days, kind.name) for kind in self.exempt if kind.covers(category, tags)]
        return min(windows, default=(self.days, ""))


HOUSE = Policy(version="2026-1", days=30, condition_fees={ReturnLine.Condition.OPENED: 1500})
"""What holds until a version is published."""


class PolicyInThePast(Problem):
    """A version would change what somebody was told at her purchase."""

    code = "policy_in_the_past"


class PolicyKnown(Problem):
    """A version of this name was published."""

    code = "policy_known"


def publish(policy: Policy, *, starts_at: datetime, by: Actor, at: datetime) -> PolicyVersion:
    """Publish a version that holds for what is bought from an instant on; raises PolicyInThePast, PolicyKnown."""
    if starts_at < at:
        raise PolicyInThePast("a version holds for purchases to come, not for those that were made")
    if PolicyVersion.objects.filter(version=policy.version).exists() or policy.version == HOUSE.version:
        raise PolicyKnown(f"{policy.version} was published; a change is a new version")
    terms = asdict(policy) | {"version": policy.version}
    return PolicyVersion.objects.create(
        version=policy.version, starts_at=starts_at, terms=terms, published_at=at, published_by=str(by)[:60]
    )


def in_force(at: datetime) -> Policy:
    """The version that holds for a purchase of that instant."""
    row = PolicyVersion.objects.filter(starts_at__lte=at).order_by("-starts_at").first()
    return read(row.terms) if row else HOUSE


def of_version(version: str) -> Policy:
    """A version by its name; raises PolicyVersion.DoesNotExist."""
    return HOUSE if version == HOUSE.version else read(PolicyVersion.objects.get(version=version).terms)


def read(terms: Mapping[str, Any]) -> Policy:
    """A version as it was stored."""
    exempt = tuple(
        Exempt(kind["name"], kind["days"], tuple(kind["categories"]), tuple(kind["tags"])) for kind in terms["exempt"]
    )
    return Policy(**{**terms, "exempt": exempt, "outcomes": tuple(terms["outcomes"])})


def in_words(policy: Policy, *, language: str) -> list[str]:
    """A version as sentences, in the language that is active; the same for page, receipt, email and agent."""

    def amount(minor: int) -> str:
        return display(minor, policy.currency, language)

    words = [
        ngettext(
            "You can return it within %(days)s day of receiving the last part of your order.",
            "You can return it within %(days)s days of receiving the last part of your order.",
            policy.days,
        )
        % {"days": policy.days}
    ]
    for kind in policy.exempt:
        if kind.days:
            words.append(_("%(kind)s: within %(days)s days.") % {"kind": kind.name, "days": kind.days})
        else:
            words.append(_("%(kind)s: only if something is wrong with it.") % {"kind": kind.name})
    for way, name in ((Return.Way.STORE, _("in any store")), (Return.Way.POST, _("by post"))):
        fee = policy.way_fees.get(way, 0)
        words.append(
            _("Returning it %(way)s costs %(fee)s.") % {"way": name, "fee": amount(fee)}
            if fee
            else _("Returning it %(way)s is free.") % {"way": name}
        )
    if opened := policy.condition_fees.get(ReturnLine.Condition.OPENED, 0):
        words.append(_("Of opened goods we keep %(part)s %%.") % {"part": f"{opened / 100:g}"})
    words.append(_("If we made a mistake, it costs you nothing."))
    return words
