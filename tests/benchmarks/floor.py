"""The floor: the same rows as one purchase, written by bare SQL in one transaction, on the same server."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg

from commerce.ids import public_id
from tests.benchmarks.clients import Load

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def purchase(connection: psycopg.Connection, stock: int, variant: int, location: int, channel: int) -> None:
    """What must at least be written for one purchase: journey, cart, stock, order, payment, fulfillment, entries."""
    with connection.transaction():
        one = lambda sql, *values: connection.execute(sql, values).fetchone()[0]  # noqa: E731
        journey = one(
            "INSERT INTO timeline_journey (public_id, entry_count, opened_at) VALUES (%s, 3, %s) RETURNING id",
            public_id(),
            NOW,
        )
        cart = one(
            "INSERT INTO carts_cart (public_id, journey_id, sales_channel_id, currency, status, version, created_at, "
            "edited_at) VALUES (%s, %s, %s, 'EUR', 'ordered', 2, %s, %s) RETURNING id",
            public_id(),
            journey,
            channel,
            NOW,
            NOW,
        )
        connection.execute(
            "INSERT INTO carts_cartline (cart_id, variant_id, quantity, edited_at, edited_by) "
            "VALUES (%s, %s, 1, %s, 'visitor')",
            (cart, variant, NOW),
        )
        order = one(
            "INSERT INTO orders_order (public_id, number, journey_id, cart_id, sales_channel_id, currency, goods_total,"
            " discount_total, delivery_total, tax_total, total, quote, status, payment_status, created_at, placed_at) "
            "VALUES (%s, nextval('order_number')::text, %s, %s, %s, 'EUR', 1995, 0, 0, 346, 1995, '{}', 'placed', "
            "'captured', %s, %s) RETURNING id",
            public_id(),
            journey,
            cart,
            channel,
            NOW,
            NOW,
        )
        line = public_id()
        line_id = one(
            "INSERT INTO orders_orderline (public_id, order_id, ordinal, variant_id, sku, title, quantity, unit_price,"
            " goods_total, discount, total, tax, tax_basis_points) VALUES (%s, %s, 1, %s, 'B', 'Taza', 1, 1995, 1995,"
            " 0, 1995, 346, 2100) RETURNING id",
            line,
            order,
            variant,
        )
        taken = connection.execute(
            "UPDATE inventory_stock SET allocated = allocated + 1 "
            "WHERE id = %s AND on_hand - held - allocated - buffer - damaged >= 1",
            (stock,),
        )
        assert taken.rowcount == 1
        connection.execute(
            "INSERT INTO inventory_allocation (stock_id, demand, quantity, status, allocated_at) "
            "VALUES (%s, %s, 1, 'open', %s)",
            (stock, line, NOW),
        )
        connection.execute(
            "INSERT INTO orders_payment (public_id, order_id, tender, amount, refunded, currency, status, reference, "
            "captured_at) VALUES (%s, %s, 'manual', 1995, 0, 'EUR', 'captured', '', %s)",
            (public_id(), order, NOW),
        )
        fulfillment = one(
            "INSERT INTO orders_fulfillment (public_id, order_id, kind, location_id, status, pickup_code, carrier, "
            "tracking_number, created_at) VALUES (%s, %s, 'pickup', %s, 'allocated', '', '', '', %s) RETURNING id",
            public_id(),
            order,
            location,
            NOW,
        )
        connection.execute(
            "INSERT INTO orders_fulfillmentline (fulfillment_id, order_line_id, quantity) VALUES (%s, %s, 1)",
            (fulfillment, line_id),
        )
        for number, kind in enumerate(("cart.opened", "cart.edited", "order.placed"), start=1):
            connection.execute(
                "INSERT INTO timeline_entry (journey_id, number, type, occurred_at, recorded_at, channel, actor, data) "
                "VALUES (%s, %s, %s, %s, %s, 'web', 'visitor', %s)",
                (journey, number, kind, NOW, NOW, json.dumps({"order": order})),
            )


def run(dsn: str, pick: Callable[[int], tuple[int, int, int, int]], *, clients: int = 16, each: int = 25) -> Load:
    """Sixteen sessions write purchases as fast as the server takes them; `pick` says of which stock row."""
    load = Load()
    barrier = threading.Barrier(clients + 1)

    def work(first: int) -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            barrier.wait()
            for number in range(first, first + each):
                started = time.perf_counter()
                purchase(connection, *pick(number))
                load.milliseconds.append((time.perf_counter() - started) * 1000)

    threads = [threading.Thread(target=work, args=(n * each,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    barrier.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    load.seconds = time.perf_counter() - started
    return load
