"""A batch that speaks of earlier sales locks every shelf it may touch at once, in the order in which buyers do."""

import contextlib
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import OperationalError, transaction

from commerce.wiring import AUDITS
from inventory import ledger
from orders.journal import speaking, taking
from orders.models import Order
from tests import factories
from tests.audits import violations
from tests.orders.journal.sending import line, till
from tests.orders.shop import open_shop
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def meet(monkeypatch) -> list[object]:
    """A buyer takes one shelf and then the other; a till tells a sale of the other and undoes one of the first.

    Each waits until the other has its first shelf, for half a second at most.
    """
    shop, barrier = open_shop(), Barrier(2, timeout=0.5)
    other = factories.variant(sku="PLATO")
    shelves = [(shop.mug.pk, shop.store.pk), (other.pk, shop.store.pk)]
    ledger.lock(shelves[:1])
    ledger.lock(shelves[1:])
    caja = till(shop.store)
    sale = caja.sale(line(shop.mug))
    caja.send(sale)
    batch = [caja.sale(line(other)), caja.fact("void", of=sale["uuid"])]
    settle = speaking.settle

    def both_here() -> None:
        with contextlib.suppress(BrokenBarrierError):
            barrier.wait()

    def settle_when_both_are_here(*args, **named):
        both_here()
        return settle(*args, **named)

    monkeypatch.setattr(speaking, "settle", settle_when_both_are_here)
    monkeypatch.setattr(taking, "insist", lambda book: book())

    def go(number: int) -> object:
        if number:
            return caja.send(*batch).status_code
        with transaction.atomic():
            ledger.lock(shelves[:1])
            both_here()
            ledger.lock(shelves[1:])
        return "bought"

    return at_once(2, go)


def test_a_buyer_and_a_batch_with_a_void_never_wait_for_each_other(monkeypatch) -> None:
    assert meet(monkeypatch) == ["bought", 200]

    assert sorted(Order.objects.values_list("payment_status", flat=True)) == ["captured", "refunded"]
    assert violations(*AUDITS) == []


def test_without_locking_all_shelves_first_they_do(monkeypatch) -> None:
    """The control: what the test above would have found."""
    monkeypatch.setattr(taking, "lock", lambda *args, **named: None)

    outcomes = meet(monkeypatch)

    assert [type(one) for one in outcomes if isinstance(one, Exception)] == [OperationalError]
