"""What a person tells us about herself, and may change at any time."""

from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.card_numbers import hide
from commerce.customers.models import Person, PostalAddress
from commerce.rest.problems import Problem

MAX_ADDRESSES = 50


class TooManyAddresses(Problem):
    """More addresses than anybody has."""

    code = "too_many_addresses"
    status = 422


def change(person: Person, *, fields: dict[str, Any], entered_in: str, at: datetime) -> Person:
    """Set names, language, and how and when she likes to hear from us.

    No entry tells of it: all of this is personal data, and nothing follows from it.
    """
    fields = {name: hide(value) if isinstance(value, str) else value for name, value in fields.items()}
    if fields.keys() & {"given_name", "family_name"}:
        fields = fields | {"named_at": at, "named_in": entered_in}
    for name, value in fields.items():
        setattr(person, name, value)
    person.save(update_fields=list(fields))
    return person


@transaction.atomic
def add_address(person: Person, *, entered_in: str, at: datetime, **fields: str) -> PostalAddress:
    """Keep a postal address; the same one twice is one. Raises TooManyAddresses."""
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    fields = {name: hide(value) for name, value in fields.items()}
    hers = person.addresses.filter(removed_at=None)
    if known := hers.filter(**fields).first():
        return known
    if hers.count() >= MAX_ADDRESSES:
        raise TooManyAddresses(f"no more than {MAX_ADDRESSES} addresses; please remove one first")
    return PostalAddress.objects.create(person=person, entered_at=at, entered_in=entered_in, **fields)


def remove_address(address: PostalAddress, *, at: datetime) -> None:
    """Offer an address no more; orders that went there keep it."""
    PostalAddress.objects.filter(pk=address.pk, removed_at=None).update(removed_at=at)
