"""What nobody can be sure of is kept, and booked once: by its own till, by a copy's new key, or by a person."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from commerce.channels import devices
from commerce.channels.models import SalesChannel
from commerce.clock import now
from commerce.timeline.actors import Actor
from commerce.wiring import AUDITS
from inventory.models import Stock
from orders.journal import apart, deciding
from orders.journal.apart import NotSetApart
from orders.journal.deciding import SaleUnknown
from orders.journal.models import Fact, Till
from orders.models import Order, Payment, Todo
from tests.audits import violations
from tests.factories import location, sales_channel
from tests.orders.journal.sending import TillOf, line, till
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db
OFFICE = Actor("staff", "1")


def on_hand(shop: Shop) -> int:
    return Stock.objects.get(variant=shop.mug, location=shop.store).on_hand


def open_todos() -> list[str]:
    return list(Todo.objects.filter(closed_at=None).order_by("kind").values_list("kind", flat=True))


def told_while_shut_out(shop: Shop, caja: TillOf) -> list[dict[str, object]]:
    """Three facts: one told before the till was shut out, two after."""
    facts = [caja.sale(line(shop.mug)) for _ in range(3)]
    caja.send(facts[0])
    devices.revoke(caja.device, at=now())
    assert [caja.send(*facts[1:]).status_code for _ in range(2)] == [403, 403]
    return facts


def test_what_a_till_told_while_it_was_shut_out_is_set_apart_and_booked_once_it_is_let_in_again(
    shop: Shop, caja: TillOf
) -> None:
    facts = told_while_shut_out(shop, caja)
    kept = list(Fact.objects.filter(status="quarantined").order_by("sequence").values_list("sequence", "flags"))
    before = (Order.objects.count(), on_hand(shop), open_todos())

    devices.restore(caja.device)
    booked = [deciding.sweep(at=now()) for _ in range(2)]

    assert kept == [(2, ["shut_out"]), (3, ["shut_out"])]
    assert before == (1, 4, ["till_quarantined", "till_refused"])
    assert (booked, Order.objects.count(), on_hand(shop)) == ([2, 0], 3, 2)
    assert caja.results(*facts) == ["known"] * 3
    assert (open_todos(), Till.objects.values_list("told", "highest").get()) == (["till_refused"], (3, 3))
    assert violations(*AUDITS) == []


def test_a_till_that_was_let_in_again_may_tell_it_itself(shop: Shop, caja: TillOf) -> None:
    facts = told_while_shut_out(shop, caja)

    devices.restore(caja.device)

    assert caja.results(*facts) == ["known", "new", "new"]
    assert (deciding.sweep(at=now()), Order.objects.count()) == (0, 3)
    assert violations(*AUDITS) == []


def test_nothing_is_kept_that_the_key_did_not_sign(shop: Shop, caja: TillOf) -> None:
    sale = caja.sale(line(shop.mug))
    devices.revoke(caja.device, at=now())

    answers = [caja.send(sale, signed=b"{}"), caja.send(sale, location="norte"), caja.send("nonsense", sale | {"x": 1})]

    assert [answer.json()["code"] for answer in answers] == ["till_revoked"] * 3
    assert Fact.objects.count() == 0


def test_a_thief_of_a_key_cannot_fill_the_house(shop: Shop, caja: TillOf, monkeypatch) -> None:
    monkeypatch.setattr(apart, "MOST_KEPT", 2)
    facts = [caja.sale(line(shop.mug)) for _ in range(3)]
    devices.revoke(caja.device, at=now())

    for fact in facts:
        caja.send(fact)

    assert Fact.objects.count() == 2


def test_a_copy_that_gets_its_own_key_tells_its_facts_again_and_they_are_booked(shop: Shop, caja: TillOf) -> None:
    copy = TillOf(caja.device, caja.key, caja.store, installation="two")
    mine, its = caja.sale(line(shop.mug)), copy.sale(line(shop.mug))
    caja.send(mine)
    copy.send(its)
    own = till(shop.store, name="caja-2")

    assert own.results(its) == ["new"]
    assert own.results(its) == ["known"]
    assert (Order.objects.count(), on_hand(shop)) == (2, 3)
    assert violations(*AUDITS) == []


def test_a_till_of_another_store_cannot_claim_what_was_set_apart(shop: Shop, caja: TillOf) -> None:
    its = TillOf(caja.device, caja.key, caja.store, installation="two").sale(line(shop.mug))
    caja.send(caja.sale(line(shop.mug)))
    TillOf(caja.device, caja.key, caja.store, installation="two").send(its)
    norte = location("norte")
    sales_channel("store", locations=(norte,))

    assert till(norte, name="caja-9").results(its) == ["refused"]


def test_a_person_books_what_was_set_apart_beside_the_sequence_where_its_number_is_taken(
    shop: Shop, caja: TillOf, client: Client
) -> None:
    copy = TillOf(caja.device, caja.key, caja.store, installation="two")
    sold_at = now() - timedelta(hours=2)
    caja.send(caja.sale(line(shop.mug)))
    copy.send(copy.sale(line(shop.mug), at=sold_at), copy.sale(line(shop.mug)))
    second, third = Fact.objects.filter(status="quarantined").order_by("sequence")
    client.force_login(User.objects.create_superuser("jefa"))
    rows = reverse("admin:journal_fact_changelist")

    for _ in range(2):
        client.post(rows, {"action": "book", "_selected_action": [second.pk]})
    client.post(rows, {"action": "reject", "_selected_action": [third.pk]})

    order = Order.objects.order_by("pk").last()
    assert order is not None
    assert (Order.objects.count(), on_hand(shop), order.placed_at) == (2, 3, sold_at)
    decided = Fact.objects.order_by("uuid").filter(decided_by__gt="").values_list("status", "is_apart")
    assert sorted(decided) == [("booked", True), ("rejected", True)]
    assert open_todos() == []
    assert violations(*AUDITS) == []
    with pytest.raises(NotSetApart):
        apart.reject(third, by=OFFICE, at=now())


def test_what_was_rejected_stays_rejected_when_it_is_told_again(shop: Shop, caja: TillOf) -> None:
    facts = told_while_shut_out(shop, caja)
    apart.reject(Fact.objects.get(sequence=2), by=OFFICE, at=now())

    devices.restore(caja.device)

    assert caja.results(*facts) == ["known", "rejected", "new"]
    assert Order.objects.count() == 2


def test_a_void_of_a_sale_that_nobody_told_of_is_the_stores_matter_after_a_day_until_the_sale_comes(
    shop: Shop, caja: TillOf
) -> None:
    sale = caja.sale(line(shop.mug))
    caja.send(caja.fact("void", of=sale["uuid"]))
    early = [deciding.sweep(at=now() + timedelta(hours=hours)) for hours in (0, 23)]
    before = open_todos()

    deciding.sweep(at=now() + timedelta(hours=25))
    todo = Todo.objects.get(kind="till_waiting")
    caja.send(sale)

    assert (early, before, todo.location) == ([0, 0], ["till_gap"], shop.store)
    assert (open_todos(), on_hand(shop), Payment.objects.get().refunded) == ([], 5, 1250)
    assert violations(*AUDITS) == []


def test_a_return_of_a_sale_that_nobody_told_of_is_the_stores_matter_too(shop: Shop, caja: TillOf) -> None:
    sale = caja.sale(line(shop.mug))
    caja.send(caja.fact("return", of=sale["uuid"], lines=[line(shop.mug)]))

    deciding.sweep(at=now() + timedelta(hours=25))
    before = open_todos()
    caja.send(sale)

    assert (before, open_todos()) == (["till_gap", "till_waiting"], [])


def test_a_till_undoes_a_sale_of_another_till_of_its_store(shop: Shop, caja: TillOf) -> None:
    sale, other = caja.sale(line(shop.mug)), till(shop.store, name="caja-2")
    void = other.fact("void", of=sale["uuid"])

    assert (other.results(void), caja.results(sale)) == (["waiting"], ["new"])

    assert (on_hand(shop), Payment.objects.get().refunded) == (5, 1250)


def test_a_void_of_another_stores_sale_waits_until_a_person_agrees(shop: Shop, caja: TillOf) -> None:
    sale, norte = caja.sale(line(shop.mug)), location("norte")
    sales_channel("store", locations=(norte,))
    other = till(norte, name="caja-9")
    caja.send(sale)
    other.send(other.fact("void", of=sale["uuid"]), other.fact("void", of="00000000-0000-4000-8000-00000000dead"))
    void, of_nothing = Fact.objects.filter(kind="void").order_by("sequence")

    deciding.sweep(at=now() + timedelta(hours=25))
    before = (on_hand(shop), list(Todo.objects.filter(kind="till_waiting").values_list("location__code", flat=True)))
    deciding.book(void, by=OFFICE, at=now())

    assert before == (4, ["norte", "norte"])
    assert (on_hand(shop), Payment.objects.get().refunded) == (5, 1250)
    with pytest.raises(SaleUnknown):
        deciding.book(of_nothing, by=OFFICE, at=now())
    assert violations(*AUDITS) == []


def test_what_two_tills_told_at_one_moment_is_settled_by_the_sweep(shop: Shop, caja: TillOf) -> None:
    sale = caja.sale(line(shop.mug, quantity=2))
    back, void = caja.fact("return", of=sale["uuid"], lines=[line(shop.mug)]), caja.fact("void", of=sale["uuid"])
    caja.send(back, void)
    caja.send(sale | {"uuid": "00000000-0000-4000-8000-0000000000ff"})
    Fact.objects.filter(kind="sale").update(uuid=sale["uuid"])
    Order.objects.update(till_key=f"till:{sale['uuid']}")

    assert deciding.sweep(at=now()) == 1

    assert (on_hand(shop), Payment.objects.get().refunded) == (5, 2500)
    assert violations(*AUDITS) == []


def test_returns_that_speak_of_no_sale_keep_the_sweep_from_none_that_does(
    shop: Shop, caja: TillOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "MOST", 1)
    sale = caja.sale(line(shop.mug, quantity=2))
    caja.send(caja.fact("return", lines=[line(shop.mug)]), caja.fact("return", lines=[line(shop.mug)]))
    caja.send(caja.fact("return", of=sale["uuid"], lines=[line(shop.mug)]))
    caja.send(sale | {"uuid": "00000000-0000-4000-8000-0000000000ff"})
    Fact.objects.filter(kind="sale").update(uuid=sale["uuid"])
    Order.objects.update(till_key=f"till:{sale['uuid']}")

    deciding.sweep(at=now())

    assert Payment.objects.get().refunded == 1250


def test_what_the_books_refuse_is_set_apart_alone_and_booked_when_it_is_told_again(shop: Shop, caja: TillOf) -> None:
    sale = caja.sale(line(shop.mug))
    void, other = caja.fact("void", of=sale["uuid"]), caja.sale(line(shop.mug))
    caja.send(sale)
    Order.objects.update(payment_status="none")  # a fault in the books: from here nothing can be given back

    refused = [caja.results(void, other), caja.results(void, other)]
    alarms = open_todos()
    Order.objects.update(payment_status="captured")

    assert refused == [["quarantined", "new"], ["quarantined", "known"]]
    assert (alarms, Order.objects.count()) == (["till_gap", "till_quarantined"], 2)
    assert (caja.results(void), on_hand(shop)) == (["new"], 4)


def test_a_store_through_which_nothing_is_sold_loses_no_fact(shop: Shop, caja: TillOf) -> None:
    channels = list(SalesChannel.objects.filter(locations=shop.store))
    for channel in channels:
        channel.locations.remove(shop.store)
    facts = [caja.sale(line(shop.mug)) for _ in range(2)]

    answers = [caja.results(*facts, {"uuid": "?"}) for _ in range(2)]
    early, alarms = deciding.sweep(at=now()), open_todos()
    for channel in channels:
        channel.locations.add(shop.store)

    assert answers == [["quarantined", "quarantined", "refused"]] * 2
    assert (early, alarms) == (0, ["till_quarantined"])
    assert (deciding.sweep(at=now()), Order.objects.count(), on_hand(shop)) == (2, 2, 3)
    assert (caja.results(*facts), open_todos()) == (["known"] * 2, [])
