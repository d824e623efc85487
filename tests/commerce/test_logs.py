"""What is logged tells where, and not whom."""

import logging
import sys

import pytest

from commerce.logs import Careful


def line(message: str, *args: object, fault: bool = False) -> str:
    """A record as it is written."""
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, message, args, None)
    if fault:
        record.exc_info = sys.exc_info()
    return Careful("{levelname} {name} {message}", style="{").format(record)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("no such mailbox: nuria@example.com", "no such mailbox: …"),
        ("Not Found: /lookup/?email=nuria@example.com&x=1", "Not Found: /lookup/?email=…&x=1"),
        ("sent to +34621000101", "sent to …"),
        ("Gone: /cart/restore/qH3vT9k2LmN8pR5sWx7zB4cD6fG1jK0aE_Y-uIoPq/", "Gone: /cart/restore/…/"),
        ("Not Found: /api/v1/orders/23456789ABCDEFGHJKMNPQ/", "Not Found: /api/v1/orders/23456789ABCDEFGHJKMNPQ/"),
        ("task 7 (notifications.triggers.send_login_code): KeyError at x, line 3", None),
    ],
)
def test_addresses_and_secrets_are_blotted_out_and_the_rest_stays(said: str, written: str | None) -> None:
    assert line(said) == f"ERROR django.request {written or said}"


def fail(name: str, address: str) -> None:
    """A fault that quotes somebody, and one that it led to."""
    try:
        raise KeyError(name)
    except KeyError as problem:
        raise ValueError(address) from problem


def test_of_a_fault_its_kinds_and_places_are_written_and_not_its_messages() -> None:
    try:
        fail("Nuria" + " Carmona", "Key (value)=(nuria" + "@example.com)")
    except ValueError:
        written = line("Internal Server Error: %s", "/x/", fault=True)

    assert "Nuria Carmona" not in written
    assert "nuria@" not in written
    assert ("builtins.ValueError" in written, "builtins.KeyError" in written) == (True, True)
    assert "in fail" in written
