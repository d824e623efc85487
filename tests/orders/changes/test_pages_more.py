"""Another address, and holding back, on pages: seen before it is done, with its price, its day and its window."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.customers.models import PostalAddress
from commerce.timeline.actors import VISITOR
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from orders import checkout, private_links
from orders.delivery.models import Method, Rate, Zone
from orders.drafting import Terms
from orders.models import Order, OrderHold, Refund
from tests import factories
from tests.audits import violations
from tests.factories import MONDAY
from tests.inventory.test_pages import words
from tests.orders.calling import log_in
from tests.orders.shop import Shop, home

pytestmark = pytest.mark.django_db
AUDITS = ("orders.audit.RULES", "orders.money_audit.RULES", "inventory.audit.RULES")
ISLANDS = {"recipient": "Eva Ruiz", "street": "Carrer Major 1", "postal_code": "07001", "city": "Palma"}


@pytest.fixture
def sent(shop: Shop) -> Order:
    """Two mugs ordered by a guest, sent to her for 3 euros on the mainland; the islands cost 9."""
    clock.move(MONDAY - clock.now())
    method = Method.objects.create(code="home", name="A casa", days=2, carrier="veloz")
    for code, prefixes, fee in (("mainland", ["28", "08"], 300), ("islands", ["07"], 900)):
        zone = Zone.objects.create(code=code, name=code, prefixes=prefixes)
        Rate.objects.create(method=method, zone=zone, fee=fee)
    terms = Terms(expected_total=2800, deliver_to=home(), email="eva@example.com", name="Eva Sanz")
    return checkout.buy(shop.cart(2), terms=terms, tender="manual", by=VISITOR, channel="web", at=MONDAY)


def holder(order: Order) -> Client:
    """Whoever opened the link in the guest's mail."""
    browser = Client()
    browser.get(f"/o/link/{private_links.create(order, at=clock.now())}/")
    return browser


def agent() -> Client:
    factories.sales_channel("call_center")
    return log_in(factories.staff("agent"))


def test_the_page_of_her_order_leads_to_another_address_and_says_what_it_costs_before_it_is_done(sent: Order) -> None:
    hers, address = holder(sent), f"/o/{sent.public_id}/address/"
    before = sent.deliver_to.pk
    assert address in hers.get(f"/o/{sent.public_id}/").content.decode()

    seen = hers.post(address, ISLANDS | {"step": "look"})
    looked_at = Order.objects.get()
    done = agent().post(address, ISLANDS | {"step": "confirm", "expected_total": "3400", "tender": "cash"})

    order = Order.objects.get()
    assert (seen.context["seen"].before, seen.context["seen"].total) == (2800, 3400)
    assert "34,00" in words(seen)
    assert (looked_at.deliver_to_id, looked_at.total) == (before, 2800)
    assert (done.status_code, order.total, order.delivery_total, order.deliver_to.city) == (302, 3400, 900, "Palma")
    assert order.fulfillments.get().address == order.deliver_to
    assert order.payment_status == "captured"
    told = Entry.objects.get(type="order.address_changed").data
    assert (told["was"], told["address"]) == (before, order.deliver_to_id)
    assert "Carrer" not in str(told)
    assert violations(*AUDITS) == []


def test_what_it_costs_less_goes_back(sent: Order) -> None:
    hers, address = holder(sent), f"/o/{sent.public_id}/address/"
    agent().post(address, ISLANDS | {"step": "confirm", "expected_total": "3400", "tender": "cash"})
    near = ISLANDS | {"postal_code": "08001", "city": "Barcelona"}

    hers.post(address, near | {"step": "confirm", "expected_total": "2800"})

    order = Order.objects.get()
    assert (order.total, order.deliver_to.city) == (2800, "Barcelona")
    assert sum(Refund.objects.values_list("amount", flat=True)) == 600
    assert violations(*AUDITS) == []


def test_where_we_do_not_deliver_or_a_field_lacks_or_the_price_is_another_nothing_changes(sent: Order) -> None:
    hers, address = holder(sent), f"/o/{sent.public_id}/address/"

    far = hers.post(address, ISLANDS | {"postal_code": "35001", "step": "confirm", "expected_total": "2800"})
    empty = hers.post(address, ISLANDS | {"street": "", "step": "look"})
    cheap = hers.post(address, ISLANDS | {"step": "confirm", "expected_total": "2800"})
    stranger = Client().post(address, ISLANDS | {"step": "confirm", "expected_total": "3400"})

    assert [answer.status_code for answer in (far, empty, cheap, stranger)] == [422, 422, 422, 302]
    assert "Carrer Major 1" in far.content.decode()
    order = Order.objects.get()
    assert (order.total, order.deliver_to.postal_code) == (2800, sent.deliver_to.postal_code)


def test_staff_chooses_among_the_addresses_that_are_known_and_asks_for_none(sent: Order) -> None:
    address = f"/o/{sent.public_id}/address/"
    known = PostalAddress.objects.create(
        person=sent.person, entered_in="web", entered_at=clock.now(), country="ES", **ISLANDS
    )

    page = agent().get(address)
    agent().post(address, {"known": known.pk, "step": "confirm", "expected_total": "3400", "tender": "cash"})

    assert "Carrer Major 1" in words(page)
    assert (Order.objects.get().deliver_to, Order.objects.get().payment_status) == (known, "captured")


def test_an_order_is_held_back_and_let_go_on_a_page_and_that_it_is_overdue_is_seen(shop: Shop) -> None:
    clock.move(MONDAY - clock.now())
    order = shop.order(1)
    clerk, page = log_in(factories.staff("store", shop.store)), f"/o/{order.public_id}/holds/"
    due = clock.now() + timedelta(hours=2)

    clerk.post(page, {"step": "hold", "kind": "stock", "owner": "staff:9", "due_at": due.strftime("%Y-%m-%dT%H:%M")})
    held = OrderHold.objects.get()
    shown = words(clerk.get(f"/o/{order.public_id}/"))
    hers = words(holder(order).get(f"/o/{order.public_id}/"))
    waiting = words(clerk.get(f"/store/{shop.store.code}/to-look-at/"))
    clock.move(timedelta(hours=3))
    run_due(at=clock.now())
    late = words(clerk.get(page))
    todos = words(clerk.get(f"/store/{shop.store.code}/to-look-at/"))
    clerk.post(page, {"step": "release", "kind": "stock"})

    held.refresh_from_db()
    assert (held.kind, held.owner) == ("stock", "staff:9")
    assert "staff:9" in shown
    assert "Antes de prepararlo comprobamos" in hers
    assert "staff:9" not in hers
    assert "Ese plazo ha pasado" in late
    assert "waits for staff:9" in waiting
    assert "was not decided in time by staff:9" in todos
    assert held.released_at is not None


def test_a_hold_without_an_end_that_is_to_come_is_refused_and_nobody_else_holds(shop: Shop) -> None:
    clock.move(MONDAY - clock.now())
    order = shop.order(1)
    page, clerk = f"/o/{order.public_id}/holds/", log_in(factories.staff("store", shop.store))
    far = log_in(factories.staff("store", factories.location("norte")))

    said = {"step": "hold", "kind": "fraud", "due_at": "2020-01-01T10:00"}
    answers = [clerk.post(page, said), clerk.post(page, said | {"due_at": ""}), far.get(page), holder(order).get(page)]

    assert [answer.status_code for answer in answers] == [422, 422, 404, 302]
    assert not OrderHold.objects.exists()
