"""The back office looks at what a price file would change, with margins, before it publishes it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from commerce.pricing.models import Price, PriceList
from tests.factories import staff, variant

pytestmark = pytest.mark.django_db
FILE = "sku,price,compare_at\nTAZA,6.05,10.00\n"


@pytest.fixture
def page(client):
    variant(sku="TAZA", price=1000, cost=600)
    client.force_login(staff("back_office"))
    return f"/admin/pricing/pricelist/{PriceList.objects.get().pk}/prices/"


def test_a_file_is_shown_first_and_published_by_a_second_button(client, page):
    shown = client.post(page, {"file": SimpleUploadedFile("p.csv", FILE.encode())})
    [(change, before, after)] = shown.context["changes"]
    count = Price.objects.count()
    client.post(page, {"content": FILE, "publish": "1"})

    assert (change.before, change.after, before, after) == ((1000, None), (605, 1000), "27.4 %", "-20.0 %")
    assert (shown.context["below"], count, Price.objects.count()) == (1, 1, 2)
    assert PriceList.objects.get().version == 2


def test_a_file_with_a_fault_is_never_published(client, page):
    answer = client.post(page, {"content": "sku,price\nTAZA,-1\n", "publish": "1"})

    assert (len(answer.context["faults"]), Price.objects.count()) == (1, 1)


def test_the_list_goes_out_as_it_comes_in(client, page):
    assert client.get(page).content.decode().splitlines() == ["sku,min_quantity,price,compare_at", "TAZA,1,10.00,"]


def test_the_page_of_a_list_offers_both(client, page):
    assert page in client.get(page.replace("prices/", "change/")).content.decode()
