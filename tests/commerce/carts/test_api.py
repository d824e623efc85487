"""The API of carts: who may reach which, what is refused, and how little it asks of the database."""

import pytest
from django.test import Client

from commerce import clock
from commerce.carts import restoring
from commerce.carts.models import Cart
from commerce.channels.models import Device
from commerce.ids import digest
from commerce.timeline.models import Entry
from tests.commerce.carts.calling import CARTS, log_in, opened, post, put
from tests.factories import LONG_AGO, coupon, location, person, promotion, sales_channel, serving, staff, variant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_channels")]


def test_a_cart_shows_lines_discounts_with_reasons_and_totals(client):
    cup = variant(sku="TAZA", price=1000)
    ten, late = coupon("DIEZ", value=1000), promotion(name="Desde 50", minimum_total=5000)

    cart = opened(client, ("TAZA", 3), code="d1ez")

    assert cart == client.get(f"{CARTS}{cart['id']}/").json()
    assert cart == {
        "id": cart["id"],
        "version": 1,
        "status": "open",
        "sales_channel": "web",
        "person": None,
        "code": "DIEZ",
        "edited_at": cart["edited_at"],
        "unavailable": [],
        "discount": None,
        "signed_quote": None,
        "currency": "EUR",
        "lines": [
            {
                "variant_id": cup.pk,
                "sku": "TAZA",
                "title": cup.product.title,
                "quantity": 3,
                "unit_price": 1000,
                "goods_total": 3000,
                "discount": 300,
                "total": 2700,
                "tax": 469,
                "tax_basis_points": 2100,
                "promotions": ["DIEZ"],
                "edited_by": "visitor",
                "differs": "",
            }
        ],
        "goods_total": 3000,
        "discount_total": 300,
        "delivery_total": 0,
        "tax_total": 469,
        "total": 2700,
        "applied": [{"promotion_id": ten.promotion_id, "name": "DIEZ", "coupon": "DIEZ", "amount": 300}],
        "refused": [
            {
                "promotion_id": late.pk,
                "name": "Desde 50",
                "coupon": "",
                "reason": "below_minimum",
                "missing": 2000,
                "blocker": "",
            }
        ],
        "is_greedy": False,
        "is_first_purchase": False,
        "signed": "",
        "versions": {"price_lists": {"pvp": 1}, "promotions": {str(ten.promotion_id): 1, str(late.pk): 1}},
    }


@pytest.mark.parametrize("lines", [1, 3])
def test_opening_reading_and_editing_take_the_same_queries_however_many_lines(client, lines, django_assert_num_queries):
    skus = [variant().sku for _ in range(lines)]
    body = {"lines": [{"sku": sku, "quantity": 1} for sku in skus]}

    # channel, variants; the door's savepoint, how to plan, cart and journey, record; lines, prices, promotions
    with django_assert_num_queries(10):
        cart = post(client, CARTS, body).json()
    # cart, lines, prices, promotions
    with django_assert_num_queries(4):
        client.get(f"{CARTS}{cart['id']}/")
    # cart, variant; savepoint, how to plan, version and line, record, release; lines, prices, promotions
    with django_assert_num_queries(10):
        put(client, f"{CARTS}{cart['id']}/lines/{skus[0]}/", {"quantity": 2, "version": 1})


def test_a_line_is_set_added_to_and_removed(client):
    variant(sku="TAZA/AZUL 1", price=1000)
    cart = opened(client)
    line = f"{CARTS}{cart['id']}/lines/TAZA/AZUL 1/"

    assert put(client, line, {"quantity": 2}).json()["lines"][0]["quantity"] == 2
    added = post(client, f"{CARTS}{cart['id']}/lines/", {"sku": "TAZA/AZUL 1", "quantity": 3})
    assert (added.json()["lines"][0]["quantity"], added.json()["version"]) == (5, 3)
    removed = put(client, line, {"quantity": 0, "version": 3}).json()
    assert (removed["lines"], removed["total"], removed["version"]) == ([], 0, 4)


def test_a_version_that_never_was_is_answered_with_the_cart_as_it_stands(client):
    variant(sku="TAZA", price=1000)
    cart = opened(client, ("TAZA", 1))
    line = f"{CARTS}{cart['id']}/lines/TAZA/"
    put(client, line, {"quantity": 2, "version": 1})

    refused = put(client, line, {"quantity": 9, "version": 3})

    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["version"]) == (409, "cart_changed", 2)
    assert problem["cart"] == client.get(f"{CARTS}{cart['id']}/").json()


def test_a_code_is_put_on_and_taken_off(client):
    variant(sku="TAZA", price=1000)
    coupon("DIEZ", value=1000)
    cart = opened(client, ("TAZA", 1))
    code = f"{CARTS}{cart['id']}/coupon/"

    assert put(client, code, {"code": " diez ", "version": 1}).json()["total"] == 900
    assert put(client, code, {"code": "DIEZ", "version": 1}).json()["version"] == 2
    taken_off = client.delete(code).json()
    assert (taken_off["code"], taken_off["total"]) == (None, 1000)


def test_what_is_withdrawn_stands_apart_and_can_still_be_removed(client):
    variant(sku="TAZA", price=1000)
    gone = variant(sku="JARRA", price=500)
    cart = opened(client, ("TAZA", 1), ("JARRA", 2))
    gone.is_active = False
    gone.save()

    shown = client.get(f"{CARTS}{cart['id']}/").json()

    unavailable = {"sku": "JARRA", "title": gone.product.title, "quantity": 2, "reason": "withdrawn"}
    assert (shown["unavailable"], shown["total"]) == ([unavailable], 1000)
    line = f"{CARTS}{cart['id']}/lines/JARRA/"
    assert put(client, line, {"quantity": 1}).status_code == 404
    assert put(client, line, {"quantity": 0}).json()["unavailable"] == []


def test_a_cart_that_has_ended_is_refused(client):
    cart = opened(client)
    Cart.objects.update(status="ordered")

    answers = [client.get(f"{CARTS}{cart['id']}/"), client.delete(f"{CARTS}{cart['id']}/coupon/")]

    assert [(a.status_code, a.json()["code"], a.json()["cart_status"]) for a in answers[:1]] == [
        (409, "cart_closed", "ordered")
    ]
    assert answers[1].status_code == 409


def test_names_come_in_the_readers_language(client):
    variant(sku="TAZA")
    promotion(name="Diez menos", names={"en": "Ten off"})
    cart = opened(client, ("TAZA", 1))

    shown = [
        client.get(f"{CARTS}{cart['id']}/", headers={"Accept-Language": language}).json()["applied"][0]["name"]
        for language in ("en", "es")
    ]

    assert shown == ["Ten off", "Diez menos"]


# who reaches what


def test_the_id_of_an_anonymous_cart_is_its_key_and_nothing_else_opens_one(client, agent, lucia):
    cart = opened(client)

    for caller in (Client(), agent, log_in(lucia.user), log_in(staff("store", location()))):
        assert caller.get(f"{CARTS}{cart['id']}/").status_code == 200
    for wrong in (cart["id"][:-1], cart["id"].lower(), cart["id"][::-1], "1", "x" * 22, "A" * 22, "%00" * 22):
        assert client.get(f"{CARTS}{wrong}/").status_code == 404


def test_a_persons_cart_is_seen_by_herself_and_the_staff_and_is_not_there_for_others(
    lucia, agent, member, django_user_model
):
    serving(member, lucia)
    variant(sku="TAZA")
    cart = opened(log_in(lucia.user), ("TAZA", 1))
    marta = person("Marta", user=django_user_model.objects.create_user("marta"))
    path = f"{CARTS}{cart['id']}/"
    attempts = [
        lambda c: c.get(path),
        lambda c: put(c, f"{path}lines/TAZA/", {"quantity": 5}),
        lambda c: post(c, f"{path}lines/", {"sku": "TAZA", "quantity": 5}),
        lambda c: put(c, f"{path}coupon/", {"code": "DIEZ"}),
        lambda c: c.delete(f"{path}coupon/"),
    ]

    for stranger in (Client(), log_in(marta.user)):
        assert [attempt(stranger).status_code for attempt in attempts] == [404] * 5
    assert post(log_in(marta.user), f"{path}claim/").status_code == 404
    for known in (log_in(lucia.user), agent, log_in(staff("store", location())), log_in(staff("back_office"))):
        assert known.get(path).status_code == 200
    assert log_in(staff("warehouse", location())).get(path).status_code in (403, 404)
    assert Cart.objects.get().version == 1


def test_she_finds_the_same_cart_on_every_device(lucia):
    variant(sku="TAZA")
    phone, desk = log_in(lucia.user), log_in(lucia.user)

    cart = opened(phone, ("TAZA", 1))

    assert opened(desk)["id"] == cart["id"]
    assert opened(desk, ("TAZA", 2))["lines"][0]["quantity"] == 3


def test_an_agent_finds_and_continues_a_persons_cart_for_the_call_center(lucia, agent, member):
    serving(member, lucia)
    variant(sku="TAZA", price=1000)
    cart = opened(log_in(lucia.user), ("TAZA", 1))

    assert agent.get(CARTS, {"person": lucia.public_id}).json()["id"] == cart["id"]
    continued = opened(agent, ("TAZA", 2), person=lucia.public_id)

    assert (continued["id"], continued["sales_channel"], continued["total"]) == (cart["id"], "web", 3000)
    entry = Entry.objects.latest("number")
    assert (entry.channel, entry.actor.split(":")[0]) == ("call_center", "staff")


def test_an_agent_opens_a_cart_for_a_caller(lucia, agent, member):
    serving(member, lucia)
    cart = opened(agent, person=lucia.public_id)

    assert (cart["sales_channel"], cart["person"]) == ("call_center", lucia.public_id)
    assert opened(agent)["person"] is None


@pytest.mark.parametrize("query", [{}, {"person": "A" * 22}, {"person": "\0"}])
def test_a_look_up_of_nobody_is_refused(agent, query):
    assert agent.get(CARTS, query).status_code == (404 if query.get("person", "\0") != "\0" else 400)


def test_a_look_up_takes_no_other_filter(agent, lucia):
    assert agent.get(f"{CARTS}?person={lucia.public_id}&person={lucia.public_id}").status_code == 400
    assert agent.get(f"{CARTS}?person={lucia.public_id}&status=open").status_code == 400


def test_only_agents_look_up_and_name_people(client, lucia):
    for caller in (client, log_in(lucia.user), log_in(staff("store", location()))):
        assert caller.get(CARTS, {"person": lucia.public_id}).status_code in (401, 403)
        refused = post(caller, CARTS, {"person": lucia.public_id})
        assert refused.status_code == 400
        assert refused.json()["errors"]["person"][0]["code"] == "unknown_field"


def test_a_till_sells_through_the_channel_of_its_own_store(client):
    centro, north = location("centro"), location("norte")
    for place in (north, centro):
        channel = sales_channel("store")
        channel.pk, channel.code = None, f"tienda-{place.code}"
        channel.save()
        channel.locations.add(place)
    Device.objects.create(name="Caja 1", role="store", location=centro, key_digest=digest("k"), created_at=LONG_AGO)

    response = post(client, CARTS, {}, Authorization="Bearer k")

    assert response.json()["sales_channel"] == "tienda-centro"
    assert Entry.objects.get().channel == "store"


# claiming and restoring


def test_a_visitors_cart_becomes_hers_when_she_logs_in(client, lucia):
    variant(sku="TAZA")
    cart = opened(client, ("TAZA", 2))
    path = f"{CARTS}{cart['id']}/"

    assert post(client, f"{path}claim/").status_code in (401, 403)
    claimed = post(log_in(lucia.user), f"{path}claim/").json()

    assert (claimed["id"], claimed["person"], claimed["version"]) == (cart["id"], lucia.public_id, 2)
    assert client.get(path).status_code == 404


def test_staff_claim_nothing(client, agent):
    cart = opened(client)

    assert post(agent, f"{CARTS}{cart['id']}/claim/").status_code == 403


def test_a_link_restores_the_cart_on_another_device(client, lucia):
    variant(sku="TAZA", price=1000)
    cart = opened(log_in(lucia.user), ("TAZA", 2))
    secret = restoring.create(Cart.objects.get(public_id=cart["id"]), at=clock.now())

    restored = post(client, f"{CARTS}restore/", {"token": secret}).json()

    assert (restored["id"] == cart["id"], restored["total"], restored["person"]) == (False, 2000, None)
    assert client.get(f"{CARTS}{restored['id']}/").status_code == 200
    assert post(log_in(lucia.user), f"{CARTS}restore/", {"token": secret}).json()["id"] == cart["id"]


@pytest.mark.parametrize(("token", "status"), [("x", 404), ("", 400), ("x" * 101, 400), (5, 400), ("a\0b", 400)])
def test_a_mangled_token_opens_nothing(client, token, status):
    assert post(client, f"{CARTS}restore/", {"token": token}).status_code == status


def test_the_same_key_opens_one_cart(client):
    variant(sku="TAZA")
    body = {"lines": [{"sku": "TAZA", "quantity": 1}]}

    first, again = (post(client, CARTS, body, **{"Idempotency-Key": "2f6b1c9d-8a41-4e0f"}) for _ in range(2))
    other = post(client, CARTS, {}, **{"Idempotency-Key": "2f6b1c9d-8a41-4e0f"})

    assert (first.content, again.status_code, other.status_code) == (again.content, 201, 422)
    assert Cart.objects.count() == 1


# bad input
