"""Amounts in arithmetic on columns."""

from django.db.models import BigIntegerField, Value


def exact(amount: int) -> Value:
    """An amount to add to a column or to take from it.

    Django takes a bare number for a four-byte one, and what is larger than that arrives as something else: 2^32 + 5
    as 5. A test holds that against it.
    """
    return Value(amount, output_field=BigIntegerField())
