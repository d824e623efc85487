"""A history of grocery stores goes in through the door of the tills, whole, as online-retail does."""

import gzip
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from inventory.models import Movement, Stock
from orders.complete_journey import COLUMNS, read_file, tills
from orders.models import Order, OrderLine
from orders.sales_import import import_sales
from tests.factories import MONDAY

pytestmark = pytest.mark.django_db
FILE = "data/complete-journey/transactions_5stores_weeks40-48.csv.gz"
ROWS = (
    "126,292,40106875177,841220,1,2.5,1.29,0.0,0.0,2017-09-25 13:45:46",
    "126,292,40106875177,843898,3,2.0,0.39,0.5,0.25,2017-09-25 13:45:46",
    "126,292,40106875177,5978656,0,0.0,0.0,2.5,0.0,2017-09-25 13:45:46",
    "2281,367,40127229045,841220,2,5.0,0.0,0.0,0.0,2017-09-27 20:37:27",
)


def file_of(folder: Path, *rows: str) -> Path:
    path = folder / "journey.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    return path


def test_a_baskets_totals_are_those_of_the_file_and_a_quantity_of_zero_moves_nothing(tmp_path: Path) -> None:
    sales = read_file(file_of(tmp_path, *ROWS))

    imported = import_sales(sales, tills=tills(receipt.place for receipt in sales.receipts), at=MONDAY)

    assert (imported.counts["sale"], imported.counts.total(), imported.disagreeing) == (4, 4, [])
    order = Order.objects.get(number="CJ-40106875177")
    assert (order.goods_total, order.discount_total, order.total, order.currency) == (643, 193, 450, "USD")
    lines = order.lines.values_list("quantity", "unit_price", "discount", "total")
    assert list(lines) == [(1, 379, 129, 250), (3, 88, 64, 200), (0, 0, 0, 0)]
    assert Movement.objects.filter(kind="sold").aggregate(Sum("quantity"))["quantity__sum"] == -6


def test_a_basket_with_a_mistaken_row_stays_out_whole(tmp_path: Path) -> None:
    bad = ROWS[1].replace("2.0", "2.005")
    path = file_of(tmp_path, ROWS[0], bad, *ROWS[2:])

    with pytest.raises(CommandError, match="3 lines were rejected"):
        call_command("import_sales", str(path), "--format", "complete-journey", "--report", str(tmp_path / "r.csv"))

    assert Order.objects.count() == 1


@pytest.mark.shared
@pytest.mark.slow
def test_all_lines_of_the_five_stores_go_in_and_the_money_agrees(shared: Path, tmp_path: Path) -> None:
    for _ in range(2):
        call_command(
            "import_sales", str(shared / FILE), "--format", "complete-journey", "--report", str(tmp_path / "r.csv")
        )

    assert OrderLine.objects.count() == 24_849
    assert Order.objects.aggregate(Sum("total"))["total__sum"] == 8_286_738
    assert Order.objects.count() == 2_439
    assert not Stock.objects.filter(on_hand__lt=0).exists()
    with gzip.open(shared / FILE, "rt") as rows:
        assert sum(1 for _ in rows) == 24_850
