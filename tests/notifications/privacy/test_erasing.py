"""Erasing a person: nothing of hers is left anywhere, every figure is, and nothing brings her back."""

import json
import logging
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db.models import Sum

from commerce import clock
from commerce.carts import handing
from commerce.carts.models import HandOff
from commerce.customers.models import ContactPoint, Person
from commerce.customers.people import contact_point, find_all_by_contact, guest, meet
from commerce.links.models import Link
from commerce.timeline import tasks
from commerce.timeline.actors import SYSTEM, VISITOR, Actor
from commerce.timeline.models import Entry, Task
from commerce.wiring import AUDITS
from inventory.models import Movement, Stock
from notifications.conversations.receiving import FromErased, Said, receive
from notifications.models import Attempt, ErasureRequest, Message
from notifications.privacy import erasing
from notifications.privacy.exporting import as_file
from notifications.privacy.held import HELD
from notifications.privacy.obstacles import returns_until
from orders.models import Order, Payment
from orders.returns.policy import Exempt, Policy, publish
from tests.audits import violations
from tests.factories import LONG_AGO, MONDAY, person
from tests.notifications.privacy.scene import CANARY, EMAIL, PHONE, dump, hits, mention, plant, somebody
from tests.notifications.shop import left_cart, order

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def erase_list(settings, tmp_path):
    settings.ERASURE_LIST = str(tmp_path / "erasures.jsonl")
    return tmp_path / "erasures.jsonl"


def figures() -> tuple[object, ...]:
    """The sums of money and stock."""
    sums = [(Order, "total"), (Order, "tax_total"), (Payment, "amount"), (Movement, "quantity"), (Stock, "on_hand")]
    return tuple(model.objects.aggregate(sum=Sum(name))["sum"] for model, name in sums)


def test_a_canary_in_every_personal_field_is_found_nowhere_after_the_erasure_and_no_figure_has_moved(caplog) -> None:
    her = somebody()
    planted = plant([her.pk])
    mention(her)
    before, seen = figures(), hits(dump())
    caplog.set_level(logging.DEBUG)

    erasing.erase(her, at=MONDAY)

    assert planted == sum(len(held.personal) for held in HELD.values()) - 1  # the address is one itself
    assert len(seen) > 15, "the positive control: before, the dump is full of them"
    assert hits(dump()) == []
    assert hits(caplog.text) == []
    assert figures() == before
    assert not Session.objects.exists()
    assert not Link.objects.filter(revoked_at=None).exists()
    assert Person.objects.get(pk=her.pk).erased_at == MONDAY


def test_what_must_always_hold_holds_after_an_erasure() -> None:
    her = somebody()
    before = violations(*AUDITS)  # the scene is made by hand, and not all of it adds up

    erasing.erase(her, at=MONDAY)

    assert set(violations(*AUDITS)) - set(before) == set()
    tasks.run_due(at=MONDAY + timedelta(hours=2))
    assert not Attempt.objects.filter(message__person=her, status__in=["accepted", "sending"]).exists()


def test_guests_who_typed_an_email_that_she_has_proved_go_with_her_and_others_stay() -> None:
    her = person("Lucía", email="lucia@example.com", phone="+34621000101")
    typed = guest(email="lucia@example.com", given_name="Lucia", at=MONDAY)
    same_phone = guest(phone="+34621000101", given_name="Eva", at=MONDAY)

    erasing.erase(her, at=LATER)

    assert set(Person.objects.exclude(erased_at=None)) == {her, typed}
    assert Person.objects.get(pk=same_phone.pk).given_name == "Eva"


def test_news_of_before_the_erasure_brings_nobody_back_and_news_of_after_it_is_a_new_person() -> None:
    her = somebody()
    erasing.erase(her, at=LATER)
    people = Person.objects.count()

    with pytest.raises(FromErased):
        receive(Said("whatsapp", PHONE, "late", "wamid.2", MONDAY), at=LATER + timedelta(hours=1))
    late_sale = guest(email=EMAIL, phone=PHONE, given_name=CANARY, at=MONDAY)
    point = contact_point(late_sale, "email", EMAIL, at=MONDAY)

    assert (late_sale, Person.objects.count()) == (her, people)
    assert CANARY not in point.value
    assert hits(dump()) == []
    back = meet("whatsapp", PHONE, how="network", at=LATER + timedelta(days=1))
    assert back != her
    assert find_all_by_contact("whatsapp", PHONE) == [back]
    assert guest(email=EMAIL, at=LATER + timedelta(days=1)) not in (her, back)


def test_who_came_back_can_be_erased_again() -> None:
    her = person("Lucía", email="lucia@example.com")
    erasing.erase(her, at=MONDAY)
    again = person("Lucía", email="lucia@example.com")

    erasing.erase(again, at=LATER)

    assert not ContactPoint.objects.exclude(value__startswith="erased:").exists()


def asked_of(her: Person) -> ErasureRequest:
    return erasing.ask(her, by=Actor("person", her.public_id), channel="web", at=MONDAY)


def test_with_nothing_open_she_is_told_and_then_erased_within_the_hour() -> None:
    her = person("Lucía", email="lucia@example.com")
    request = asked_of(her)

    tasks.run_due(at=MONDAY)
    told = Attempt.objects.get()
    words = told.text
    tasks.run_due(at=MONDAY + timedelta(minutes=11))

    request.refresh_from_db()
    told.refresh_from_db()
    assert "borramos ahora" in words
    assert (request.status, told.text) == ("done", "")
    assert Person.objects.get(pk=her.pk).erased_at
    types = ["erasure.asked", "message.sent", "person.erased"]
    assert list(Entry.objects.order_by("pk").values_list("type", flat=True)) == types


def test_an_open_order_puts_it_off_with_a_reason_and_it_is_finished_by_itself() -> None:
    her = person("Lucía", email="lucia@example.com")
    bought = order(her, at=MONDAY)
    request = asked_of(her)

    tasks.run_due(at=MONDAY)
    request.refresh_from_db()
    first = request.reasons
    Order.objects.filter(pk=bought.pk).update(status="completed")
    tasks.run_due(at=MONDAY + timedelta(days=1))
    request.refresh_from_db()
    second = request.reasons
    tasks.run_due(at=MONDAY + timedelta(days=30, minutes=1))
    tasks.run_due(at=MONDAY + timedelta(days=30, minutes=20))

    request.refresh_from_db()
    assert first == [{"why": "order_open"}]
    assert second == [{"why": "returns_open", "until": (MONDAY + timedelta(days=30)).isoformat()}]
    assert request.status == "done"
    purposes = ["erasure_deferred", "erasure_deferred", "erasure_due"]
    assert list(Message.objects.order_by("pk").values_list("purpose", flat=True)) == purposes


def test_the_return_policy_that_holds_for_her_order_says_how_long_it_is_needed() -> None:
    her = person("Lucía")
    longer = Policy(version="2026-2", days=45, exempt=(Exempt("muebles", 60, tags=("mueble",)),))
    publish(longer, starts_at=MONDAY, by=SYSTEM, at=MONDAY)
    earlier = order(her, status="completed", at=MONDAY - timedelta(minutes=1))

    assert returns_until([her.pk]) == earlier.placed_at + timedelta(days=30)

    later = order(her, status="completed", at=MONDAY)
    assert returns_until([her.pk]) == later.placed_at + timedelta(days=60)


def test_a_legal_hold_keeps_her_data_until_its_day() -> None:
    her = person("Lucía", email="lucia@example.com")
    request = asked_of(her)
    erasing.hold(request, until=MONDAY + timedelta(days=90), because="claim", at=MONDAY)

    tasks.run_due(at=MONDAY)
    tasks.run_due(at=MONDAY + timedelta(days=89))
    kept = Person.objects.get(pk=her.pk).erased_at
    tasks.run_due(at=MONDAY + timedelta(days=90, minutes=1))
    tasks.run_due(at=MONDAY + timedelta(days=90, minutes=20))

    assert kept is None
    assert Person.objects.get(pk=her.pk).erased_at


def test_who_changes_her_mind_stays() -> None:
    her = person("Lucía", email="lucia@example.com")
    request = asked_of(her)

    erasing.withdraw(request, by=SYSTEM, channel="web", at=MONDAY)
    tasks.run_due(at=LATER)

    assert Person.objects.get(pk=her.pk).erased_at is None
    assert not Task.objects.filter(status="pending").exists()
    with pytest.raises(erasing.ErasureOver):
        erasing.withdraw(request, by=SYSTEM, channel="web", at=LATER)


def test_a_restored_backup_is_told_to_forget_again(erase_list, django_capture_on_commit_callbacks, capsys) -> None:
    her = person("Lucía", email="lucia@example.com")
    with django_capture_on_commit_callbacks(execute=True):
        erasing.erase(her, at=MONDAY)
    Person.objects.filter(pk=her.pk).update(erased_at=None, given_name=CANARY)  # the backup of before

    call_command("erasures", "apply", str(erase_list))

    assert hits(dump()) == []
    assert "1 on the list, 1 were back" in capsys.readouterr().out
    assert her.public_id in erase_list.read_text()


def test_the_export_holds_everything_of_hers_and_no_secret() -> None:
    her = somebody()
    plant([her.pk])
    bought = her.orders.order_by("pk").first()

    file = as_file(her, at=MONDAY)

    held = json.loads(file)["held"]
    assert held["customers.Person"][0]["given_name"] == CANARY
    assert {row["value"] for row in held["customers.ContactPoint"]} == {EMAIL, PHONE}
    assert held["orders.Order"][0]["number"] == bought.number
    assert {label for label, what in HELD.items() if what.personal} - set(held) == set()
    assert b"code_digest" not in file


def test_long_ago_is_over() -> None:
    her = person("Lucía", email="lucia@example.com")
    order(her, status="completed", at=LONG_AGO)

    assert asked_of(her).reasons == []


def test_the_code_of_her_cart_opens_nothing_after_the_erasure_nor_do_those_keep_it_who_took_it(client) -> None:
    her = person("Lucía", email=EMAIL)
    cart = left_cart(her, at=clock.now())
    taken, unused = (handing.hand_off(cart, by=VISITOR, channel="web", at=clock.now()) for _ in range(2))
    HandOff.objects.filter(pk=taken.hand_off.pk).update(taken_by="visitor|phone")

    erasing.erase(her, at=clock.now())

    with pytest.raises(handing.HandOffRefused):
        handing.take(unused.code, taker="visitor|tablet", by=VISITOR, channel="web", at=clock.now())
    assert handing.held_cart(taken.hand_off.public_id, at=clock.now()) is None
