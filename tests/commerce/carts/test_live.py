"""What another hand does in a cart is seen by who asks once a second, and asking costs next to nothing."""

import pytest
from django.test import Client

from commerce.carts.models import Cart
from tests import factories
from tests.commerce.carts.calling import log_in, opened, put
from tests.inventory.test_pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def channels():
    for kind in ("web", "store", "call_center"):
        factories.sales_channel(kind)


@pytest.fixture
def lucia(django_user_model):
    return factories.person("Lucía", user=django_user_model.objects.create_user("lucia"))


@pytest.fixture
def ana(lucia):
    member = factories.staff("agent", username="ana")
    factories.serving(member, lucia)
    member.first_name = "Ana"
    member.save()
    return log_in(member)


def ask(client: Client, path: str, tag: str = ""):
    return client.get(path, headers={"If-None-Match": tag, "HX-Request": "true"})


def test_what_the_desk_does_is_seen_on_the_cart_page_with_who_did_it(lucia, ana):
    mug, laptop = factories.variant(price=990), log_in(lucia.user)
    laptop.post("/cart/add/", {"sku": mug.sku, "quantity": 1})
    before = ask(laptop, "/cart/live/")["ETag"]
    asked_again = ask(laptop, "/cart/live/", before)

    ana.post(
        f"/desk/{lucia.public_id}/cart/set/",
        {"sku": mug.sku, "had": "1", "quantity": "1", "step": "1", "version": "1"},
    )
    after = ask(laptop, "/cart/live/", before)

    assert (asked_again.status_code, asked_again.content) == (304, b"")
    assert f"Ana en el centro de atención ha añadido 1 × {mug.product.title}" in words(after)
    assert "19,80 €" in words(after)
    assert ask(laptop, "/cart/live/", after["ETag"]).status_code == 304


def test_a_code_that_the_desk_puts_on_is_told_with_who_it_was_on_the_page_and_over_the_api(lucia, ana):
    mug, laptop = factories.variant(price=990), log_in(lucia.user)
    laptop.post("/cart/add/", {"sku": mug.sku, "quantity": 1})
    before = ask(laptop, "/cart/live/")["ETag"]
    cart = Cart.objects.get()

    put(ana, f"/api/v1/carts/{cart.public_id}/coupon/", {"code": factories.coupon("DIEZ").code})
    after = ask(laptop, "/cart/live/", before)
    told = laptop.get(f"/api/v1/carts/{cart.public_id}/edits/?since=1").json()["edits"]

    who = "Ana en el centro de atención"
    assert f"{who}: Se puso un código promocional en la cesta" in words(after)
    assert [{k: e[k] for k in ("version", "kind", "by", "own")} for e in told] == [
        {"version": 2, "kind": "coupon_applied", "by": who, "own": False}
    ]


def test_what_the_shopper_does_is_seen_on_the_desk(lucia, ana):
    mug, phone = factories.variant(price=990), log_in(lucia.user)
    phone.post("/cart/add/", {"sku": mug.sku, "quantity": 1})
    path = f"/desk/{lucia.public_id}/cart/live/"
    before = ask(ana, path)["ETag"]

    phone.post("/cart/set/", {"sku": mug.sku, "quantity": "0", "version": "1"})
    after = ask(ana, path, before)

    assert f"Quien compra ha quitado {mug.product.title}" in words(after)
    assert ask(ana, path, after["ETag"]).status_code == 304


def test_her_own_edits_are_not_told_to_her(lucia):
    mug, laptop = factories.variant(), log_in(lucia.user)
    laptop.post("/cart/add/", {"sku": mug.sku, "quantity": 1})
    before = ask(laptop, "/cart/live/")["ETag"]

    laptop.post("/cart/set/", {"sku": mug.sku, "quantity": "4", "version": "1"})

    assert "Quien compra" not in words(ask(laptop, "/cart/live/", before))


def test_that_it_is_being_paid_is_seen_although_nothing_was_edited(lucia):
    laptop = log_in(lucia.user)
    laptop.post("/cart/add/", {"sku": factories.variant().sku, "quantity": 1})
    before = ask(laptop, "/cart/live/")["ETag"]

    Cart.objects.update(status="checking_out")

    assert "Esta cesta se está pagando" in words(ask(laptop, "/cart/live/", before))


@pytest.mark.parametrize("tag", ["", '"x"', '"99999999999999999999-open"', 'W/"1-open"', '"-1-open"', "*"])
def test_a_tag_that_is_none_of_ours_gets_the_cart(client, tag):
    client.post("/cart/add/", {"sku": factories.variant(price=990).sku, "quantity": 1})

    assert "9,90 €" in words(ask(client, "/cart/live/", tag))


def test_asking_in_vain_costs_a_visitor_two_queries_and_a_person_five(client, lucia, django_assert_num_queries):
    mug, laptop = factories.variant(), log_in(lucia.user)
    for browser in (client, laptop):
        browser.post("/cart/add/", {"sku": mug.sku, "quantity": 1})

    for browser, queries in ((client, 2), (laptop, 5)):
        tag = ask(browser, "/cart/live/")["ETag"]
        with django_assert_num_queries(queries):
            assert ask(browser, "/cart/live/", tag).status_code == 304


def test_over_the_api_a_cart_is_asked_for_by_its_tag_and_tells_who_did_what(client, ana, django_assert_num_queries):
    mug = factories.variant(sku="TAZA")
    cart = opened(client, ("TAZA", 1))
    path = f"/api/v1/carts/{cart['id']}/"
    tag = client.get(path)["ETag"]

    with django_assert_num_queries(1):
        again = client.get(path, headers={"If-None-Match": tag})
    edited = put(ana, f"{path}lines/TAZA/", {"quantity": 3, "version": 1, "operation": "6b1d0d6e-desk"}).json()
    told = client.get(f"{path}edits/?since=1").json()

    assert (again.status_code, again.content) == (304, b"")
    assert [line["edited_by"] for line in edited["lines"]] == ["staff"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200
    assert told["version"] == 2
    assert [{k: e[k] for k in ("version", "kind", "sku", "quantity", "by", "own")} for e in told["edits"]] == [
        {"version": 2, "kind": "set", "sku": mug.sku, "quantity": 3, "by": "Ana en el centro de atención", "own": False}
    ]
