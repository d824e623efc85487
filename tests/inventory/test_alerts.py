"""Those who asked to be told that something is back: as many as there are units, where each can have it."""

from datetime import datetime, timedelta

import pytest

from commerce.customers.consent import choose
from commerce.timeline.actors import SYSTEM, VISITOR
from commerce.timeline.models import Entry
from commerce.timeline.record import open_journey
from commerce.timeline.tasks import run_due
from inventory import ledger
from inventory.alerts import asking
from inventory.alerts.asking import AlertEnded, TooManyAlerts
from inventory.alerts.models import Alert
from inventory.availability import available
from inventory.models import Hold, Stock
from inventory.reservations import StillThere
from inventory.sourcing import CannotServe
from tests.audits import violations
from tests.factories import MONDAY, location, sales_channel, stock, variant, warehouse
from tests.inventory.test_backorders import join

pytestmark = pytest.mark.django_db
WEB = {"by": VISITOR, "channel": "web"}


@pytest.fixture
def mug():
    """Sold out in two stores and the warehouse that serve the web."""
    made, places = variant(sku="TAZA"), (location("centro"), location("norte"), warehouse())
    sales_channel("web", locations=places)
    for place in places:
        stock(made, place, on_hand=0)
    return made


def ask(of, who: str, place=None, *, at: datetime = MONDAY) -> Alert:
    point = asking.address(None, email=f"{who}@example.com", language="es", at=at)
    return asking.ask(
        of, location=place, sales_channel=sales_channel("web"), point=point, method="product page", at=at, **WEB
    )


def receive(of, place, units: int = 1, *, at: datetime = MONDAY) -> None:
    ledger.receive({of.pk: units}, location_id=place.pk, by=SYSTEM, at=at)


def told() -> list[tuple[str, str]]:
    rows = Alert.objects.filter(status="told").order_by("pk").select_related("contact_point", "reservation__stock")
    return [(row.contact_point.value[:3], row.reservation.stock.location.code) for row in rows]


def test_n_units_are_n_notices_each_with_a_unit_that_is_kept_for_some_hours(mug):
    for who in ("ana", "eva", "leo"):
        ask(mug, who)

    receive(mug, warehouse(), 2)

    assert told() == [("ana", "almacen"), ("eva", "almacen")]
    assert available([mug.pk], at=MONDAY)[mug.pk, warehouse().pk] == 0
    ends = set(Hold.objects.filter(status="live").values_list("quantity", "expires_at"))
    assert ends == {(1, MONDAY + timedelta(hours=4))}
    run_due(at=MONDAY)
    entries = Entry.objects.filter(type="alert.offered").order_by("pk").values_list("data__location", flat=True)
    assert list(entries) == [warehouse().pk, warehouse().pk]
    assert violations("inventory.audit.RULES", "inventory.alerts.audit.RULES") == []


def test_a_unit_that_is_not_taken_in_time_is_kept_for_the_next(mug):
    for who in ("ana", "eva"):
        ask(mug, who)
    receive(mug, warehouse())

    run_due(at=MONDAY + timedelta(hours=4))

    assert told() == [("ana", "almacen"), ("eva", "almacen")]
    assert Hold.objects.filter(status="live").count() == 1


def test_hours_in_which_people_sleep_do_not_count(mug):
    late = MONDAY.replace(hour=18, minute=30)  # half past seven in Madrid
    ask(mug, "ana")

    receive(mug, warehouse(), at=late)

    assert Hold.objects.get(status="live").expires_at == (MONDAY + timedelta(days=1)).replace(hour=10, minute=30)


def test_she_hears_of_places_that_she_can_use_and_of_no_sum_over_others(mug):
    elsewhere = location("isla")
    stock(mug, elsewhere, on_hand=0)
    ask(mug, "ana", location("centro"))
    ask(mug, "eva")

    receive(mug, elsewhere, 3)
    assert told() == []
    receive(mug, location("norte"), 2)
    assert told() == [("eva", "norte")]
    receive(mug, location("centro"))
    assert told() == [("ana", "centro"), ("eva", "norte")]


def test_who_has_paid_and_waits_comes_before_whoever_only_asked(mug):
    row = Stock.objects.get(variant=mug, location=warehouse())
    Stock.objects.filter(pk=row.pk).update(backorder_cap=5)
    ask(mug, "ana")
    join(row, "line-1", paid=5)

    receive(mug, warehouse())
    assert told() == []
    receive(mug, warehouse())
    assert told() == [("ana", "almacen")]


def test_what_can_be_had_is_not_waited_for(mug):
    receive(mug, location("norte"))

    assert ask(mug, "ana", location("centro")).status == "waiting"
    with pytest.raises(StillThere):
        ask(mug, "ana", location("norte"))
    with pytest.raises(StillThere):
        ask(mug, "ana")
    with pytest.raises(CannotServe):
        ask(mug, "ana", location("isla"))


def test_asked_twice_is_asked_once_and_one_address_waits_for_so_many_things(mug, monkeypatch):
    assert ask(mug, "ana") == ask(mug, "ana")
    assert Entry.objects.filter(type="alert.asked").count() == 1
    monkeypatch.setattr(asking, "MOST", 1)

    with pytest.raises(TooManyAlerts):
        ask(mug, "ana", location("centro"))


def test_who_says_no_in_any_way_is_passed_over(mug):
    refused, erased, withdrawn = ask(mug, "ana"), ask(mug, "eva"), ask(mug, "leo")
    ask(mug, "zoe")
    choose(
        refused.contact_point,
        contact_channel="email",
        purpose="restock",
        granted=False,
        method="link in a message",
        journey=open_journey(at=MONDAY),
        at=MONDAY + timedelta(minutes=1),
        **WEB,
    )
    type(erased.person).objects.filter(pk=erased.person_id).update(erased_at=MONDAY)
    asking.withdraw(withdrawn, at=MONDAY, **WEB)

    receive(mug, warehouse(), 2)

    assert told() == [("zoe", "almacen")]
    assert available([mug.pk], at=MONDAY)[mug.pk, warehouse().pk] == 1
    with pytest.raises(AlertEnded):
        asking.withdraw(withdrawn, at=MONDAY, **WEB)
