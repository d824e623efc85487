"""The loads, one after the other, each with the processor time it cost."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from commerce import clock
from commerce.channels.models import Location, SalesChannel
from commerce.service import programs
from commerce.timeline.tasks import run_due
from inventory.models import Stock
from tests.benchmarks import (
    clients,
    coupons,
    floor,
    growth,
    imports,
    machine,
    purchases,
    quotes,
    shop,
    stock,
    tills,
    webhooks,
)
from tests.benchmarks import people as look_ups

Say = Callable[[str], None]
Row = dict[str, Any]
IN_THIS_PROCESS = ("hold and allocation", "availability")
"""Loads that call the service's functions themselves, so that this process is what stands for the web."""


def run(*, port: int, each: int, only: str, people: int, stock_rows: int, movements: int, say: Say) -> list[Row]:
    """Every load whose name holds `only`; one row each.

    Only the web processes run beside PostgreSQL, so that what follows from a purchase is not charged to it; that has
    a row of its own, run here.
    """
    call_command("migrate", interactive=False, verbosity=0)
    shop.build()
    rows: list[Row] = []
    url = f"http://127.0.0.1:{port}"
    with web(port) as root:
        loads: list[tuple[str, Callable[[], clients.Load]]] = [
            ("purchase, hot SKU", lambda: clients.run(url, purchases.hot, each=each)),
            ("purchase, 1,000 SKUs", lambda: clients.run(url, purchases.spread, each=each)),
            ("product read", lambda: clients.run(url, purchases.product, each=each * 2)),
            ("cart edit", lambda: clients.run(url, purchases.edit_carts(), each=each)),
            ("cart watched, nothing new", lambda: clients.run(url, purchases.watch_carts(), each=each * 2)),
            (
                "webhook acknowledged, 50 a second",
                lambda: clients.run(url, webhooks.acknowledged(), each=each, per_second=50),
            ),
            ("bare SQL of a purchase, hot SKU", lambda: floor.run(dsn(), pick(spread=False), each=each)),
            ("bare SQL of a purchase, 1,000 SKUs", lambda: floor.run(dsn(), pick(spread=True), each=each)),
            ("hold and allocation, hot SKU, service functions", lambda: stock.by_service(each=each * 5)),
            ("bare SQL of hold and allocation, hot SKU", lambda: stock.by_sql(dsn(), each=each * 5)),
            ("availability of 24 products at 6 locations", lambda: stock.availability(each=each * 5)),
        ]
        for name, load in loads:
            if only in name:
                say(name)
                rows.append(measure(name, load, os.getpid() if name.startswith(IN_THIS_PROCESS) else root))
                if name == "purchase, hot SKU":
                    rows.append(follow())
        if only in tills.NAME:
            say(tills.NAME)
            rows.append(
                tills.of_lines(
                    measure(tills.NAME, lambda: clients.run(url, tills.batches(), clients=4, each=each // 4), root)
                )
            )
    for live in (200, 5000):
        if only in (name := f"quote of 20 lines, {live:,} live promotions"):
            say(name)
            rows.append(quotes.measure(live, postmaster()))
    for codes in (1_000, 1_000_000):
        if only in (name := f"look-up of a code among {codes:,}"):
            say(name)
            rows.append(coupons.measure(codes, postmaster()))
    if people:
        say(f"look-ups among {people:,} people")
        rows += look_ups.measure(people, postmaster())
    if stock_rows and only in growth.NAME:
        rows += growth.measure(stock_rows, movements, web=web, port=port, postmaster=postmaster(), say=say)
    if only in "imported sale lines":
        say("imported sale lines")
        rows.append(imports.measure(say))
    return rows


def measure(name: str, load: Callable[[], clients.Load], root: int) -> Row:
    """Run a load, after a warm-up that is not counted and PostgreSQL's look at what it wrote.

    A shop that opened yesterday has its statistics, autovacuum makes them within a minute; without them the first
    hundred buyers would be looked up by reading the whole table, since it was empty when the statement was planned.
    """
    load()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    before = machine.used(root, postmaster())
    done = load()
    spent = machine.used(root, postmaster()).since(before)
    web, database = (1000 * seconds / done.operations for seconds in (spent.web, spent.database))
    return {
        "what": name,
        "operations": done.operations,
        "per_second": done.operations / done.seconds,
        "cpu_web": None if name.startswith("bare SQL") else web,
        "cpu_database": database,
        "cpu": database if name.startswith("bare SQL") else web + database,
        "median": done.percentile(0.5),
        "p99": done.percentile(0.99),
    }


def follow() -> Row:
    """What follows from the purchases so far, done by one worker: messages, plans."""
    before = machine.used(os.getpid(), postmaster())
    started, tasks = time.perf_counter(), 0
    while ran := run_due(at=clock.now()):
        tasks += ran
    spent = machine.used(os.getpid(), postmaster()).since(before)
    count = max(tasks, 1)
    return {
        "what": "one task that follows (worker)",
        "operations": tasks,
        "per_second": tasks / (time.perf_counter() - started),
        "cpu_web": 1000 * spent.web / count,
        "cpu_database": 1000 * spent.database / count,
        "cpu": 1000 * (spent.web + spent.database) / count,
        "median": None,
        "p99": None,
    }


@contextmanager
def web(port: int, *, database: str = "") -> Iterator[int]:
    """The web server as `manage.py serve` starts it, alone, perhaps on another database; gives its process id."""
    command = next(
        program.command
        for program in programs(host="127.0.0.1", port=port, var=settings.VAR_DIR)
        if program.name == "web"
    )
    environment = os.environ | ({"DATABASE_URL": database} if database else {})
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            if time.monotonic() > deadline or server.poll() is not None:
                raise RuntimeError("the web server did not come up")
            time.sleep(0.2)
        yield server.pid
    finally:
        server.terminate()
        server.wait(timeout=20)


def answers(port: int) -> bool:
    """Whether the health page answers."""
    try:
        clients.Client(f"http://127.0.0.1:{port}").send("GET", "/healthz")
    except (OSError, clients.Unexpected):
        return False
    return True


def postmaster() -> int:
    """The process id of the embedded PostgreSQL."""
    return int((settings.VAR_DIR / "pg" / "data" / "postmaster.pid").read_text().split()[0])


def dsn() -> str:
    """Where the bare SQL connects to: the same server as the service."""
    params = connection.get_connection_params()
    keep = {k: v for k, v in params.items() if k in ("host", "port", "user", "password", "dbname")}
    return " ".join(f"{k}={v}" for k, v in keep.items())


def pick(*, spread: bool) -> Callable[[int], tuple[int, int, int, int]]:
    """Which stock row, variant, location and sales channel the n-th bare purchase takes."""
    place = Location.objects.get(code="b-store-0")
    channel = SalesChannel.objects.get(code="web")
    rows = list(Stock.objects.filter(location=place).order_by("pk").values_list("pk", "variant_id"))

    def chosen(number: int) -> tuple[int, int, int, int]:
        stock, variant = rows[number % len(rows) if spread else 0]
        return stock, variant, place.pk, channel.pk

    return chosen


def described() -> str:
    """Machine and PostgreSQL in one line."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"{machine.describe()}, PostgreSQL {cursor.fetchone()[0]}"
