"""Ordering by phone: a link that is sent, paid on her own screen or not in time, and seen by the agent either way."""

from datetime import timedelta

import pytest

from commerce import clock as business
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from inventory.models import Stock
from notifications.models import Message, Verdict
from orders import buying, cancel
from orders.buying import Means
from orders.credits import ledger
from orders.drafting import Terms
from orders.models import Order, Payment
from orders.stripe import asking
from orders.stripe.models import Checkout
from tests.factories import MONDAY, person, serving, staff
from tests.orders.calling import log_in, post
from tests.orders.stripe.conftest import Shop, set_clock

pytestmark = pytest.mark.django_db
AGENT = Actor("staff", "1")
STAMP = {"by": AGENT, "channel": "call_center", "at": MONDAY}
HOUR = timedelta(hours=1)


@pytest.fixture
def eva():
    return person("Eva", email="eva@example.com", phone="+34600000001")


@pytest.fixture
def linked(shop: Shop, eva) -> Payment:
    """An order that an agent took, whose link is with her."""
    cart = shop.cart(quantity=2)
    cart.person = eva
    cart.save()
    terms = Terms(expected_total=2500, pickup_at=shop.store)
    buying.buy(cart, terms=terms, means=Means("payment_link"), **STAMP)
    shop.work()
    return Payment.objects.select_related("order", "stripe").get()


def held() -> tuple[int, int]:
    return Stock.objects.values_list("held", "allocated").get()


def said() -> list[str]:
    return list(Message.objects.filter(status="sent").order_by("pk").values_list("purpose", flat=True))


def test_the_goods_are_held_and_the_link_is_sent_with_a_verdict(linked):
    assert (linked.order.status, linked.order.number, held()) == ("draft", None, (2, 0))
    assert linked.stripe.page.startswith("plink_")
    assert linked.stripe.expires_at == MONDAY + 24 * HOUR
    message = Message.objects.get()
    assert (message.purpose, message.subject, message.expires_at) == (
        "payment_link",
        linked.public_id,
        linked.stripe.expires_at,
    )
    assert Verdict.objects.filter(message=message, decision="send").exists()


def test_what_she_prefers_carries_the_link_to_an_address_of_ours(linked, eva):
    message = Message.objects.get()
    attempt = message.attempts.get()

    assert attempt.contact_channel in ("sms", "email")
    assert f"/pay/{linked.public_id}/" in attempt.text
    assert linked.stripe.url not in attempt.text


def test_she_pays_and_the_order_is_placed_and_confirmed_and_the_agent_sees_it(linked, shop, eva):
    member = staff("agent")
    serving(member, eva)
    agent = log_in(member)
    before = agent.get(f"/desk/{eva.public_id}/orders/").content.decode()

    shop.press_pay(linked)
    shop.look(linked, MONDAY + timedelta(minutes=6))
    after = agent.get(f"/desk/{eva.public_id}/orders/").content.decode()

    order = Order.objects.get()
    assert (order.status, order.payment_status, held()) == ("placed", "captured", (0, 2))
    assert "order_confirmation" in said()
    assert ("every 3s" in before, "every 3s" in after) == (True, False)
    assert order.number in after


def test_a_link_that_nobody_pays_frees_the_goods_and_she_is_told(linked, shop, peer, clock):
    peer.answer("GET", f"/l/{linked.stripe.page}", {}, b"")  # she has opened it, and left it open

    shop.work(clock(24 * HOUR + timedelta(minutes=2)))

    order = Order.objects.select_related("cart").get()
    assert (order.status, order.cart.status, held()) == ("canceled", "open", (0, 0))
    assert said() == ["payment_link", "payment_link_ended"]
    assert [link["active"] for link in peer.store.all("payment_link")] == [False]
    assert [session["status"] for session in peer.store.all("checkout.session")] == ["expired"]


def test_a_link_paid_at_the_last_second_is_served(linked, shop, peer, clock):
    clock(24 * HOUR - timedelta(seconds=5))
    shop.press_pay(linked)

    shop.work(clock(24 * HOUR + timedelta(minutes=2)))

    assert Order.objects.get().status == "placed"


def test_an_agent_ends_it_and_nobody_can_pay_any_more_nor_is_told_what_she_knows(linked, shop, peer, clock):
    cancel.cancel(linked.order, **STAMP)
    shop.work(clock(timedelta(minutes=2)))

    assert (Order.objects.get().status, held()) == ("canceled", (0, 0))
    assert said() == ["payment_link"]
    assert [link["active"] for link in peer.store.all("payment_link")] == [False]
    assert Payment.objects.get().status == "canceled"


def test_an_order_that_is_owed_gets_a_link_over_the_api_and_stays_when_it_ends(shop, eva, peer):
    cart = shop.cart(quantity=2)
    cart.person = eva
    cart.save()
    order = buying.buy(
        cart,
        terms=Terms(expected_total=2500, pickup_at=shop.store),
        means=Means("bank_transfer"),
        **STAMP | {"at": business.now()},
    )
    agent = log_in(staff("agent"))

    answer = post(agent, f"/api/v1/orders/{order.public_id}/payments/", {"tender": "payment_link", "amount": 1000})
    assert answer.status_code == 201, answer.content
    now = business.now()
    set_clock(peer, now)
    shop.work(now)
    link = Payment.objects.select_related("stripe").get(tender="stripe")
    later = now + 24 * HOUR + timedelta(minutes=2)
    set_clock(peer, later)
    shop.work(later)

    assert (link.amount, link.stripe.kind) == (1000, Checkout.Kind.LINK)
    assert Payment.objects.get(tender="stripe").status == "canceled"
    assert (Order.objects.get().status, Order.objects.get().payment_status) == ("placed", "due")
    assert said() == ["order_confirmation", "payment_link"]


def test_a_checkout_with_a_part_on_a_gift_card_can_be_called_off_and_the_card_is_full_again(shop, peer):
    card, code = ledger.issue_gift_card(amount=1000, currency="EUR", by=AGENT, at=MONDAY)
    terms = Terms(expected_total=2500, pickup_at=shop.store, email="eva@example.com")
    order = buying.buy(shop.cart(quantity=2), terms=terms, means=Means("stripe", gift_card=code), **STAMP)

    cancel.cancel(order, **STAMP)

    card.refresh_from_db()
    assert (card.balance, Order.objects.get().status, held()) == (1000, "canceled", (0, 0))


def test_each_step_stands_on_the_timeline(linked, shop):
    shop.press_pay(linked)
    shop.look(linked, MONDAY + timedelta(minutes=6))

    wanted = ["payment.asked", "payment.page_opened", "message.sent", "payment.captured", "order.placed"]
    types = list(Entry.objects.order_by("pk").values_list("type", flat=True))
    assert [kind for kind in types if kind in wanted][:5] == wanted
    assert asking.LASTS[Checkout.Kind.LINK] == 24 * HOUR
