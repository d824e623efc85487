"""Goods that come back: she is told each step once, and at a counter only how it ended."""

from datetime import datetime, timedelta

import pytest

from commerce.customers.models import Person
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from notifications.models import Attempt, Message
from orders.returns import receiving
from orders.returns.models import Return
from tests import factories
from tests.factories import MONDAY
from tests.orders.returns.bringing_back import STAMP, announced, bought, done, looked_at
from tests.orders.shop import Shop, open_shop

pytestmark = pytest.mark.django_db

BACK = MONDAY + timedelta(days=3)


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def eva() -> Person:
    return factories.person("Eva", email="eva@example.com")


def work(*, at: datetime) -> None:
    """What follows at once, and what was put off by some minutes."""
    run_due(at=at)
    run_due(at=at + timedelta(minutes=6))


def told(returned: Return) -> list[str]:
    """The purposes of what she was told about a return, in their order."""
    sent = Attempt.objects.filter(message__subject=returned.public_id).order_by("pk")
    return list(sent.values_list("message__purpose", flat=True))


def test_each_step_of_a_parcel_that_comes_back_is_told_once(shop: Shop, eva: Person) -> None:
    returned = announced(bought(shop, "web", person=eva), way="post")
    work(at=BACK)
    looked_at(returned, shop.warehouse)
    work(at=BACK + timedelta(minutes=10))

    assert told(returned)[0] == "return_requested"
    letter = Attempt.objects.get(message__purpose="return_requested")
    assert returned.code in letter.title
    assert "Pega la etiqueta" in letter.text


def test_at_a_counter_she_hears_only_how_it_ended_and_the_reasons_are_kept(shop: Shop, eva: Person) -> None:
    returned = done(announced(bought(shop, "web", person=eva)), shop.store)
    work(at=BACK)

    assert told(returned) == ["return_settled"]
    dropped = Message.objects.filter(subject=returned.public_id, status="dropped").order_by("pk")
    assert [message.purpose for message in dropped] == [
        "return_requested",
        "return_received",
        "return_inspected",
    ]
    assert {message.verdicts.get().reasons[0]["why"] for message in dropped} == {"subject_moved_on"}
    assert "12,50" in Attempt.objects.get(message__purpose="return_settled").text


@pytest.mark.parametrize("outcome", ["credit", "exchange"])
def test_what_is_given_for_it_stands_in_the_letter(shop: Shop, eva: Person, outcome: str) -> None:
    returned = done(announced(bought(shop, "web", person=eva), outcome=outcome), shop.store)
    work(at=BACK)

    text = Attempt.objects.get(message__purpose="return_settled").text
    assert {"credit": "saldo", "exchange": "cambio"}[outcome] in text
    assert returned.code in Attempt.objects.get(message__purpose="return_settled").title


def test_a_slip_that_she_was_told_is_taken_back_and_one_that_she_was_not_keeps_the_reason(
    shop: Shop, eva: Person
) -> None:
    returned = announced(bought(shop, "web", person=eva), way="post")
    receiving.receive(returned, location=shop.warehouse, **STAMP)
    receiving.unreceive(returned, **STAMP)
    work(at=BACK)
    receiving.receive(returned, location=shop.warehouse, **STAMP)
    work(at=BACK + timedelta(hours=1))
    receiving.unreceive(returned, **STAMP | {"at": BACK + timedelta(hours=2)})
    work(at=BACK + timedelta(hours=2))

    assert told(returned) == ["return_requested", "return_received", "return_corrected"]
    assert "todavía la esperamos" in Attempt.objects.latest("pk").text
    assert Entry.objects.get(type="message.withheld").data["why"] == "not_told_yet"
