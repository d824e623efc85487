"""How PostgreSQL runs a purchase whatever it is given: no table that grows with the trade is ever read whole."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from commerce.carts import edits
from commerce.carts.edits import set_quantity
from commerce.carts.showing import quote_of
from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.timeline.actors import VISITOR
from orders import checkout, drafting
from tests.factories import MONDAY, coupon, person, stock, variant
from tests.orders.checking_out import STAMP, cart_with, terms

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WARM = 8
"""A prepared statement has its one plan by then."""

OPENED = 60
"""Purchases of a shop that opened a minute ago: its statements were planned when there was nothing to read."""

SMALL = {
    "channels_location",
    "channels_saleschannel",
    "channels_firm",
    "promotions_promotion",
    "customers_blockedaddress",
}
"""Tables of settings: read whole when they are small, and they stay small."""


@pytest.fixture
def mug(store: Location) -> Variant:
    """Enough of them for every round."""
    made = variant(sku="TAZA", price=1250)
    stock(made, store, on_hand=2 * OPENED)
    return made


@pytest.fixture
def plans() -> Iterator[list[str]]:
    """What PostgreSQL says of each statement it runs, with reading a whole table as its very last resort."""
    told: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            pytest.skip("only a superuser may load the module that tells plans")
        cursor.execute("LOAD 'auto_explain'")
        for setting in (
            "auto_explain.log_min_duration = 0",
            "auto_explain.log_level = notice",
            "auto_explain.log_nested_statements = on",
            "client_min_messages = notice",
            "enable_seqscan = off",
        ):
            cursor.execute(f"SET LOCAL {setting}")
        cursor.execute("DISCARD PLANS")
    session = connection.connection
    listener = lambda notice: told.append(notice.message_primary or "")  # noqa: E731 - the same object is taken off again
    session.add_notice_handler(listener)
    yield told
    session.remove_notice_handler(listener)


def read_whole(plans: list[str]) -> set[str]:
    """The tables that could only be read from the first row to the last."""
    return {table for plan in plans for table in re.findall(r"Seq Scan on (\w+)", plan)} - SMALL


def at_last(buy: Callable[[int], object], plans: list[str]) -> list[str]:
    """The plans of one more purchase, after so many that none is planned any more."""
    for number in range(WARM):
        buy(number)
    plans.clear()
    buy(WARM)
    assert any("orders_order" in plan for plan in plans)
    return plans


def test_a_visitors_purchase_reads_no_table_whole(client, web, store, mug, plans):
    def buy(number: int) -> None:
        cart = client.post(
            "/api/v1/carts/", {"lines": [{"sku": mug.sku, "quantity": 1}]}, content_type="application/json"
        ).json()
        order = {
            "expected_total": cart["total"],
            "pickup_location": store.code,
            "email": f"eva{number}@example.com",
            "tender": "manual",
        }
        answer = client.post(f"/api/v1/carts/{cart['id']}/checkout/", order, content_type="application/json")
        assert answer.status_code == 201, answer.content

    assert read_whole(at_last(buy, plans)) == set()


def test_the_purchase_of_somebody_known_with_a_code_reads_no_table_whole(web, store, mug, plans):
    lucia, code = person("Lucía", email="lucia@example.com", phone="+34600100200"), coupon("OTOÑO", value=1000)

    def buy(number: int) -> None:
        cart = cart_with((mug, 1), web=web, person=lucia, coupon=code)
        set_quantity(cart, variant=mug, quantity=2, by=VISITOR, channel="web", at=MONDAY)
        set_quantity(cart, variant=mug, quantity=1, by=VISITOR, channel="web", at=MONDAY)
        total = quote_of(cart, at=MONDAY).total
        checkout.buy(cart, terms=terms(total, store, email=""), tender="manual", **STAMP)

    assert read_whole(at_last(buy, plans)) == set()


def read_by(plan: str) -> int:
    """The most rows that one step of this run went through, with those it threw away.

    An index also names what other tests took back, for a bitmap of the table; what is then read of the table counts.
    """
    plan = "\n".join(line for line in plan.splitlines() if "Bitmap Index Scan" not in line)
    steps = re.findall(r"\(actual [^)]*?rows=([\d.]+) loops=(\d+)\)", plan)
    thrown = re.findall(r"Rows Removed by [^:]+: (\d+)", plan)
    return max([int(float(rows) * int(loops)) for rows, loops in steps] + [int(rows) for rows in thrown], default=0)


def most_read(buy: Callable[[int], object], plans: list[str]) -> int:
    """The most rows that one step of the last purchase of a young shop goes through."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = on")
        cursor.execute("SET LOCAL auto_explain.log_analyze = on")
        # Whatever other tests left behind: nobody has yet looked at the tables, nor can autovacuum look now (it would
        # need this lock), and they are as cheap to read whole as those of a young shop.
        cursor.execute("SELECT string_agg(format('%I', tablename), ', ') FROM pg_tables WHERE schemaname = 'public'")
        cursor.execute(f"LOCK TABLE {cursor.fetchone()[0]} IN SHARE UPDATE EXCLUSIVE MODE")
        cursor.execute(
            "UPDATE pg_class SET relpages = 0, reltuples = -1"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')"
        )
        cursor.execute("SET LOCAL random_page_cost = 1000")
    for number in range(OPENED):
        plans.clear()
        buy(number)
    assert any("orders_order" in plan for plan in plans)
    return max(read_by(plan) for plan in plans)


@pytest.fixture
def buy_as_guest(web: SalesChannel, store: Location, mug: Variant) -> Callable[[int], object]:
    """A visitor's purchase, each with an address of its own."""
    return lambda number: checkout.buy(
        cart_with((mug, 1), web=web),
        terms=terms(1250, store, email=f"eva{number}@example.com"),
        tender="manual",
        **STAMP,
    )


def test_a_young_shops_sixtieth_purchase_reads_no_more_than_its_first(buy_as_guest, plans):
    assert most_read(buy_as_guest, plans) < OPENED / 2


def test_plans_made_for_small_tables_go_through_all_of_them(buy_as_guest, plans, monkeypatch):
    """The positive control: plans are left to PostgreSQL, which takes small tables for cheap to read whole."""
    for room in (edits, drafting):
        monkeypatch.setattr(room, "keep_plans", lambda **_: None)

    assert most_read(buy_as_guest, plans) >= OPENED - 1


def test_without_an_index_a_table_is_read_whole(web, store, mug, plans):
    """The positive control: the same look at a purchase whose guest is looked for in all addresses."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX contact_point_value")
        cursor.execute("ALTER TABLE customers_contactpoint DROP CONSTRAINT contact_point_once_per_person")

    def buy(number: int) -> None:
        checkout.buy(cart_with((mug, 1), web=web), terms=terms(1250, store), tender="manual", **STAMP)

    assert "customers_contactpoint" in read_whole(at_last(buy, plans))
