"""A store prints the labels that are not right any more: after a new price, a promotion, its end; and only those."""

from datetime import timedelta

import pytest

from commerce import clock
from commerce.pricing.models import PriceList
from commerce.pricing.publishing import set_prices
from commerce.quotes.models import ShelfLabel
from tests.factories import promotion, staff
from tests.orders.calling import log_in
from tests.orders.shop import open_shop

pytestmark = pytest.mark.django_db
PAGE = "/store/centro/labels/"


@pytest.fixture
def shop(db):
    return open_shop()


@pytest.fixture
def clerk(shop):
    return log_in(staff("store", shop.store))


def hang(clerk) -> None:
    rows = clerk.get(PAGE).context["rows"]
    clerk.post(PAGE, {"said": [said for _, _, said in rows]})


def test_what_hangs_is_gone_from_the_list_until_its_price_changes(shop, clerk):
    assert "12,50" in clerk.get(PAGE).content.decode()
    hang(clerk)
    assert clerk.get(PAGE).context["rows"] == []

    set_prices(PriceList.objects.get(), {shop.mug.pk: (990, 1250)}, at=clock.now())
    [(label, _, _)] = clerk.get(PAGE).context["rows"]

    assert (label.tag.amount, label.tag.was, label.tag.lowest, label.before) == (990, 1250, 1250, 1250)
    assert label.tag.version == "pvp 2"


def test_a_promotion_changes_labels_when_it_begins_and_when_it_ends(shop, clerk):
    hang(clerk)
    ten = promotion(value=1000, starts_at=clock.now() - timedelta(hours=1))
    during = len(clerk.get(PAGE).context["rows"])
    hang(clerk)
    ten.is_active = False
    ten.save()

    assert (during, len(clerk.get(PAGE).context["rows"])) == (1, 1)


def test_a_price_that_changed_while_labels_were_printed_stays_on_the_list(shop, clerk):
    [(_, _, said)] = clerk.get(PAGE).context["rows"]
    set_prices(PriceList.objects.get(), {shop.mug.pk: (990, None)}, at=clock.now())

    clerk.post(PAGE, {"said": [said]})

    assert ShelfLabel.objects.count() == 0


def test_the_list_as_csv_for_a_label_printer(shop, clerk):
    shop.mug.product.title = "=1+1"
    shop.mug.product.save()

    lines = clerk.get(PAGE + "?as=csv").content.decode().splitlines()

    assert lines[0].startswith("sku,barcode,title,price,compare_at,lowest_30_days")
    assert lines[1] == "TAZA,,'=1+1,12.50,,,,,EUR,pvp 1,"
