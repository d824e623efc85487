"""The guards, and how the race lab takes them away to prove that it would notice. Production knows nothing of this."""

import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import connection

from commerce.channels.models import SalesChannel
from commerce.promotions import uses
from inventory import holds, ledger, sourcing
from inventory.holds import Want
from inventory.nearby import Point
from orders.journal import leases, taking
from orders.journal.reading import Said
from orders.racelab.databases import PREFIX

DREAM = 0.25
"""Seconds between looking and taking: longer than a busy machine needs to let all others look, too."""

allocate_some = holds.allocate_now


def allocate_line_by_line(wants: Sequence[Want], *, at: datetime) -> None:
    """Take each line's shelf as it comes, not in the one order of the house."""
    for want in wants:
        allocate_some([want], at=at)
        if len(wants) > 1:
            time.sleep(0.01)


read_facts = sourcing.facts_for


def read_and_dream(
    sales_channel: SalesChannel, variants: Collection[int], *, near: Point | None = None, at: datetime
) -> sourcing.Facts:
    """Let others pass between looking and taking, so that it is not luck whether a missing guard shows."""
    facts = read_facts(sales_channel, variants, near=near, at=at)
    time.sleep(DREAM)
    return facts


def let_pass(*args: Any, **kwargs: Any) -> None:
    """Count nothing, refuse nothing."""


read_fact = taking.read


def read_as_new(body: Any, *, zone: ZoneInfo) -> Said:
    """Take what a till tells for something that was never told before, whatever its name and number."""
    return replace(read_fact(body, zone=zone), uuid=uuid4(), sequence=1 + secrets.randbelow(2**40))


def without_promises() -> None:
    """Promise what is not there, carry away what is promised, take shelves in any order, count no use of a coupon."""
    vars(holds).update(ALLOCATE_NOW=holds.ALLOCATE_NOW.replace(holds.GUARD, "true"), allocate_now=allocate_line_by_line)
    vars(ledger).update(make_room=let_pass)
    vars(sourcing).update(facts_for=read_and_dream)
    vars(uses).update(take=let_pass, count=let_pass)


def without_names_of_facts() -> None:
    """Book whatever a till tells, however often it told it before."""
    vars(taking).update(read=read_as_new)


def without_leases() -> None:
    """Tell a till that it has a lease, and keep nothing for it."""
    vars(leases).update(hold_exactly=let_pass)


GUARDS: Mapping[str, Callable[[], None]] = {
    "promises": without_promises,
    "names of facts": without_names_of_facts,
    "leases": without_leases,
}


def take_away(guard: str) -> None:
    """Leave this process without a guard; raises RuntimeError on any database but one of the lab's own."""
    if not str(connection.settings_dict["NAME"]).startswith(PREFIX):
        raise RuntimeError("this is the race lab's, and runs on its throw-away databases only")
    GUARDS[guard]()
