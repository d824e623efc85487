"""Two tills, or two presses of a button, tell of one sale at once: it is one sale, and nobody hears of a fault."""

from collections import Counter

import pytest
from django.test import Client

from commerce.wiring import AUDITS
from inventory.models import Stock
from orders import told_twice
from orders.journal import taking
from orders.journal.models import Fact
from orders.models import Order
from tests import factories
from tests.audits import violations
from tests.orders.journal.sending import line, till
from tests.orders.shop import open_shop
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
TILLS = 4


def rush() -> Counter[object]:
    """Four tills tell of the same two sales at the same moment, half of them the other way round."""
    shop = open_shop()
    tills = [till(shop.store, name=f"caja-{number}") for number in range(TILLS)]
    facts = [tills[0].sale(line(shop.mug)) for _ in range(2)]

    def tell(number: int) -> object:
        answer = tills[number].send(*(facts if number % 2 else reversed(facts)))
        return tuple(each["result"] for each in answer.json()["facts"]) if answer.status_code == 200 else "fault"

    outcomes = at_once(TILLS, tell)
    return Counter(type(one).__name__ if isinstance(one, Exception) else one for one in outcomes)


def test_of_four_tills_one_is_heard_and_all_others_as_if_they_had_come_later() -> None:
    outcomes = rush()

    assert outcomes == {("new", "new"): 1, ("refused", "refused"): TILLS - 1}
    assert (Order.objects.count(), Fact.objects.count()) == (2, 2)
    assert Stock.objects.get(location__code="centro").on_hand == 3
    assert violations(*AUDITS) == []


def test_without_looking_again_somebody_hears_a_fault(monkeypatch) -> None:
    """The control: what the test above would have found."""
    monkeypatch.setattr(taking, "insist", lambda book: book())

    assert rush()["IntegrityError"] > 0


def test_a_button_that_is_pressed_twice_sells_once(monkeypatch) -> None:
    shop = open_shop()
    clerks = [Client() for _ in range(4)]
    user = factories.staff("store", shop.store)
    for clerk in clerks:
        clerk.force_login(user)
        clerk.post("/store/centro/sell/", {"q": shop.mug.sku})
    paid = {"tender": "cash", "expected_total": "1250", "key": "A" * 22}

    statuses = [
        answer if isinstance(answer, Exception) else answer.status_code
        for answer in at_once(4, lambda number: clerks[number].post("/store/centro/sell/pay/", paid))
    ]

    assert statuses == [302] * 4
    assert (Order.objects.count(), Stock.objects.get(location=shop.store).on_hand) == (1, 4)


def test_what_is_no_fact_told_twice_stays_a_fault() -> None:
    class Elsewhere(told_twice.DatabaseError):
        """Another fault of the database."""

    times: list[int] = []

    def book() -> None:
        times.append(1)
        raise Elsewhere

    with pytest.raises(Elsewhere):
        told_twice.insist(book)
    assert times == [1]
