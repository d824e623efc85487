"""Paid in several ways: gift card, store credit, cash and card, at the checkout, at the till and on what is owed."""

import pytest

from commerce.customers.models import Reading
from commerce.ids import public_id
from commerce.timeline.actors import Actor
from orders import buying, refunds
from orders.buying import Means
from orders.credits import ledger
from orders.credits.ledger import NoStoreCredit
from orders.drafting import Terms
from orders.models import Order, Payment
from tests.factories import MONDAY, order, serving, staff
from tests.inventory.test_pages import words
from tests.orders.calling import check_out, log_in, post

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "1")
STAMP = {"by": CLERK, "channel": "web", "at": MONDAY}


def granted(person, amount: int):
    return ledger.grant(person, amount=amount, currency="EUR", key=f"test-{amount}", by=CLERK, at=MONDAY)


def gift_card(amount: int):
    return ledger.issue_gift_card(amount=amount, currency="EUR", by=CLERK, at=MONDAY)


def parts() -> list[tuple[str, int]]:
    return list(Payment.objects.order_by("pk").values_list("tender", "amount"))


def test_gift_card_store_credit_and_the_rest_by_a_tender(shop, lucia):
    credit, (card, code) = granted(lucia, 700), gift_card(500)
    terms = Terms(expected_total=2500, pickup_at=shop.store)

    buying.buy(shop.cart(2, person=lucia), terms=terms, means=Means("manual", code, store_credit=True), **STAMP)

    assert parts() == [("credit", 500), ("credit", 700), ("manual", 1300)]
    for one in (credit, card):
        one.refresh_from_db()
        assert one.balance == 0
    assert Order.objects.get().payment_status == "captured"


def test_more_credit_than_is_needed_stays_hers(shop, lucia):
    credit = granted(lucia, 4000)
    terms = Terms(expected_total=2500, pickup_at=shop.store)

    buying.buy(shop.cart(2, person=lucia), terms=terms, means=Means(store_credit=True), **STAMP)

    credit.refresh_from_db()
    assert (parts(), credit.balance) == ([("credit", 2500)], 1500)


def test_nobody_spends_the_credit_of_somebody_whose_address_she_knows(shop, lucia):
    granted(lucia, 4000)
    terms = Terms(expected_total=2500, pickup_at=shop.store, email="lucia@example.com")

    with pytest.raises(NoStoreCredit):
        buying.buy(shop.cart(2), terms=terms, means=Means("manual", store_credit=True), **STAMP)

    assert not Order.objects.exists()


def test_who_was_handed_her_cart_pays_for_it_and_spends_none_of_her_credit(shop, client, lucia):
    credit = granted(lucia, 4000)
    cart = shop.cart(2, person=lucia)
    code = post(log_in(lucia.user), f"/api/v1/carts/{cart.public_id}/hand-off/", {"scope": "pay"}).json()["code"]
    taken = post(client, "/api/v1/hand-offs/", {"code": code})

    refused = post(
        client,
        f"/api/v1/carts/{cart.public_id}/checkout/",
        {"expected_total": 2500, "pickup_location": "centro", "tender": "bank_transfer", "store_credit": True},
    )

    credit.refresh_from_db()
    assert (taken.status_code, refused.status_code, refused.json()["code"]) == (200, 422, "no_store_credit")
    assert (credit.balance, Order.objects.count()) == (4000, 0)


@pytest.mark.parametrize("role", ["agent", "store"])
def test_an_agent_and_a_clerk_spend_it_for_her_over_the_api(shop, lucia, role):
    granted(lucia, 1000)
    cart = shop.cart(2, person=lucia)
    serving(member := staff(role, shop.store), lucia)

    shown = check_out(log_in(member), cart.public_id, 2500, tender="cash", store_credit=True)

    assert [(p["tender"], p["amount"]) for p in shown["payments"]] == [("credit", 1000), ("cash", 1500)]


def test_she_ticks_it_on_the_checkout_page(shop, lucia):
    granted(lucia, 1000)
    shop.cart(2, person=lucia)
    hers = log_in(lucia.user)

    page = hers.get("/checkout/").content.decode()

    assert 'name="store_credit"' in page
    assert "10,00" in page


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"tender": "card_terminal", "in_cash": "5"}, [("cash", 500), ("card_terminal", 750)]),
        ({"tender": "cash", "in_cash": "5"}, [("cash", 1250)]),
        ({"tender": "card_terminal", "in_cash": "99,00"}, [("cash", 1250)]),
        (
            {"tender": "card_terminal", "in_cash": "2", "gift_card": True},
            [("credit", 800), ("cash", 200), ("card_terminal", 250)],
        ),
    ],
)
def test_a_till_takes_a_sale_in_parts(shop, clerk, said, expected):
    card, code = gift_card(800)
    if "gift_card" in said:
        said = said | {"gift_card": code}
    clerk.post("/store/centro/sell/", {"q": "TAZA"})

    clerk.post("/store/centro/sell/pay/", said | {"expected_total": 1250, "key": public_id()})

    assert parts() == expected
    card.refresh_from_db()
    assert card.balance == (0 if "gift_card" in said else 800)
    assert Order.objects.get().payment_status == "captured"


def test_an_unknown_gift_card_sells_nothing(shop, clerk):
    clerk.post("/store/centro/sell/", {"q": "TAZA"})

    said = {"tender": "cash", "gift_card": "NOBODYKNOWS", "expected_total": 1250, "key": public_id()}
    clerk.post("/store/centro/sell/pay/", said)

    assert not Order.objects.exists()


@pytest.fixture
def known(lucia):
    """Somebody who can be found by her email and has bought before."""
    lucia.contact_points.update(verified_at=MONDAY, verified_how="code")
    return order(person=lucia, status="completed")


def test_a_till_shows_what_is_left_before_anything_is_sold(shop, clerk, lucia, known):
    granted(lucia, 700)
    _card, code = gift_card(300)
    clerk.post("/store/centro/sell/", {"q": "TAZA"})

    said = {"expected_total": 1250, "key": public_id(), "email": "lucia@example.com", "credit_proof": known.number}
    page = words(clerk.post("/store/centro/sell/pay/", said | {"tender": "", "gift_card": code, "in_cash": "1,00"}))

    for text in (
        "3,00 €",
        "7,00 €",
        "1,00 €",
        "Queda por pagar",
        "1,50 €",
        f'value="{code}"',
        f'value="{known.number}"',
    ):
        assert text in page
    assert not Payment.objects.exists()


def test_a_till_takes_gift_card_store_credit_cash_and_card_for_one_sale(shop, clerk, lucia, known):
    credit, (card, code) = granted(lucia, 700), gift_card(300)
    clerk.post("/store/centro/sell/", {"q": "TAZA"})

    said = {"expected_total": 1250, "key": public_id(), "email": "lucia@example.com", "credit_proof": known.number}
    paid = {"tender": "card_terminal", "gift_card": code, "in_cash": "1,00"}
    page = words(clerk.post("/store/centro/sell/pay/", said | paid, follow=True))

    assert parts() == [("credit", 300), ("credit", 700), ("cash", 100), ("card_terminal", 150)]
    assert "12,50 € = tarjeta regalo o saldo 3,00 €" in page
    for one in (credit, card):
        one.refresh_from_db()
        assert one.balance == 0
    sold = Order.objects.latest("pk")
    assert (sold.payment_status, sold.person) == ("captured", lucia)
    assert Reading.objects.get().what == "store credit: number"


def test_store_credit_goes_back_to_where_it_came_from(shop, clerk, lucia, known):
    credit, (card, code) = granted(lucia, 700), gift_card(300)
    clerk.post("/store/centro/sell/", {"q": "TAZA"})
    said = {"expected_total": 1250, "key": public_id(), "email": "lucia@example.com", "credit_proof": known.number}
    clerk.post("/store/centro/sell/pay/", said | {"tender": "cash", "gift_card": code})

    refunds.give_back(Payment.objects.get(amount=700), amount=200, reason="goodwill", **STAMP)

    credit.refresh_from_db()
    card.refresh_from_db()
    assert (credit.balance, card.balance) == (200, 0)


@pytest.mark.parametrize(
    ("email", "proof"),
    [("lucia@example.com", "999"), ("", "NUMBER"), ("nobody@example.com", "NUMBER"), ("lucia@example.com", "")],
)
def test_an_email_alone_or_a_wrong_second_fact_spends_no_credit_of_hers(shop, clerk, lucia, known, email, proof):
    credit = granted(lucia, 700)
    clerk.post("/store/centro/sell/", {"q": "TAZA"})

    said = {"expected_total": 1250, "key": public_id(), "email": email, "tender": "cash"}
    clerk.post("/store/centro/sell/pay/", said | {"credit_proof": known.number if proof == "NUMBER" else proof})

    credit.refresh_from_db()
    assert credit.balance == 700
    assert parts() == ([("cash", 1250)] if not proof else [])


def test_a_sale_with_store_credit_that_is_sent_twice_is_one_sale(shop, clerk, lucia, known):
    credit, key = granted(lucia, 2000), public_id()
    said = {"expected_total": 1250, "key": key, "email": "lucia@example.com", "credit_proof": known.number}
    for _ in range(2):
        clerk.post("/store/centro/sell/", {"q": "TAZA"})
        clerk.post("/store/centro/sell/pay/", said | {"tender": "cash"})

    credit.refresh_from_db()
    assert (parts(), credit.balance) == ([("credit", 1250)], 750)


def test_what_is_owed_is_paid_in_parts_too(shop, lucia):
    granted(lucia, 400)
    terms = Terms(expected_total=1250, pickup_at=shop.store)
    order = buying.buy(shop.cart(person=lucia), terms=terms, means=Means("bank_transfer"), **STAMP)
    hers, clerk = log_in(lucia.user), log_in(staff("agent"))
    door = f"/api/v1/orders/{order.public_id}/payments/"

    own = post(hers, door, {"store_credit": True})
    rest = post(clerk, door, {"tender": "cash"})

    assert (own.status_code, rest.status_code) == (201, 201)
    assert rest.json()["payment_status"] == "captured"
    assert [p for p in parts() if p[0] != "bank_transfer"] == [("credit", 400), ("cash", 850)]
