"""Every table and every text field has a decision: whose it is, and what an erasure leaves in it."""

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from commerce.customers.models import ContactPoint, Person, PostalAddress
from notifications.privacy.held import HELD, MENTIONING, NOBODYS

TEXTS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField, ArrayField)
HOW = "decide about it in notifications/privacy/held.py; how stands at its top"


def texts_of(model: type[models.Model]) -> set[str]:
    """The fields of a table that could hold what somebody typed; ids of ours and choices cannot."""
    return {
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, TEXTS) and not field.choices and field.name != "public_id"
    }


def points_to_her(model: type[models.Model]) -> bool:
    """Whether a row names a person or an address of hers."""
    return any(field.related_model in (Person, ContactPoint, PostalAddress) for field in model._meta.concrete_fields)


def test_every_table_with_texts_or_people_in_it_has_been_decided_about() -> None:
    lacking = [
        f"{model._meta.label}: {HOW}"
        for model in apps.get_models()
        if (texts_of(model) or points_to_her(model)) and model._meta.label not in (HELD | MENTIONING | NOBODYS)
    ]

    assert lacking == []


def test_no_table_that_names_a_person_is_said_to_be_nobodys() -> None:
    assert [m._meta.label for m in apps.get_models() if points_to_her(m) and m._meta.label in NOBODYS] == []


@pytest.mark.parametrize("label", HELD)
def test_every_text_of_hers_has_been_decided_about(label: str) -> None:
    held, texts = HELD[label], texts_of(apps.get_model(label))

    undecided = texts - set(held.personal) - set(held.plain)
    gone = (set(held.personal) | set(held.plain)) - {f.name for f in apps.get_model(label)._meta.concrete_fields}

    assert (undecided, gone) == (set(), set()), HOW
    assert not set(held.personal) & set(held.plain)


def test_no_table_is_decided_about_twice_or_without_being_there() -> None:
    known = {model._meta.label for model in apps.get_models()}
    tables = [*HELD, *MENTIONING, *NOBODYS]

    assert len(tables) == len(set(tables))
    assert set(tables) - known == set()
