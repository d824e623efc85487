"""Addresses that say nothing about who gives them: shared mailboxes, made-up numbers, the shop's own.

People still get mail at them and may log in with them. But nobody is found, taken for the same guest, or merged because
of one. Written in SQL, so that the statements that match people need no second question.
"""

from collections.abc import Iterable

from django.db import connection

# `given` is whatever has the columns kind and value.
BLOCKED = r"""
    given.kind = 'email' AND given.value ~ '^(info|hola|hello|contact|contacto|admin|office|oficina|sales|ventas|tienda|shop|store|test|prueba|none|nobody|noemail|no-?reply|sincorreo|cliente|customer)@'
    OR given.kind IN ('phone', 'whatsapp') AND (
        given.value ~ '([0-9])\1{6}$' OR given.value ~ '(0123456|1234567|2345678|3456789|9876543)'
        OR EXISTS (
            SELECT FROM channels_location l
            WHERE l.phone <> '' AND right(regexp_replace(l.phone, '[^0-9]', '', 'g'), 9) = right(given.value, 9)
        )
    )
    OR given.kind = 'loyalty' AND given.value ~ '^(.)\1*$'
    OR EXISTS (SELECT FROM customers_blockedaddress b WHERE b.kind = given.kind AND b.value = given.value)
"""  # noqa: E501

ASK = f"SELECT kind, value FROM unnest(%s::text[], %s::text[]) AS given(kind, value) WHERE {BLOCKED}"  # noqa: S608


def blocked_among(addresses: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these addresses, in their one spelling, that tell nothing about who gives them."""
    kinds, values = zip(*set(addresses), strict=True) if addresses else ((), ())
    with connection.cursor() as cursor:
        cursor.execute(ASK, [list(kinds), list(values)])
        return set(cursor.fetchall())
