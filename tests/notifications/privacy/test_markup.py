"""What somebody types is text wherever it is shown or sent: no mark-up in a page or mail, no new line in a header."""

import contextlib

import pytest
from django.test import Client

from commerce.catalog.models import Product
from commerce.customers.addresses import NotAnAddress, normalize
from commerce.customers.models import Person, PostalAddress
from commerce.rest.doors import DOORS, PEOPLE
from notifications import writing
from orders.models import OrderLine
from tests import factories
from tests.factories import MONDAY
from tests.notifications.privacy import scene, test_reads
from tests.notifications.privacy.test_reads import addresses, her
from tests.notifications.test_writing import every_message

pytestmark = pytest.mark.django_db
__all__ = ["her"]

HOSTILE = '"><script>k7</script>'
"""Into every text of hers: names, addresses, notes, answers, what was said, cases. What is cut begins a tag, too."""


OF_ITSELF = {"outbox-mail"}
"""A mail as it was sent, which our templates have escaped, on a page of its own."""


def shown(client: Client, her: Person) -> tuple[set[str], set[str]]:
    """The doors whose page shows it as text, and those on whose page it is mark-up."""
    as_text, as_markup = set(), set()
    for name, address in addresses(her):
        if name in OF_ITSELF:
            continue
        response = client.get(address)
        if response.status_code == 200 and "html" in response["Content-Type"]:
            page = response.content.decode()
            as_text |= {name} if "&lt;script&gt;k7" in page else set()
            as_markup |= {name} if "<script>k7" in page else set()
    return as_text, as_markup


@pytest.fixture
def hostile(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody all of whose texts are mark-up."""
    monkeypatch.setattr(scene, "CANARY", HOSTILE)
    her: Person = request.getfixturevalue("her")
    Product.objects.update(title=HOSTILE)
    return her


def test_staff_see_it_as_text_on_every_page(hostile: Person, client: Client) -> None:
    client.force_login(office := factories.staff("back_office"))
    factories.serving(office, hostile)

    as_text, as_markup = shown(client, hostile)

    assert as_markup == set()
    assert as_text >= {"desk", "desk-person", "outbox", "work-case", "order", "admin:customers_person"}


def test_she_herself_sees_it_as_text_on_every_page(hostile: Person, client: Client, monkeypatch) -> None:
    monkeypatch.setattr(test_reads, "BACK_OFFICE", PEOPLE)
    of_hers = test_reads.things
    known = tuple(test_reads.OF)
    monkeypatch.setattr(
        test_reads,
        "things",
        lambda door, argument, whose: of_hers(door, argument, whose) if door.startswith(known) else [],
    )
    client.force_login(hostile.user)

    as_text, as_markup = shown(client, hostile)

    assert as_markup == set()
    assert as_text >= {"account", "order"}
    assert DOORS["account"]["GET"] & PEOPLE


BROKEN = "k\r\n<i>"
"""Short, so that it fits into a text message."""


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_letter_takes_a_new_line_into_a_header_or_mark_up_into_its_page(language: str) -> None:
    told = every_message(language)
    Person.objects.update(given_name=BROKEN, family_name=BROKEN)
    PostalAddress.objects.update(recipient=BROKEN, street=BROKEN, city=BROKEN)
    OrderLine.objects.update(title=BROKEN)
    Product.objects.update(title=BROKEN)

    mails = [writing.write(each, contact_channel="email", at=MONDAY) for each in told]
    titles = [mail.title for mail in mails]
    texts = [writing.write(each, contact_channel="sms", at=MONDAY).text for each in told]

    assert [line for line in titles + texts if "\n" in line or "\r" in line] == []
    assert [mail.title for mail in mails if "<i>" in mail.html] == []
    assert any("&lt;i&gt;" in mail.html for mail in mails)


@pytest.mark.parametrize("after", ["\nBcc: eve@example.com", "\r\nBcc: eve@example.com", "\r\n\r\nHola", "\u2028x"])
@pytest.mark.parametrize(("kind", "address"), [("email", "eva@example.com"), ("phone", "+34600000001")])
def test_no_address_takes_a_header_along(kind: str, address: str, after: str) -> None:
    with pytest.raises(NotAnAddress):
        normalize(kind, address + after)
    with contextlib.suppress(NotAnAddress):
        assert len(normalize(kind, after + address).splitlines()) == 1
