"""Every link that we send opens one thing, for its time, and looking at it changes nothing."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import get_resolver

from commerce import clock
from commerce.carts import handing, restoring
from commerce.customers.models import Person
from commerce.links import links
from commerce.links.models import Link
from commerce.timeline.actors import VISITOR
from inventory.alerts import asking
from notifications.cases.letters import LINK
from notifications.models import Message, Survey
from notifications.privacy import erasing
from orders import private_links
from orders.cases.models import Case
from orders.models import Order
from tests.notifications.privacy.scene import dump, somebody

pytestmark = pytest.mark.django_db
ADDRESSES = {
    handing.PURPOSE: "/cart/take/{}/",
    restoring.PURPOSE: "/cart/restore/{}/",
    private_links.PURPOSE: "/o/link/{}/",
    LINK: "/case/{}/",
    "survey": "/s/{}/",
    "unsubscribe": "/u/{}/",
    asking.LINK: "/kept/{}/",  # opened in tests/inventory/alerts
}
"""What each link is for → where it leads."""


@pytest.fixture
def her() -> Person:
    return somebody()


@pytest.fixture
def secrets(her: Person) -> dict[str, str]:
    """A link of each kind to something of hers."""
    at, cart, day = clock.now(), her.carts.get(), timedelta(days=1)
    return {
        handing.PURPOSE: handing.hand_off(cart, by=VISITOR, channel="web", at=at).secret,
        restoring.PURPOSE: restoring.create(cart, at=at),
        private_links.PURPOSE: private_links.create(Order.objects.filter(person=her).earliest("pk"), at=at),
        LINK: links.create(LINK, Case.objects.get().public_id, lasts=day, at=at),
        "survey": links.create("survey", Survey.objects.get().public_id, lasts=day, at=at),
        "unsubscribe": links.create("unsubscribe", Message.objects.latest("pk").public_id, lasts=day, at=at),
    }


def opened(secrets: dict[str, str]) -> dict[str, int]:
    """What each link answers at its own address."""
    return {purpose: Client().get(ADDRESSES[purpose].format(secret)).status_code for purpose, secret in secrets.items()}


def test_the_table_above_has_every_door_that_takes_a_secret() -> None:
    routes = {str(found[0][0][0]) for found in get_resolver().reverse_dict.values()}

    assert {"/" + route.replace("%(secret)s", "{}") for route in routes if route.endswith("%(secret)s/")} == set(
        ADDRESSES.values()
    )


def test_a_link_for_one_purpose_opens_nothing_else(secrets: dict[str, str]) -> None:
    refused = {
        (purpose, door): Client().get(address.format(secret)).status_code
        for purpose, secret in secrets.items()
        for door, address in ADDRESSES.items()
        if door != purpose
    }

    assert set(opened(secrets).values()) <= {200, 302}, "the positive control: each opens its own door"
    assert (len(refused), set(refused.values())) == (36, {404})


@pytest.mark.parametrize(
    ("what", "status"), [("one letter changed", 404), ("over", 410), ("revoked", 410), ("she was erased", 410)]
)
def test_a_link_that_is_no_good_opens_nothing(
    her: Person, secrets: dict[str, str], settings, tmp_path, what: str, status: int
) -> None:
    settings.ERASURE_LIST = str(tmp_path / "erasures.jsonl")
    tried = dict(secrets)
    match what:
        case "one letter changed":
            tried = {of: ("B" if secret[0] == "A" else "A") + secret[1:] for of, secret in secrets.items()}
        case "over":
            Link.objects.update(expires_at=clock.now())
        case "revoked":
            Link.objects.update(revoked_at=clock.now())
        case "she was erased":
            erasing.erase(her, at=clock.now())

    assert set(opened(tried).values()) == {status}


def test_looking_changes_nothing_however_often_and_gives_no_address_away(secrets: dict[str, str]) -> None:
    def everything() -> list[str]:
        return [row for row in dump().splitlines() if not row.startswith("django_session:")]

    before = everything()
    answers = {
        purpose: [look(ADDRESSES[purpose].format(secret)) for look in (Client().get, Client().head, Client().get)]
        for purpose, secret in secrets.items()
    }

    assert everything() == before
    pages = {purpose: {one.get("Referrer-Policy") for one in found} for purpose, found in answers.items()}
    assert pages.pop(private_links.PURPOSE) == {"same-origin"}, "it leads on to an address without the secret"
    assert set().union(*pages.values()) == {"no-referrer"}
