"""What each piece of news from outside does, whatever state it finds: tables with a result in every cell.

The payment, refund and dispute tables are what the code goes by (orders.stripe.outcomes); a carrier's news go by rank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orders.lifecycle import SHIPMENT, Way
from orders.shipments import RANK
from orders.stripe.gateway import State
from orders.stripe.outcomes import (
    DISPUTES,
    DISPUTES_CLOSED,
    DISPUTES_OPEN,
    FOR_ORDER,
    MEANING,
    REFUND_MEANING,
    REFUND_STATES,
    REFUNDS,
    STEPS,
)


@dataclass(frozen=True)
class Outcomes:
    """One table: what we have, what is told, what is done, and in words what that means."""

    title: str
    ours: str
    told: Sequence[str]
    rows: Mapping[Any, Mapping[Any, str]]
    meaning: Mapping[Any, str]


def carried(before: str, news: str) -> str:
    """What a carrier's news does to a parcel."""
    if before not in RANK:
        return "refuse"
    if RANK[news] > RANK[before] or (before, news) == (Way.FAILED, Way.OUT_FOR_DELIVERY):
        return f"{news}"
    return "note"


CARRIED_MEANING = {
    "refuse": "We have given this parcel to no carrier; the news is kept, and marked as not understood.",
    "note": "Late or said twice: told once on the timeline, and the status stays. Of a failed"
    " try and another one the newer counts, by the carrier's clock.",
}

TABLES: tuple[Outcomes, ...] = (
    Outcomes("a payment, and its state at Stripe", "payment", tuple(State), STEPS, MEANING),
    Outcomes(
        "an order, and money that came for it", "order", ("money",), {k: {"money": v} for k, v in FOR_ORDER.items()}, {}
    ),
    Outcomes("a refund, and its state at Stripe", "refund", REFUND_STATES, REFUNDS, REFUND_MEANING),
    Outcomes("a dispute, and its state at Stripe", "dispute", (*DISPUTES_OPEN, *DISPUTES_CLOSED), DISPUTES, {}),
    Outcomes(
        "a shipment, and a carrier's news",
        "shipment",
        tuple(RANK),
        {before: {news: carried(before, news) for news in RANK} for before in SHIPMENT},
        CARRIED_MEANING,
    ),
)


def markdown(table: Outcomes) -> str:
    """A table as GitHub shows it; columns that all say the same stand together."""
    columns: dict[tuple[str, ...], list[str]] = {}
    for news in table.told:
        columns.setdefault(tuple(row[news] for row in table.rows.values()), []).append(news)
    heads = [", ".join(together) for together in columns.values()]
    lines = [f"| {table.ours} | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    lines += [
        f"| {ours} | {' | '.join(cells)} |" for ours, cells in zip(table.rows, zip(*columns, strict=True), strict=True)
    ]
    lines += [""] + [f"- *{word}*: {words}" for word, words in table.meaning.items()] if table.meaning else []
    return "\n".join(lines)
