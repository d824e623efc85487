"""An order that changes after it was placed: each change is told once, and where it is not, the reason is stored."""

from datetime import timedelta

import pytest

from commerce.customers.models import Person
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from notifications.models import Attempt
from orders import cancel, pickups, refunding, uncollected
from orders.changes import addressing, editing, holding
from orders.models import Order
from orders.returns import starting
from tests import factories
from tests.factories import MONDAY
from tests.orders.returns.bringing_back import announced, bought
from tests.orders.shop import Shop, home, open_shop

pytestmark = pytest.mark.django_db

STAMP = {"by": Actor("staff", "7"), "channel": "call_center", "at": MONDAY}


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def eva() -> Person:
    return factories.person("Eva", email="eva@example.com", phone="+34600000001")


@pytest.fixture
def order(shop: Shop, eva: Person) -> Order:
    made = shop.order(2, person=eva, delivered=True)
    run_due(at=MONDAY)
    return made


def heard(*, at=MONDAY) -> list[tuple[str, str]]:
    """What she was told beside the confirmation: contact channel and title, or text where there is no title."""
    run_due(at=at)
    said = Attempt.objects.exclude(message__purpose="order_confirmation").order_by("pk")
    return [(attempt.contact_channel, attempt.title or attempt.text) for attempt in said]


def withheld() -> list[str]:
    """Why she was not told of something by a message of its own."""
    return [entry.data["why"] for entry in Entry.objects.filter(type="message.withheld").order_by("pk")]


def test_other_units_are_told_once_with_what_it_costs_now(shop, order):
    editing.edit(order, {shop.mug.pk: 3}, expected_total=3750, tender="cash", **STAMP)

    assert heard() == [("email", f"Tu pedido {order.number} ha cambiado")]
    text = Attempt.objects.latest("pk").text
    assert "antes 2, ahora 3" in text
    assert "37,50" in text
    assert heard() == [("email", f"Tu pedido {order.number} ha cambiado")]


def test_fewer_units_say_what_goes_back(shop, order):
    editing.edit(order, {shop.mug.pk: 1}, expected_total=1250, **STAMP)

    heard()
    assert "Te devolvemos 12,50" in Attempt.objects.latest("pk").text


def test_it_is_told_by_the_contact_channel_that_she_prefers(shop, order, eva):
    Person.objects.filter(pk=eva.pk).update(preferred_contact_channel="sms")

    addressing.change_address(order, address=home(), **STAMP)

    ((channel, text),) = heard()
    assert (channel, "otra dirección" in text) == ("sms", True)


def test_her_language_is_kept(shop, order, eva):
    Person.objects.filter(pk=eva.pk).update(language="en")

    addressing.change_address(order, address=home(), **STAMP)

    assert heard() == [("email", f"Your order {order.number} goes to another address")]


def test_a_hold_and_its_end_are_told_and_suspicion_is_not(order):
    due_at = MONDAY + timedelta(hours=5)
    holding.put_on_hold(order, kind="fraud", owner="staff:7", due_at=due_at, **STAMP)
    heard()
    letter = Attempt.objects.latest("pk")
    holding.release(order, kind="fraud", **STAMP)

    assert [title for _, title in heard()] == [
        f"Tu pedido {order.number} espera un momento",
        f"Tu pedido {order.number} sigue adelante",
    ]
    assert "fraud" not in (letter.text + letter.html).lower()
    assert "15:00" not in letter.text  # five hours later it is 16:00 in Madrid
    assert "16:00" in letter.text


def test_a_hold_that_is_over_before_it_was_told_keeps_its_reason(order):
    holding.put_on_hold(order, kind="stock", owner="staff:7", due_at=MONDAY + timedelta(hours=5), **STAMP)
    holding.release(order, kind="stock", **STAMP)

    assert [title for _, title in heard()] == [f"Tu pedido {order.number} sigue adelante"]
    assert withheld() == ["moved_on"]


def test_an_order_that_is_canceled_says_what_goes_back(order):
    cancel.cancel(order, **STAMP)

    assert heard() == [("email", f"Tu pedido {order.number} está cancelado")]
    assert "25,00" in Attempt.objects.latest("pk").text


def test_who_can_be_reached_by_nothing_has_the_reason_on_record(order, eva):
    eva.contact_points.update(verified_at=None)
    Order.objects.update(email=None, phone=None)

    addressing.change_address(order, address=home(), **STAMP)

    assert heard() == []
    message = eva.messages.get(purpose="order_changed")
    assert [reason["why"] for reason in message.verdicts.get().reasons] == ["no_address"]


def test_an_order_of_nobody_keeps_the_reason(order):
    Order.objects.update(person=None, email=None, phone=None)

    cancel.cancel(Order.objects.get(), **STAMP)

    assert heard() == []
    assert withheld() == ["told_as_canceled", "nobody_known"]


def test_money_given_back_as_a_kindness_is_told_once_and_by_itself(order):
    refunding.refund(order, amount=250, reason="goodwill", role="back_office", **STAMP)

    assert heard() == [("email", f"Te devolvemos 2,50 € de tu pedido {order.number}")]
    assert withheld() == []


def test_money_that_goes_back_with_the_end_of_an_order_is_told_with_that(order):
    cancel.cancel(order, **STAMP)

    assert [title for _, title in heard()] == [f"Tu pedido {order.number} está cancelado"]
    assert withheld() == ["told_as_canceled"]


def test_a_pickup_that_nobody_came_for_is_told_once_though_the_order_ends_with_it(shop, eva, settings):
    settings.UNCOLLECTED = "refund"
    part = shop.pickup(person=eva)
    stamp = STAMP | {"by": SYSTEM}
    from_shelf = uncollected.KEPT + timedelta(minutes=1)
    pickups.mark_ready(part, **stamp)
    for hours in (0, 24, 24 * 4):
        run_due(at=MONDAY + timedelta(hours=hours))

    titles = [title for _, title in heard(at=MONDAY + from_shelf)]

    assert titles[-1] == f"Nadie recogió tu pedido {part.order.number}"
    assert withheld() == ["told_as_expired"] * 2


def test_a_return_that_is_called_off_is_told(shop, eva):
    returned = announced(bought(shop, "web", person=eva), way="post")
    run_due(at=MONDAY + timedelta(days=4))

    starting.cancel(returned, **STAMP | {"at": MONDAY + timedelta(days=4)})

    assert heard(at=MONDAY + timedelta(days=4))[-1] == ("email", f"Tu devolución {returned.code} queda anulada")
