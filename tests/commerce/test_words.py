"""Every refusal and every entry can be told to a reader, in both languages."""

import importlib
import pkgutil

import pytest
from django.urls import get_resolver
from django.utils.translation import override

import commerce
import inventory
import notifications
import orders
from commerce.refusals import REFUSALS, sentence
from commerce.rest.problems import Problem
from commerce.telling import SENTENCES, tell
from commerce.timeline.models import Entry

MACHINES_ONLY = {
    "refused",
    "idempotency_key_reused",
    "idempotency_in_progress",
    "idempotency_key_invalid",
    "too_large",
    "batch_taken",
    "quote_changed",
    "quote_ended",
    "quote_unknown",
}
"""Refusals that no page can meet."""


def kinds_of(problem: type[Problem]) -> set[type[Problem]]:
    """A refusal and all that are a kind of it."""
    return {problem}.union(*(kinds_of(kind) for kind in problem.__subclasses__()))


def test_every_refusal_that_a_door_can_meet_has_its_sentence() -> None:
    get_resolver().reverse_dict  # every address, so every door and what stands behind it  # noqa: B018
    codes = {kind.code for kind in kinds_of(Problem) if kind.__module__.split(".")[0] != "tests"}

    lacking = sorted(codes - MACHINES_ONLY - set(REFUSALS))

    assert lacking == []


def test_every_entry_type_has_its_sentence() -> None:
    rooms = [
        importlib.import_module(module.name)
        for package in (commerce, inventory, orders, notifications)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if module.name.endswith(".happenings")
    ]
    declared = [thing for room in rooms for thing in vars(room).values() if isinstance(thing, type)]
    types = {thing.type for thing in declared if isinstance(getattr(thing, "type", None), str)}

    lacking = sorted(types - set(SENTENCES))

    assert lacking == []


def test_a_refusal_names_its_facts_in_the_readers_language() -> None:
    with override("es"):
        spanish = sentence("too_many_units", "at most 9999 units", {"limit": 9999})

    assert spanish == "En una cesta caben como mucho 9999 unidades de lo mismo."


@pytest.mark.parametrize(("code", "facts"), [("made_up", {}), ("too_many_units", {})])
def test_a_refusal_that_the_table_cannot_word_says_its_own(code: str, facts: dict[str, object]) -> None:
    assert sentence(code, "at most 9999 units", facts) == "at most 9999 units"


@pytest.mark.parametrize(
    ("language", "told"), [("es", "Pedido 100001 hecho: 19,80 €"), ("en", "Order 100001 placed: €19.80")]
)
def test_an_entry_is_told_with_its_amounts_as_the_reader_writes_them(language: str, told: str) -> None:
    entry = Entry(type="order.placed", data={"number": "100001", "total": 1980, "currency": "EUR"})

    with override(language):
        words = tell(entry).replace("\xa0", " ")

    assert words == told


def test_an_instant_is_told_by_the_shops_clock() -> None:
    entry = Entry(type="fulfillment.promised", data={"promised_for": "2026-11-23T12:00:00+00:00"})

    with override("es"):
        words = tell(entry)

    assert words == "Prometido para el lun 23 nov, 13:00"


def test_an_entry_of_an_unknown_type_is_told_by_its_type() -> None:
    assert tell(Entry(type="moon.rose", data={})) == "moon.rose"
