"""A shelf is mended while somebody buys from the place that could serve instead: nobody waits in a circle."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, connections, transaction

from commerce.clock import now
from commerce.timeline.models import Task
from inventory import ledger
from inventory.models import Stock
from orders.repairs import mending
from tests.inventory.test_races import WAITING
from tests.orders.journal.sending import line, till
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db(transaction=True)


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


def test_a_mending_that_looks_elsewhere_locks_all_shelves_in_their_order(shop: Shop) -> None:
    parcel, caja = shop.parcel(4, at=now()), till(shop.warehouse)
    caja.send(caja.sale(line(shop.mug, quantity=3), at=now() - timedelta(hours=2)))
    has_first, problems = threading.Event(), []

    def buy() -> None:
        try:
            with transaction.atomic():
                ledger.lock([(shop.mug.pk, shop.store.pk)])
                has_first.set()
                until = time.monotonic() + 10
                while not somebody_waits() and time.monotonic() < until:
                    time.sleep(0.01)
                ledger.lock([(shop.mug.pk, shop.warehouse.pk)])
        except DatabaseError as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    buyer = threading.Thread(target=buy)
    buyer.start()
    has_first.wait(10)
    shelf = Stock.objects.get(variant=shop.mug, location=shop.warehouse)
    with transaction.atomic():
        mending.mend(Task.objects.get(handler=mending.MEND, key=str(shelf.pk)), at=now())
    buyer.join()

    parcel.refresh_from_db()
    assert (problems, parcel.location) == ([], shop.store)
