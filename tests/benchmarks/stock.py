"""Stock by itself: hold and allocation of one hot SKU through the service functions, and the same rows by bare SQL."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import psycopg
from django.db import connections, transaction

from commerce import clock
from commerce.channels.models import Location
from commerce.ids import public_id
from inventory import holds
from inventory.availability import available
from inventory.holds import Want
from inventory.models import Stock
from tests.benchmarks.clients import Load

SESSIONS = 4
"""More wait for the hot row, and measure nothing but waiting."""


def hot_stock() -> Stock:
    """The shelf everybody wants."""
    return Stock.objects.get(variant__sku="B-0", location__code="b-store-1")


def by_service(*, each: int) -> Load:
    """Hold one unit in a transaction, and promise it in another, as a checkout does."""
    stock = hot_stock()
    until = clock.now() + timedelta(minutes=20)

    def promise() -> None:
        demand, at = public_id(), clock.now()
        with transaction.atomic():
            holds.place([Want(stock.variant_id, stock.location_id, 1, demand)], expires_at=until, at=at)
        with transaction.atomic():
            holds.allocate([demand], at=at)

    return sessions(promise, lambda: connections["default"].ensure_connection(), connections.close_all, each=each)


def by_sql(dsn: str, *, each: int) -> Load:
    """The same rows: a hold guarded by one UPDATE, then its end, the counters and the allocation."""
    stock = hot_stock()
    now = clock.now()
    until = now + timedelta(minutes=20)
    opened = threading.local()

    def connect() -> None:
        opened.connection = psycopg.connect(dsn, autocommit=True)

    def promise() -> None:
        connection, demand = opened.connection, public_id()
        with connection.transaction():
            taken = connection.execute(
                "UPDATE inventory_stock SET held = held + 1 "
                "WHERE id = %s AND on_hand - held - allocated - buffer - damaged >= 1",
                (stock.pk,),
            )
            assert taken.rowcount == 1
            connection.execute(
                "INSERT INTO inventory_hold (stock_id, demand, quantity, status, placed_at, expires_at) "
                "VALUES (%s, %s, 1, 'live', %s, %s)",
                (stock.pk, demand, now, until),
            )
        with connection.transaction():
            connection.execute(
                "UPDATE inventory_stock SET held = held - 1, allocated = allocated + 1 WHERE id = %s", (stock.pk,)
            )
            connection.execute(
                "UPDATE inventory_hold SET status = 'allocated', ended_at = %s "
                "WHERE stock_id = %s AND demand = %s AND status = 'live'",
                (now, stock.pk, demand),
            )
            connection.execute(
                "INSERT INTO inventory_allocation (stock_id, demand, quantity, status, allocated_at) "
                "VALUES (%s, %s, 1, 'open', %s)",
                (stock.pk, demand, now),
            )

    return sessions(promise, connect, lambda: opened.connection.close(), each=each)


def availability(*, each: int) -> Load:
    """What 24 products have at six locations, in one query."""
    variants = list(Stock.objects.filter(variant__sku__startswith="B-").values_list("variant", flat=True).distinct())
    places = list(Location.objects.filter(code__startswith="b-").values_list("pk", flat=True))
    assert len(places) == 6
    count = iter(range(10**9))

    def look() -> None:
        first = next(count) * 24 % (len(variants) - 24)
        found = available(variants[first : first + 24], locations=places, at=clock.now())
        assert len(found) == 24 * 6

    return sessions(look, lambda: connections["default"].ensure_connection(), connections.close_all, each=each)


def sessions(work: Callable[[], None], begin: Callable[[], object], end: Callable[[], object], *, each: int) -> Load:
    """Some threads that do this again and again, each with a database session of its own."""
    load = Load()
    barrier = threading.Barrier(SESSIONS + 1)
    problems: list[Exception] = []

    def run() -> None:
        begin()
        barrier.wait()
        try:
            for _ in range(each):
                started = time.perf_counter()
                work()
                load.milliseconds.append((time.perf_counter() - started) * 1000)
        except Exception as problem:
            problems.append(problem)
        finally:
            end()

    threads = [threading.Thread(target=run) for _ in range(SESSIONS)]
    for thread in threads:
        thread.start()
    barrier.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    load.seconds = time.perf_counter() - started
    if problems:
        raise problems[0]
    return load
