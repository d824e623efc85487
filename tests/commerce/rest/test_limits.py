"""Knocks are counted, however many come at once, and wherever the caller says he is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import RequestFactory

from commerce.rest.limits import Limit, TooManyRequests, forgive, network_address, spend
from commerce.rest.models import LimitCount

THREE = Limit("three a minute", 3, within=timedelta(minutes=1))


def knocks(subject: str) -> bool:
    """Whether one more is let in."""
    try:
        spend(THREE, subject)
    except TooManyRequests:
        return False
    return True


@pytest.mark.django_db
def test_each_subject_has_a_count_of_its_own() -> None:
    assert [knocks("a") for _ in range(5)] == [True, True, True, False, False]
    assert knocks("b")


@pytest.mark.django_db
def test_after_a_while_the_count_begins_again() -> None:
    for _ in range(4):
        knocks("a")

    LimitCount.objects.update(ends_at="2020-01-01T00:00:00Z")

    assert knocks("a")


@pytest.mark.django_db
def test_who_was_right_in_the_end_is_forgiven() -> None:
    for _ in range(4):
        knocks("a")

    forgive(THREE, "a")

    assert knocks("a")


@pytest.mark.django_db
def test_what_is_stored_does_not_tell_who_knocked() -> None:
    spend(THREE, "nuria@example.com")

    assert "nuria" not in str(LimitCount.objects.values().get())


@pytest.mark.django_db(transaction=True)
def test_of_thirty_knocks_at_once_three_are_let_in() -> None:
    start = Barrier(30)

    def knock(_: int) -> bool:
        start.wait()
        try:
            return knocks("a")
        finally:
            connection.close()

    with ThreadPoolExecutor(30) as pool:
        let_in = list(pool.map(knock, range(30)))

    assert sum(let_in) == 3


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.9", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        (1, "unknown", "unknown"),
    ],
)
def test_no_more_hops_are_believed_than_there_are_proxies_of_ours(
    settings, proxies: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies

    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded})

    assert network_address(request) == address
