"""The rules of `manage.py audit`, asked by tests after what they did."""

from django.db import connection
from django.utils.module_loading import import_string


def violations(*rules: str) -> list[str]:
    """What breaks the rules under these dotted names, in words; empty where all is well."""
    found = []
    with connection.cursor() as cursor:
        for name in rules:
            for rule in import_string(name):
                cursor.execute(rule.violations)
                found += [f"{rule.name}: {row}" for row in cursor.fetchall()]
    return found
