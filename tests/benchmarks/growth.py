"""What growth costs: the same purchases in a small shop and in one with millions of rows, by turns in the same run.

Both shops are throw-away databases on one server. Their rows are written by a few statements, and only then are both
asked. Afterwards, in the large one: why a shelf has what it has as of an instant, and a file of counts that comes in.
"""

import csv
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection

from commerce import clock
from commerce.channels.models import Location
from commerce.timeline.actors import Actor
from inventory.explaining import explain
from inventory.feeds import import_stock
from inventory.models import Movement, Stock
from orders.racelab import databases
from tests.benchmarks import clients, machine, purchases, shop
from tests.factories import LONG_AGO

NAME = "growth: purchase and explanation with many stock rows and movements"
SMALL = 10_000
"""Stock rows of the small shop; it has as many movements a row as the large one."""
PLACES = 6
ROUNDS = 7
BUYERS = 16
EACH = 20
SHELVES = 300
FED = 100_000

# One more of what there is, in every column, but for those that must differ.
PRODUCTS = """
INSERT INTO catalog_product SELECT made.* FROM catalog_product AS first,
    generate_series(%(from)s::int, %(to)s::int) AS n,
    jsonb_populate_record(first, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('catalog_product', 'id')), 'public_id', 'P' || lpad(n::text, 21, '0'),
        'handle', 'b-' || n, 'title', 'Taza de prueba ' || n, 'search_text', 'taza de prueba ' || n)) AS made
WHERE first.id = (SELECT min(id) FROM catalog_product)
"""
VARIANTS = """
INSERT INTO catalog_variant SELECT made.* FROM catalog_variant AS first,
    generate_series(%(from)s::int, %(to)s::int) AS n JOIN catalog_product product ON product.handle = 'b-' || n,
    jsonb_populate_record(first, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('catalog_variant', 'id')), 'public_id', 'V' || lpad(n::text, 21, '0'),
        'product_id', product.id, 'sku', 'B-' || n)) AS made
WHERE first.id = (SELECT min(id) FROM catalog_variant)
"""
PRICES = """
INSERT INTO pricing_price SELECT made.* FROM pricing_price AS first,
    generate_series(%(from)s::int, %(to)s::int) AS n JOIN catalog_variant variant ON variant.sku = 'B-' || n,
    jsonb_populate_record(first, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('pricing_price', 'id')), 'variant_id', variant.id)) AS made
WHERE first.id = (SELECT min(id) FROM pricing_price)
"""
STOCK = """
INSERT INTO inventory_stock (variant_id, location_id, on_hand, held, allocated, buffer, damaged, incoming)
SELECT variant.id, location.id, %(plenty)s::int, 0, 0, 0, 0, 0 FROM generate_series(%(from)s::int, %(to)s::int) AS n
JOIN catalog_variant variant ON variant.sku = 'B-' || n
CROSS JOIN (SELECT id FROM channels_location ORDER BY id LIMIT 6) AS location ORDER BY variant.id, location.id
"""
# Three years of sales, in the order of their time and so scattered over all shelves, as a ledger grows. Few shelves
# sell most: of a million, the busiest has one sale in a hundred.
SALES = """
INSERT INTO inventory_movement (stock_id, kind, quantity, damaged, reason, demand, cause, actor, device,
                                occurred_at, recorded_at, key, written_in)
SELECT first + floor(%(rows)s::int * power((n * 2654435761 %% 4294967296)::float / 4294967296, 3))::bigint,
       'sold', -1, 0, '', '', 'bench', 'system', '', moment, moment + interval '2 seconds', 'sale-' || n, n / 3
FROM (SELECT min(id) AS first FROM inventory_stock) AS shelves, generate_series(1, %(sales)s::bigint) AS n,
     LATERAL (SELECT %(began)s::timestamptz + n * (interval '3 years' / %(sales)s::float) AS moment) AS clock
"""
OPENINGS = """
INSERT INTO inventory_movement (stock_id, kind, quantity, damaged, reason, demand, cause, actor, device,
                                occurred_at, recorded_at, key, written_in)
SELECT s.id, 'received', %(plenty)s::int + coalesce(sold.units, 0) - coalesce(was.units, 0), 0, '', '', 'bench',
       'system', '', %(began)s::timestamptz, %(began)s::timestamptz, 'opening-' || s.id, 0
FROM inventory_stock s
LEFT JOIN (SELECT stock_id, count(*) AS units FROM inventory_movement WHERE kind = 'sold' GROUP BY 1) AS sold
    ON sold.stock_id = s.id
LEFT JOIN (SELECT stock_id, sum(quantity) AS units FROM inventory_movement WHERE kind = 'received' GROUP BY 1) AS was
    ON was.stock_id = s.id
"""


@dataclass(frozen=True)
class Shop:
    """A database with so many rows, and where its web server answers."""

    database: str
    rows: int
    movements: int
    url: str = ""

    @property
    def variants(self) -> int:
        """How many things it sells."""
        return variants(self.rows)

    @property
    def described(self) -> str:
        """In words."""
        return f"{self.rows:,} stock rows and {self.movements:,} movements"

    def buy(self, client: clients.Client, number: int) -> None:
        """One purchase of one of all its things, the next far from the last."""
        purchases.buy(client, f"B-{number * 7919 % self.variants}", number)


def variants(rows: int) -> int:
    """How many things make so many stock rows, or a few more."""
    return -(-rows // PLACES)


def fill(rows: int, movements: int) -> None:
    """Bring the shop of all benchmarks to so many stock rows and movements."""
    began = LONG_AGO
    span = {"from": shop.VARIANTS, "to": variants(rows) - 1}
    sales = {"rows": rows, "sales": movements - rows, "began": began}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in (PRODUCTS, VARIANTS, PRICES):
            cursor.execute(statement, span)
        cursor.execute(STOCK, {**span, "plenty": shop.PLENTY})
        cursor.execute(SALES, sales)
        cursor.execute(OPENINGS, {"plenty": shop.PLENTY, "began": began})
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")


@contextmanager
def shops(rows: int, movements: int, say: Callable[[str], None]) -> Iterator[tuple[Shop, Shop]]:
    """The small shop and the large one, both of the same make; dropped at the end."""
    each = movements // rows
    with databases.two_databases(shop.build) as (first, second):
        made = Shop(first, min(SMALL, rows), min(SMALL, rows) * each), Shop(second, rows, movements)
        for one in made:
            say(f"a shop with {one.described}")
            databases.use(one.database)
            fill(one.rows, one.movements)
        yield made


def measure(
    rows: int, movements: int, *, web: Callable[..., Any], port: int, postmaster: int, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """What a purchase costs in both shops, by turns; then what explaining costs in the large one."""
    connection.ensure_connection()
    original = connection.settings_dict["NAME"]
    try:
        with shops(rows, movements, say) as made:
            found = purchases_by_turns(made, web=web, port=port, postmaster=postmaster, say=say)
            databases.use(made[1].database)
            say(f"explanations and a feed among {movements:,} movements")
            return [*found, *explanations(movements, postmaster), feed(made[1], postmaster)]
    finally:
        databases.use(original)


def purchases_by_turns(
    made: tuple[Shop, Shop], *, web: Callable[..., Any], port: int, postmaster: int, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """The same purchases here and there, turn by turn, so that the machine's mood falls on both."""
    costs: list[list[machine.Processes]] = [[], []]
    loads: list[list[clients.Load]] = [[], []]
    with ExitStack() as running:
        roots = [
            running.enter_context(web(port + number, database=databases.url_of(one.database)))
            for number, one in enumerate(made)
        ]
        for turn in range(ROUNDS + 1):  # the first is not counted
            for number, one in enumerate(made):
                before = machine.used(roots[number], postmaster)
                load = clients.run(f"http://127.0.0.1:{port + number}", one.buy, clients=BUYERS, each=EACH)
                spent = machine.used(roots[number], postmaster).since(before)
                if turn:
                    costs[number].append(spent)
                    loads[number].append(load)
            say(f"purchases, turn {turn} of {ROUNDS}")
    per_purchase = 1000 / (BUYERS * EACH)
    small, large = (median(spent.web + spent.database for spent in of) * per_purchase for of in costs)
    return [
        row(
            f"purchase with {one.described}" + (f": {large / small:.2f} × the small shop's" if number else ""),
            web=median(spent.web for spent in costs[number]) * per_purchase,
            database=median(spent.database for spent in costs[number]) * per_purchase,
            milliseconds=[each for load in loads[number] for each in load.milliseconds],
            seconds=sum(load.seconds for load in loads[number]),
        )
        for number, one in enumerate(made)
    ]


def explanations(movements: int, postmaster: int) -> list[dict[str, Any]]:
    """What it costs to explain a shelf as of some instant of those three years: any shelf, and the busiest."""
    first = Stock.objects.order_by("pk").values_list("pk", flat=True)[0]
    rows = Stock.objects.count()
    any_shelf = list(Stock.objects.filter(pk__in=[first + n * 7919 % rows for n in range(SHELVES)]).order_by("pk"))
    busiest = Stock.objects.get(pk=first)
    of_busiest = Movement.objects.filter(stock=busiest).count()
    return [
        explained(f"explain as of an instant on {movements:,} movements, any shelf", any_shelf, postmaster),
        explained(f"the same, the busiest shelf with {of_busiest:,} of them", [busiest] * (SHELVES // 3), postmaster),
    ]


def explained(what: str, shelves: list[Stock], postmaster: int) -> dict[str, Any]:
    """Explain these shelves, each as of another instant."""
    explain(shelves[0], at=LONG_AGO + timedelta(days=1100))
    before = machine.used(os.getpid(), postmaster)
    milliseconds = []
    started = time.perf_counter()
    for number, shelf in enumerate(shelves):
        at = LONG_AGO + timedelta(days=400 + number * 7 % 690)
        began = time.perf_counter()
        explain(shelf, at=at, known_at=at)
        milliseconds.append((time.perf_counter() - began) * 1000)
    seconds = time.perf_counter() - started
    spent = machine.used(os.getpid(), postmaster).since(before)
    each = 1000 / len(shelves)
    return row(what, web=spent.web * each, database=spent.database * each, milliseconds=milliseconds, seconds=seconds)


def feed(into: Shop, postmaster: int) -> dict[str, Any]:
    """A file of counts, one of each shelf, through the function that users' files go through."""
    rows = min(FED, into.rows)
    at = clock.now()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "counts.csv"
        with file.open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["sku", "location", "quantity", "counted_at"])
            places = list(Location.objects.order_by("pk").values_list("code", flat=True)[:PLACES])
            counted_at = (at - timedelta(seconds=1)).isoformat()
            for n in range(rows):
                writer.writerow([f"B-{n // PLACES}", places[n % PLACES], shop.PLENTY - 1 - n % 7, counted_at])
        before = machine.used(os.getpid(), postmaster)
        started = time.perf_counter()
        booked = import_stock(file, by=Actor("import"), at=at)
        seconds = time.perf_counter() - started
    spent = machine.used(os.getpid(), postmaster).since(before)
    if booked.new != rows:
        raise RuntimeError(f"only {booked.new} of {rows} counts were booked")
    web, database = 1000 * spent.web / rows, 1000 * spent.database / rows
    what = f"stock feed in, a row with its ledger row, {into.described}"
    return row(what, web=web, database=database, milliseconds=[seconds * 1000 / rows] * rows, seconds=seconds)


def row(what: str, *, web: float, database: float, milliseconds: list[float], seconds: float) -> dict[str, Any]:
    """One line of the report."""
    load = clients.Load(seconds=seconds, milliseconds=milliseconds)
    return {
        "what": what,
        "operations": load.operations,
        "per_second": load.operations / seconds,
        "cpu_web": web,
        "cpu_database": database,
        "cpu": web + database,
        "median": load.percentile(0.5),
        "p99": load.percentile(0.99),
    }
