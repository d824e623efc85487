"""No code of ours stands on a page: each value that a sentence of the timeline may name has a word in Spanish."""

import re

import pytest
from django.utils.translation import override

from commerce.naming import WORDS, named
from commerce.promises.models import Promise
from commerce.telling import AMOUNTS, INSTANTS, SENTENCES
from notifications.visible import TOLD, WHY
from orders.cases.models import Case, Kind, Team
from orders.models import OrderHold
from orders.pages import TOLD as ON_HER_PAGE
from orders.returns.models import Return

FREE = {
    "number",
    "key",
    "units",
    "position",
    "step",
    "quantity",
    "sku",
    "score",
    "carrier",
    "waits",
    "granted",
    "purpose",
}
"""Numbers, names and keys, which are the same in every language."""

VALUES: dict[str, set[str]] = {
    "order.held kind": set(OrderHold.Kind.values),
    "order.released kind": set(OrderHold.Kind.values),
    "case.opened kind": set(Kind.values),
    "case.closed outcome": set(Case.Outcome.values),
    "case.handed_over from_team": set(Team.values),
    "case.handed_over to_team": set(Team.values),
    "return.requested outcome": set(Return.Outcome.values),
    "return.requested way": set(Return.Way.values),
    "return.settled outcome": set(Return.Outcome.values),
    "promise.endangered danger": set(Promise.Danger.values),
    "promise.broken danger": {*Promise.Danger.values, "unforeseen"},
}
SHE_READS = sorted({*ON_HER_PAGE, *TOLD, *(kind for kind in SENTENCES if kind.startswith(("case.", "return.")))})


def facts_of(kind: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", str(SENTENCES[kind]))) - AMOUNTS - INSTANTS - FREE


@pytest.mark.parametrize("kind", SHE_READS)
def test_every_value_in_a_sentence_that_she_reads_has_a_word(kind: str) -> None:
    named_facts = {f"{kind} {fact}" for fact in facts_of(kind)}

    assert named_facts <= VALUES.keys(), "say which values this fact may have"
    assert {value for fact in named_facts for value in VALUES[fact]} <= WORDS.keys()


@pytest.mark.parametrize("values", [{"exchange", "post"}, set(OrderHold.Kind.values), set(Team.values)])
def test_the_words_are_spanish_on_a_spanish_page(values: set[str]) -> None:
    with override("es"):
        assert {value for value in values if named(value) == value} == set()


def test_every_reason_why_something_was_not_told_has_a_word() -> None:
    assert set(WHY) <= WORDS.keys()
