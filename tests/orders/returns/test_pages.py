"""The pages of returns: one question after the other, gone on with at the desk, ended at a counter."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.catalog.models import Variant
from commerce.customers.models import Person, Reading
from commerce.timeline.models import Entry
from orders.credits.ledger import store_credit_of
from orders.models import Order
from orders.returns.models import Return
from tests import factories
from tests.inventory.test_pages import words
from tests.orders.calling import log_in
from tests.orders.returns.bringing_back import announced, bought
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db
STORE = "/store/centro/returns/"


@pytest.fixture
def eva() -> Person:
    user = factories.User.objects.create_user("eva")
    return factories.person("Eva", email="eva@example.com", phone="+34600000001", user=user)


@pytest.fixture
def order(shop: Shop, eva: Person) -> Order:
    clock.move(factories.MONDAY - clock.now())
    return bought(shop, "web", person=eva)


@pytest.fixture
def her(eva: Person) -> Client:
    return log_in(eva.user)


@pytest.fixture
def blue(shop: Shop) -> Variant:
    """The same mug in blue, dearer."""
    made = Variant.objects.create(product=shop.mug.product, sku="TAZA-AZUL", options=[["Color", "Azul"]])
    factories.Price.objects.create(
        price_list=factories.PriceList.objects.get(code="pvp"), variant=made, amount=1500, starts_at=factories.LONG_AGO
    )
    for place in (shop.store, shop.warehouse):
        factories.stock(made, place, on_hand=3)
    return made


def form_of(order: Order, quantity: int = 1, **more: str) -> dict[str, str]:
    """The first question answered."""
    line = order.lines.get().public_id
    return {"step": "goods", "line": line, "quantity": str(quantity), "reason": "unwanted", "wants": ""} | more


def question(client: Client, order: Order) -> str:
    """The question at which the page stands."""
    page = client.get(f"/o/{order.public_id}/return/")
    assert page.status_code == 200
    (step,) = re.findall(r'name="step" value="(goods|outcome|way|confirm)"', page.content.decode())
    return step


def test_a_shopper_answers_one_question_after_the_other_and_gets_a_code(her: Client, order: Order) -> None:
    page = f"/o/{order.public_id}/return/"
    asked = [question(her, order)]
    for answer in (form_of(order), {"step": "outcome", "outcome": "refund"}, {"step": "way", "way": "post"}):
        assert her.post(page, answer).status_code == 302
        asked.append(question(her, order))
    label = f"/api/v1/returns/{Return.objects.get().public_id}/label/"
    assert (her.get(label).status_code, her.get(label).json()["code"]) == (409, "return_without_label")
    her.post(page, {"step": "confirm"})

    returned = Return.objects.get()
    told = words(her.get(page))
    assert asked == ["goods", "outcome", "way", "confirm"]
    assert (returned.status, returned.way, returned.outcome) == ("requested", "post", "refund")
    assert returned.code in told
    assert "esperamos" in told
    assert her.get(label).content.startswith(b"%PDF")

    her.post(page, {"step": "cancel", "return": returned.public_id})
    assert Return.objects.get().status == "canceled"
    assert question(her, order) == "goods"


def test_what_is_begun_on_the_web_is_gone_on_with_at_the_desk_at_the_same_step(
    her: Client, order: Order, eva: Person
) -> None:
    staff = factories.staff("agent")
    agent = log_in(staff)
    factories.serving(staff, eva)
    her.post(f"/o/{order.public_id}/return/", form_of(order))
    her.post(f"/o/{order.public_id}/return/", {"step": "outcome", "outcome": "credit"})

    desk = agent.get(f"/desk/{eva.public_id}/")
    there = f"/o/{order.public_id}/return/"

    assert "Sigue donde está: cómo vuelve" in words(desk)
    assert there in desk.content.decode()
    assert (question(agent, order), "Saldo en la tienda" in words(agent.get(there))) == ("way", True)
    agent.post(there, {"step": "way", "way": "centro"})
    agent.post(there, {"step": "confirm"})
    returned = Return.objects.get()
    assert (returned.status, returned.outcome, returned.location.code) == ("requested", "credit", "centro")
    story = Entry.objects.filter(type__startswith="return.").order_by("number")
    assert list(story.values_list("type", "channel")) == [
        ("return.started", "web"),
        ("return.requested", "call_center"),
    ]
    assert returned.code in words(agent.get(f"/desk/{eva.public_id}/"))


def test_what_was_bought_anywhere_is_helped_back_by_a_store_that_had_nothing_to_do_with_it(order: Order) -> None:
    elsewhere = log_in(factories.staff("store", factories.location("tienda-otra")))

    assert question(elsewhere, order) == "goods"
    assert list(Reading.objects.values_list("what", flat=True)) == ["return"]


def test_what_was_begun_can_be_begun_again(her: Client, order: Order) -> None:
    her.post(f"/o/{order.public_id}/return/", form_of(order))
    her.post(f"/o/{order.public_id}/return/", {"step": "undo"})

    assert question(her, order) == "goods"
    assert not Return.objects.exclude(status="canceled").exists()


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"quantity": "3"}, 422),
        ({"quantity": "0"}, 422),
        ({"line": "2" * 22}, 422),
        ({"wants": "NO-SUCH"}, 422),
        ({"quantity": "-1"}, 404),
        ({"quantity": "1e9"}, 404),
        ({"reason": "because"}, 404),
        ({"step": "nonsense"}, 404),
        ({"step": "outcome", "outcome": "refund"}, 404),
        ({"step": "confirm"}, 404),
        ({"step": "cancel", "return": "2" * 22}, 404),
    ],
)
def test_answers_that_no_form_of_ours_sends_or_no_policy_takes_change_nothing(
    her: Client, order: Order, answer: dict[str, str], status: int
) -> None:
    assert her.post(f"/o/{order.public_id}/return/", form_of(order) | answer).status_code == status
    assert not Return.objects.exists()


def test_another_color_is_chosen_on_the_page_and_kept_for_her(her: Client, order: Order, blue: Variant) -> None:
    page = f"/o/{order.public_id}/return/"
    assert "Azul" in words(her.get(page))
    answers = (
        form_of(order, wants="TAZA-AZUL"),
        {"step": "outcome", "outcome": "exchange"},
        {"step": "way", "way": "post"},
    )
    for answer in (*answers, {"step": "confirm"}):
        assert her.post(page, answer).status_code == 302

    returned = Return.objects.get()
    assert returned.lines.get().wants == blue
    assert (returned.replacement.status, returned.replacement.total) == ("draft", 1500)
    assert returned.replacement.lines.get().sku == "TAZA-AZUL"


# at the counter


def test_a_counter_finds_a_return_by_its_code_and_takes_it_to_its_end(clerk: Client, order: Order, shop: Shop) -> None:
    returned = announced(order, location=shop.store)
    here = f"{STORE}{returned.public_id}/"
    assert returned.code in words(clerk.get(STORE))

    found = clerk.post(STORE, {"shown": returned.code.lower()}, follow=True)
    assert found.redirect_chain[-1][0] == here
    clerk.post(here, {"step": "receive"})
    assert "está aquí" in words(clerk.get(here))
    clerk.post(here, {"step": "inspect", "line": "1", "quantity": "1", "condition": "opened"})
    page = words(clerk.get(here))
    assert "1,88" in page  # fifteen per cent are kept of what was opened
    assert "10,62" in page
    clerk.post(here, {"step": "undo"})
    clerk.post(here, {"step": "inspect", "line": "1", "quantity": "1", "condition": "sellable"})
    ended = clerk.post(here, {"step": "settle", "outcome": "refund", "tender": ""}, follow=True)

    returned.refresh_from_db()
    assert (returned.status, returned.total) == ("settled", 1250)
    assert "12,50" in words(ended)


def test_what_somebody_brings_with_her_receipt_is_exchanged_for_another_and_the_rest_is_paid(
    clerk: Client, order: Order, blue: Variant
) -> None:
    shown = clerk.post(STORE, {"shown": f"https://shop.example/r/{order.public_id}/"}, follow=True)
    take = f"{STORE}of/{order.public_id}/"
    assert shown.redirect_chain[-1][0] == take
    assert 'list="others-' in shown.content.decode()

    taken = clerk.post(take, form_of(order, wants="taza-azul") | {"outcome": "exchange"}, follow=True)
    returned = Return.objects.get()
    here = f"{STORE}{returned.public_id}/"
    assert (taken.status_code, returned.status) == (200, "received")
    clerk.post(here, {"step": "inspect", "line": "1", "quantity": "1", "condition": "sellable"})
    assert "<dt>Paga</dt><dd>2,50" in words(clerk.get(here))
    clerk.post(here, {"step": "settle", "outcome": "exchange", "tender": "cash"})

    returned.refresh_from_db()
    assert (returned.status, returned.replacement.status, returned.replacement.total) == ("settled", "placed", 1500)


def test_a_counter_goes_on_with_what_she_began_on_the_web(
    her: Client, clerk: Client, order: Order, blue: Variant
) -> None:
    her.post(f"/o/{order.public_id}/return/", form_of(order, reason="too_small", wants="TAZA-AZUL"))
    her.post(f"/o/{order.public_id}/return/", {"step": "outcome", "outcome": "credit"})

    page = clerk.get(f"{STORE}of/{order.public_id}/").content.decode()

    assert re.findall(r'name="quantity"[^>]* value="(\d+)"', page) == ["1"]
    assert re.findall(r'<option value="(\w+)" selected', page) == ["too_small"]
    assert re.findall(r'name="wants" value="([^"]*)"', page) == ["TAZA-AZUL"]
    assert re.findall(r'name="outcome" value="(\w+)" checked', page) == ["credit"]


def test_an_order_number_with_an_address_of_hers_finds_the_purchase(clerk: Client, order: Order) -> None:
    found = clerk.post(STORE, {"shown": order.number, "address": "eva@example.com"}, follow=True)
    unknown = clerk.post(STORE, {"shown": "XXXX"}, follow=True)

    assert found.redirect_chain[-1][0] == f"{STORE}of/{order.public_id}/"
    assert "número de pedido" in words(unknown)


def unreceipted(**said: str) -> dict[str, str]:
    """The form of what is brought without a receipt."""
    default = {"who": "eva@example.com", "what": "TAZA", "quantity": "1", "reason": "unwanted", "outcome": "refund"}
    return {"step": "unreceipted"} | default | said


def test_without_a_receipt_her_purchase_is_found_by_who_she_is(clerk: Client, order: Order, eva: Person) -> None:
    clerk.post(STORE, unreceipted(what="taza"))

    returned = Return.objects.get()
    assert (returned.order, returned.status, returned.outcome) == (order, "received", "refund")
    assert Reading.objects.filter(person=eva, what="return").exists()


def test_without_receipt_and_purchase_it_becomes_credit_at_the_lowest_price(
    clerk: Client, shop: Shop, eva: Person
) -> None:
    page = clerk.post(STORE, unreceipted(who="+34600000001"), follow=True)
    returned = Return.objects.get()
    here = f"{STORE}{returned.public_id}/"
    clerk.post(here, {"step": "inspect", "line": "1", "quantity": "1", "condition": "sellable"})
    clerk.post(here, {"step": "settle", "outcome": "credit", "tender": ""})

    assert page.status_code == 200
    assert (returned.order, returned.outcome) == (None, "credit")
    assert store_credit_of(eva, currency="EUR", at=clock.now()).balance == 1250


def test_without_receipt_what_she_bought_too_long_ago_is_refused_in_words(order: Order, shop: Shop) -> None:
    clock.move(timedelta(days=60))
    clerk = log_in(factories.staff("store", shop.store))

    clerk.post(STORE, unreceipted(), headers={"Referer": f"http://testserver{STORE}"})

    assert not Return.objects.exists()


@pytest.mark.parametrize("said", [{"who": "nadie@example.com"}, {"what": "NO-SUCH"}])
def test_who_or_what_nobody_knows_is_refused_in_words(clerk: Client, order: Order, said: dict[str, str]) -> None:
    answered = clerk.post(STORE, unreceipted(**said), headers={"Referer": f"http://testserver{STORE}"})

    assert answered.status_code in (302, 422)
    assert not Return.objects.exists()


def test_another_store_does_not_see_what_lies_here(order: Order, shop: Shop, clerk: Client) -> None:
    returned = announced(order, location=shop.store)
    clerk.post(f"{STORE}{returned.public_id}/", {"step": "receive"})
    far = log_in(factories.staff("store", factories.location("norte")))

    assert far.get(f"/store/norte/returns/{returned.public_id}/").status_code == 404
    assert far.get(STORE).status_code == 404
