"""Links open one thing for one purpose, until they run out or are revoked."""

from datetime import timedelta

import pytest

from commerce.ids import digest
from commerce.links import links
from commerce.links.links import LinkExpired, LinkNotFound
from tests.factories import MONDAY

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


def test_a_link_is_found_by_its_secret_and_only_the_digest_is_stored():
    secret = links.create("cart", "CART1", lasts=WEEK, at=MONDAY)

    link = links.find("cart", secret, at=MONDAY + WEEK - timedelta(seconds=1))

    assert (link.subject, link.digest) == ("CART1", digest(secret))
    assert len(secret) == 43


def test_a_link_of_another_purpose_or_with_one_letter_changed_is_not_known():
    secret = links.create("cart", "CART1", lasts=WEEK, at=MONDAY)
    mangled = ("B" if secret[0] == "A" else "A") + secret[1:]

    for purpose, wrong in (("survey", secret), ("cart", mangled), ("cart", ""), ("cart", "\x00é")):
        with pytest.raises(LinkNotFound):
            links.find(purpose, wrong, at=MONDAY)


def test_a_link_runs_out_at_its_instant():
    secret = links.create("cart", "CART1", lasts=WEEK, at=MONDAY)

    with pytest.raises(LinkExpired):
        links.find("cart", secret, at=MONDAY + WEEK)


def test_a_revoked_link_is_gone_and_those_of_other_things_stay():
    revoked, other = (links.create("cart", subject, lasts=WEEK, at=MONDAY) for subject in ("CART1", "CART2"))

    assert links.revoke("cart", "CART1", at=MONDAY) == 1

    with pytest.raises(LinkExpired):
        links.find("cart", revoked, at=MONDAY)
    assert links.find("cart", other, at=MONDAY).subject == "CART2"
