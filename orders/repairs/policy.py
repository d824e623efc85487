"""Whose promise is broken when a shelf turns out to have less than was promised of it. Pure.

A till that was offline sold what somebody else was promised meanwhile. The goods are gone, so some promise must give
way: the one that costs least to break, unit by unit, until what is left can be kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Cost(IntEnum):
    """What it costs to break a promise, the cheapest first. This order is the policy."""

    LEASE = 1
    """Units that a till took beforehand and has not sold."""
    UNPAID_HOLD = 2
    """Somebody is at the checkout, or asked us to keep it."""
    UNPAID_ORDER = 3
    PAID_SERVED_ELSEWHERE = 4
    """Another location can serve it; the shopper may not even notice."""
    PICKUP_NOT_STARTED = 5
    SHIPMENT_NOT_STARTED = 6
    BEING_PICKED = 7
    READY = 8
    """She was told that it lies there for her."""


@dataclass(frozen=True)
class Promise:
    """Units of the shelf that somebody was promised, and when."""

    demand: str
    quantity: int
    made_at: datetime
    cost: Cost


@dataclass(frozen=True)
class Change:
    """Goods that came or went, when it happened in truth."""

    quantity: int
    occurred_at: datetime


@dataclass(frozen=True)
class Victim:
    """A promise that gives way, and by how many units. `in_vain` says that it was empty when it was made."""

    promise: Promise
    units: int
    in_vain: bool


def replay(on_hand: int, changes: Sequence[Change], promises: Sequence[Promise]) -> set[str]:
    """Which promises were made in vain: had we known all sales in their order, the shelf could not have kept them.

    `on_hand` is what lies there now; `changes` are what led to it, as far back as the first promise.
    """
    began_with = on_hand - sum(change.quantity for change in changes)
    in_vain: set[str] = set()
    kept = 0
    for promise in sorted(promises, key=lambda promise: (promise.made_at, promise.demand)):
        there = began_with + sum(change.quantity for change in changes if change.occurred_at <= promise.made_at)
        if there - kept < promise.quantity:
            in_vain.add(promise.demand)
        else:
            kept += promise.quantity
    return in_vain


def choose(promises: Sequence[Promise], *, short: int, in_vain: set[str]) -> list[Victim]:
    """The cheapest promises to break for so many units. At the same cost: first those made in vain, then the latest."""
    victims = []
    latest_first = sorted(promises, key=lambda promise: (promise.made_at, promise.demand), reverse=True)
    for promise in sorted(latest_first, key=lambda promise: (promise.cost, promise.demand not in in_vain)):
        if short <= 0:
            break
        units = min(promise.quantity, short)
        victims.append(Victim(promise, units, promise.demand in in_vain))
        short -= units
    return victims
