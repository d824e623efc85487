"""Files of tills: taken in like any sale of today, or set apart with the reason until a person tries again."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from inventory.models import Movement, Stock
from orders.journal import files
from orders.journal.files import FileGone, FileTooLarge
from orders.journal.models import TillFile
from orders.models import Order
from tests import factories
from tests.factories import MONDAY
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db
OFFICE = Actor("staff", "1")
XML = (
    '<?xml version="1.0"?><POSLog xmlns="http://www.nrf-arts.org/IXRetail/namespace/" MajorVersion="{version}">'
    "<Transaction><BusinessUnit><UnitID>{store}</UnitID></BusinessUnit><WorkstationID>3</WorkstationID>"
    "<SequenceNumber>41</SequenceNumber><BusinessDayDate>2026-11-23</BusinessDayDate>"
    "<EndDateTime>2026-11-23T10:00:00</EndDateTime>"
    '<RetailTransaction Version="{version}"><LineItem><SequenceNumber>1</SequenceNumber><Sale>'
    "<POSIdentity><POSItemID>TAZA</POSItemID></POSIdentity><Description>Taza</Description>"
    "<ActualSalesUnitPrice>12.50</ActualSalesUnitPrice><ExtendedAmount>25.00</ExtendedAmount><Quantity>2</Quantity>"
    "</Sale></LineItem></RetailTransaction></Transaction></POSLog>"
)


def log(*, version: str = "6", store: str = "centro") -> bytes:
    return XML.format(version=version, store=store).encode()


def take_in(content: bytes, *, name: str = "caja.xml") -> TillFile:
    return files.take_in(BytesIO(content), name=name, format="poslog", by=OFFICE, at=MONDAY)


def test_a_log_of_today_is_told_like_any_other_sale_and_once(shop: Shop) -> None:
    first, again = take_in(log()), take_in(log(), name="../copia.xml")

    assert (first.status, first.lines, again.pk) == ("taken", 1, first.pk)
    assert (Order.objects.count(), Stock.objects.get(location=shop.store).on_hand) == (1, 3)
    assert Movement.objects.filter(reason__startswith="derived").count() == 0, "today is no history"
    assert Entry.objects.get(type="till.sold").recorded_at == MONDAY
    assert bytes(TillFile.objects.get().content) == b"", "what was taken is not kept twice"


def test_a_dialect_that_nobody_knows_is_set_apart_and_read_once_we_know_it(shop: Shop, monkeypatch) -> None:
    kept = take_in(log(version="7"))
    seen = (kept.status, kept.reason, Order.objects.count())

    monkeypatch.setattr("orders.poslog.VERSIONS", ("2.2", "6", "7"))
    files.again(kept, by=OFFICE, at=MONDAY)

    assert seen == ("quarantined", "caja.xml is a POSLog of version 7; known are 2.2 and 6", 0)
    assert (kept.status, kept.reason, Order.objects.count()) == ("taken", "", 1)


def test_a_store_that_is_set_up_later_gets_its_sales_with_a_second_try(shop: Shop) -> None:
    kept = take_in(log(store="sur"))
    seen = (kept.status, kept.rejected, Order.objects.count())
    factories.sales_channel("store", locations=(factories.location("sur"),))

    files.again(kept, by=OFFICE, at=MONDAY)

    assert seen == ("partly", 1, 0)
    assert (kept.status, kept.rejected, Order.objects.get().location.code) == ("taken", 0, "sur")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + log(),
        log()[:200],
        "ñ".encode("latin-1"),
    ],
    ids=["empty", "no xml", "an entity", "cut off", "another encoding"],
)
def test_a_bad_file_is_set_apart_with_its_reason_and_nothing_is_booked(shop: Shop, content: bytes) -> None:
    kept = take_in(content)

    assert (kept.status, bool(kept.reason), Order.objects.count()) == ("quarantined", True, 0)
    assert "root:" not in kept.reason


def test_what_is_too_large_is_not_even_kept(monkeypatch) -> None:
    monkeypatch.setattr(files, "MOST", 10)

    with pytest.raises(FileTooLarge):
        take_in(b"x" * 11)

    assert TillFile.objects.count() == 0


def test_what_nobody_mends_in_a_month_is_let_go_of(shop: Shop) -> None:
    kept = take_in(b"not xml")

    early, late = (files.forget(at=MONDAY + timedelta(days=days)) for days in (29, 31))

    kept.refresh_from_db()
    assert (early, late, bytes(kept.content)) == (0, 1, b"")
    with pytest.raises(FileGone):
        files.again(kept, by=OFFICE, at=MONDAY)


def test_the_back_office_sends_a_file_and_tries_again_with_a_button(shop: Shop, client: Client, monkeypatch) -> None:
    client.force_login(User.objects.create_superuser("jefa"))
    rows = reverse("admin:journal_tillfile_changelist")
    sent = {"format": "poslog", "file": SimpleUploadedFile("caja.xml", log(version="7"))}

    added = client.post(reverse("admin:journal_tillfile_add"), sent, follow=True)
    kept = TillFile.objects.get()
    monkeypatch.setattr("orders.poslog.VERSIONS", ("7",))
    tried = client.post(rows, {"action": "try_again", "_selected_action": [kept.pk]}, follow=True)

    assert "is a POSLog of version 7" in added.content.decode()
    assert "1 lines taken" in tried.content.decode()
    assert (Order.objects.count(), client.get(rows).status_code) == (1, 200)
