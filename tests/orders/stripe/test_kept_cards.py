"""A card is kept at Stripe only because she asked; she sees it, pays with it and removes it; nobody else does."""

import json

import pytest
from django.test import Client

from commerce.carts import edits
from commerce.customers import merges
from commerce.customers.models import Person
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry, Task
from commerce.timeline.record import open_journey
from commerce.timeline.tasks import run_due
from notifications.privacy.erasing import erase
from notifications.privacy.exporting import everything_of
from orders.models import Order, Payment
from orders.stripe import card_pages, kept_cards
from orders.stripe.looking import look_soon
from orders.stripe.models import CardPage, Customer, KeptCard
from tests import factories
from tests.factories import MONDAY
from tests.orders.calling import log_in
from tests.orders.stripe.conftest import Shop
from tests.orders.stripe.test_hooks import event, post
from tests.peers.stripe import customers as peers_customers

pytestmark = pytest.mark.django_db
STAMP = {"by": SYSTEM, "channel": "web", "at": MONDAY}


@pytest.fixture
def lucia() -> Person:
    user = factories.User.objects.create_user(username="lucia")
    return factories.person("Lucía", email="lucia@example.com", user=user)


@pytest.fixture
def hers(lucia: Person) -> Client:
    return log_in(lucia.user)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("commerce.clock.now", lambda: MONDAY)


def cart_of(shop: Shop, person: Person):
    return edits.open_cart(sales_channel=shop.web, lines=[(shop.mug, 1)], person=person, by=SYSTEM, at=MONDAY)


def check_out(client: Client, shop: Shop, **said: str) -> Payment:
    """The checkout page filled in and sent; the payment's page stands then."""
    form = {"way": "centro", "email": "lucia@example.com", "tender": "stripe", "version": "1"}
    client.post("/checkout/", form | {"expected_pickup": "1250", "expected_delivery": "1750"} | said)
    shop.work()
    return Payment.objects.select_related("order", "stripe").latest("pk")


def pay(shop: Shop, payment: Payment, card: str = "visa") -> None:
    assert shop.press_pay(payment, card).status_code == 303
    look_soon(payment, at=MONDAY)
    shop.work()


def kept(shop: Shop, lucia: Person, card: str = "visa") -> KeptCard:
    """A card that she had kept from her account."""
    page = card_pages.ask(lucia, **STAMP)
    shop.work()
    page.refresh_from_db()
    shop.peer.control(f"pay/{page.page}", card=card)
    kept_cards.look_soon(page.customer, at=MONDAY)
    shop.work()
    return KeptCard.objects.latest("pk")


def at_stripe(peer) -> list[tuple[str, bool]]:
    return [(c["card"]["last4"], c["customer"] is not None) for c in peer.store.all("payment_method")]


def told() -> list[str]:
    return list(Entry.objects.filter(type__startswith="card.").order_by("pk").values_list("type", flat=True))


def test_nobody_is_known_at_stripe_who_did_not_ask(shop, peer, hers, lucia):
    cart_of(shop, lucia)

    pay(shop, check_out(hers, shop))

    assert Order.objects.get().status == "placed"
    assert (peer.store.all("customer"), at_stripe(peer), Customer.objects.count()) == ([], [], 0)


def test_she_ticks_it_pays_and_her_card_is_kept(shop, peer, hers, lucia):
    cart_of(shop, lucia)
    assert 'name="keep_card"' in hers.get("/checkout/").content.decode()

    pay(shop, check_out(hers, shop, keep_card="on"))

    [customer] = peer.store.all("customer")
    [session] = peer.store.all("checkout.session")
    [intent] = peer.store.all("payment_intent")
    assert (session["customer"], intent["setup_future_usage"]) == (customer["id"], "on_session")
    assert (customer["email"], customer["name"]) == (None, None)
    card = KeptCard.objects.get()
    assert (card.brand, card.last4, card.expires) == ("visa", "4242", "08/2030")
    assert (card.customer.person, told()) == (lucia, ["card.kept"])
    assert [key for _, path, key in peer.requests if path == "/v1/customers"] == [f"customer-{card.customer.public_id}"]


def test_next_time_it_stands_on_her_page_and_pays(shop, peer, hers, lucia):
    card = kept(shop, lucia)
    cart_of(shop, lucia)

    pay(shop, check_out(hers, shop), card.reference)

    assert Order.objects.get().payment_status == "captured"
    assert peer.store.all("charge")[0]["payment_method"] == card.reference
    assert at_stripe(peer) == [("4242", True)]


def test_what_she_pays_without_asking_is_not_kept_beside_it(shop, peer, hers, lucia):
    kept(shop, lucia)
    cart_of(shop, lucia)

    pay(shop, check_out(hers, shop), "mastercard")

    assert at_stripe(peer) == [("4242", True)]


def test_her_page_opens_for_her_alone(shop, hers, lucia):
    kept(shop, lucia)
    cart_of(shop, lucia)
    payment = check_out(hers, shop)
    address = f"/pay/{payment.public_id}/"
    somebody = log_in(factories.User.objects.create_user(username="marta"))

    own, others = hers.get(address), [somebody.get(address), Client().get(address)]

    assert own.headers["Location"] == payment.stripe.url
    assert {response.headers["Location"] for response in others} == {f"/login/?next={address}"}
    assert payment.stripe.url not in Client().get(f"{address}back/").content.decode()


def test_who_was_handed_her_cart_neither_pays_with_her_cards_nor_keeps_one_for_her(shop, peer, lucia):
    kept(shop, lucia)
    order = shop.draft()
    Order.objects.filter(pk=order.pk).update(person=lucia)
    marta = factories.person("Marta", email="marta@example.com")

    shop.asked(Order.objects.get(pk=order.pk), payer=marta)

    assert peer.store.all("checkout.session")[-1]["customer"] is None


@pytest.mark.parametrize(("tender", "code"), [("bank_transfer", "no_card"), ("stripe", "cannot_keep_card")])
def test_a_visitor_and_another_tender_keep_no_card(shop, tender, code):
    cart = shop.cart()

    body = {"expected_total": 1250, "pickup_location": "centro", "email": "eva@example.com"}
    refused = Client().post(
        f"/api/v1/carts/{cart.public_id}/checkout/",
        json.dumps(body | {"tender": tender, "keep_card": True}),
        content_type="application/json",
        headers={"Idempotency-Key": f"2f6b1c9d-8a41-{tender}"},
    )

    assert (refused.status_code, code in refused.content.decode()) == (422 if tender == "stripe" else 400, True)
    assert not Order.objects.exists()


def test_from_her_account_to_stripe_and_back_a_card_is_kept_without_paying(shop, peer, settings, hers):
    waiting = hers.post("/account/cards/").headers["Location"]
    opening = hers.get(waiting)
    shop.work()
    to_stripe = hers.get(waiting).headers["Location"]
    page = CardPage.objects.get()
    shop.peer.control(f"pay/{page.page}", card="mastercard")
    [session] = peer.store.all("checkout.session")
    asking = hers.get(session["success_url"].removeprefix(settings.PUBLIC_URL))
    shop.work()
    account = hers.get(f"{waiting}?back", follow=True).content.decode()

    assert (opening.status_code, asking.status_code, asking.headers["Refresh"]) == (200, 200, "1")
    assert to_stripe == session["url"] == page.url
    assert (session["mode"], session["payment_status"], session["amount_total"]) == (
        "setup",
        "no_payment_required",
        None,
    )
    assert peer.store.all("setup_intent")[0]["status"] == "succeeded"
    assert "•••• 4444" in account
    assert "08/2030" in account
    assert told() == ["card.asked", "card.kept"]


def test_a_page_that_stands_is_given_again(shop, lucia):
    first, second = card_pages.ask(lucia, **STAMP), card_pages.ask(lucia, **STAMP)

    assert first == second
    assert Customer.objects.count() == 1


def test_a_page_that_nobody_used_is_closed_by_the_sweeper(shop, peer, clock, lucia):
    page = card_pages.ask(lucia, **STAMP)
    shop.work()

    shop.work(clock(kept_cards.GRACE + card_pages.PAGE_LASTS))

    page.refresh_from_db()
    assert (page.status, peer.store.all("checkout.session")[0]["status"]) == ("ended", "expired")
    assert not Task.objects.filter(status="pending").exists()


def test_an_answer_of_stripes_that_is_lost_makes_no_second_customer_and_no_second_page(shop, peer, lucia):
    for path in ("/v1/customers", "/v1/checkout"):
        peer.control("faults", kind="lose_answer", path=path, times=2)
    card_pages.ask(lucia, **STAMP)

    for _ in range(3):
        Task.objects.update(retry_at=None)
        run_due(at=MONDAY)

    assert (len(peer.store.all("customer")), len(peer.store.all("checkout.session"))) == (1, 1)
    assert CardPage.objects.get().url == peer.store.all("checkout.session")[0]["url"]


def test_she_removes_it_here_at_once_and_at_stripe_soon(shop, peer, hers, lucia):
    card = kept(shop, lucia)

    gone = hers.post(f"/account/cards/{card.public_id}/", follow=True).content.decode()
    again = hers.post(f"/account/cards/{card.public_id}/")
    shop.work()

    assert ("•••• 4242" in gone, again.status_code) == (False, 404)
    assert at_stripe(peer) == [("4242", False)]
    assert told() == ["card.asked", "card.kept", "card.removed"]


def test_an_old_list_does_not_bring_back_what_she_removed(shop, peer, lucia):
    card = kept(shop, lucia)
    kept_cards.remove(card, **STAMP)
    Task.objects.filter(handler="orders.stripe.kept_cards.detach").update(status="canceled", finished_at=MONDAY)

    kept_cards.look_soon(card.customer, at=MONDAY)
    shop.work()

    assert at_stripe(peer) == [("4242", True)]
    assert list(kept_cards.cards_for(lucia)) == []


def test_nobody_sees_or_removes_the_card_of_somebody_else(shop, lucia):
    card = kept(shop, lucia)
    marta = factories.person("Marta", user=factories.User.objects.create_user(username="marta"))
    theirs = log_in(marta.user)

    answers = [
        theirs.post(f"/account/cards/{card.public_id}/"),
        theirs.delete(f"/api/v1/me/cards/{card.public_id}/"),
        theirs.get(f"/account/cards/page/{CardPage.objects.get().public_id}/"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert theirs.get("/api/v1/me/cards/").json() == []
    assert "4242" not in theirs.get("/account/").content.decode()


def test_the_api_lists_keeps_and_removes(shop, hers, lucia):
    headers = {"Idempotency-Key": "2f6b1c9d-8a41-4e09"}
    made = hers.post("/api/v1/me/cards/", "{}", content_type="application/json", headers=headers)
    number = hers.post(
        "/api/v1/me/cards/",
        json.dumps({"number": "4242424242424242"}),
        content_type="application/json",
        headers={"Idempotency-Key": "2f6b1c9d-8a41-4e10"},
    )
    card = kept(shop, lucia)

    [shown] = hers.get("/api/v1/me/cards/").json()
    removed = hers.delete(f"/api/v1/me/cards/{card.public_id}/")

    assert (made.status_code, number.status_code, removed.status_code) == (201, 400, 204)
    assert made.json()["keep_at"] == f"/account/cards/page/{made.json()['id']}/"
    assert {name: shown[name] for name in shown if name != "kept_at"} == {
        "id": card.public_id,
        "brand": "visa",
        "last4": "4242",
        "expires": "08/2030",
    }
    assert hers.get("/api/v1/me/cards/").json() == []


def test_two_that_were_found_to_be_one_see_the_cards_of_both_and_apart_again_each_her_own(shop, lucia):
    card = kept(shop, lucia)
    marta = factories.person("Marta", user=factories.User.objects.create_user(username="marta"))
    edge = merges.merge(marta, into=lucia, evidence="test", journey=open_journey(at=MONDAY), **STAMP)
    marta.refresh_from_db()
    together = list(kept_cards.cards_for(marta))

    merges.split(edge, journey=open_journey(at=MONDAY), **STAMP)

    marta.refresh_from_db()
    assert (together, list(kept_cards.cards_for(marta)), list(kept_cards.cards_for(lucia))) == ([card], [], [card])


@pytest.mark.parametrize("kind", ["payment_method", "setup_intent", "customer", "checkout.session"])
def test_what_happened_at_stripe_is_seen_whichever_event_tells(shop, peer, settings, lucia, kind):
    settings.STRIPE_WEBHOOK_SECRET = "whsec_test"
    card = kept(shop, lucia)
    peers_customers.detach(peer.store, peer.store.get("payment_method", card.reference))
    hers = card.customer.reference
    thing = {
        "payment_method": {"id": card.reference, "customer": None},
        "setup_intent": {"id": "seti_1", "customer": hers},
        "customer": {"id": hers},
        "checkout.session": {"id": "cs_1", "mode": "setup", "customer": hers},
    }[kind]

    post(event(kind=kind, thing=thing))
    shop.work()

    assert list(kept_cards.cards_for(lucia)) == []
    assert told()[-1] == "card.removed"


def test_who_is_gone_at_stripe_is_made_anew_when_she_asks_again(shop, peer, lucia):
    first = kept(shop, lucia)
    peers_customers.delete(peer.store, peer.store.get("customer", first.customer.reference))
    kept_cards.look_soon(first.customer, at=MONDAY)
    shop.work()

    second = kept(shop, lucia, "mastercard")

    assert list(kept_cards.cards_for(lucia)) == [second]
    assert first.customer != second.customer
    assert at_stripe(peer) == [("4242", False), ("4444", True)]


def test_what_is_kept_of_her_is_given_out_to_her(shop, lucia):
    card = kept(shop, lucia)

    given = everything_of(lucia, at=MONDAY)

    [shown] = given["held"]["stripe.KeptCard"]
    assert (shown["public_id"], shown["brand"], shown["last4"]) == (card.public_id, "visa", "4242")
    assert {"card.asked", "card.kept"} <= {entry["type"] for entry in given["timeline"]}


def test_who_is_erased_is_forgotten_at_stripe_too(shop, peer, hers, lucia):
    cart_of(shop, lucia)
    pay(shop, check_out(hers, shop, keep_card="on"))
    before = Order.objects.values_list("total", "payment_status").get()

    erase(lucia, at=MONDAY)
    shop.work()

    assert [customer.get("deleted") for customer in peer.store.all("customer")] == [True]
    assert at_stripe(peer) == [("4242", False)]
    assert KeptCard.objects.values_list("brand", "last4", "expires").get() == ("", "", "")
    assert list(kept_cards.cards_for(lucia)) == []
    assert Order.objects.values_list("total", "payment_status").get() == before


@pytest.mark.parametrize("count", [1, 3])
def test_her_account_asks_the_same_for_one_card_and_for_three(shop, hers, lucia, django_assert_max_num_queries, count):
    for _ in range(count):
        kept(shop, lucia)

    with django_assert_max_num_queries(16):
        page = hers.get("/account/").content.decode()

    assert page.count("•••• 4242") == count
