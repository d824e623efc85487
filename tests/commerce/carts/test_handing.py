"""A code hands a cart on: as far as it says, for its minutes, once; and guessing finds nothing."""

import contextlib
import os
import secrets
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.carts import handing, held
from commerce.carts.edits import open_cart
from commerce.carts.handing import HandOffRefused
from commerce.carts.models import Cart, CartLine, HandOff
from commerce.customers.models import Person
from commerce.ids import spoken_code
from commerce.rest.models import LimitCount
from commerce.timeline.actors import VISITOR
from commerce.timeline.models import Entry
from tests import factories
from tests.commerce.carts.calling import CARTS, log_in, log_in_by_code, opened, post
from tests.factories import MONDAY
from tests.inventory.test_pages import words
from tests.races import at_once

pytestmark = pytest.mark.django_db
GUESSES = int(os.environ.get("GUESSES", "30"))
"""How many codes are guessed over HTTP. GUESSES=10000 keeps the limit of 300 and takes minutes."""


def taken(code: str, taker: str) -> HandOff:
    return handing.take(code, taker=taker, by=VISITOR, channel="web", at=clock.now())


@pytest.fixture(autouse=True)
def web():
    return factories.sales_channel()


def cart_with(person=None) -> Cart:
    lines = [(factories.variant(price=990), 2)]
    return open_cart(sales_channel=factories.sales_channel(), person=person, lines=lines, by=VISITOR, at=MONDAY)


def browser_of(person) -> Client:
    person.user = factories.User.objects.create_user(username=person.public_id)
    person.save()
    return log_in(person.user)


def given(cart: Cart, **facts) -> handing.Handed:
    return handing.hand_off(cart, by=VISITOR, channel="web", at=clock.now(), **facts)


def entered(client: Client, code: str):
    return client.post("/cart/take/", {"code": code}, headers={"Referer": "http://testserver/cart/take/"}, follow=True)


def test_a_code_has_six_characters_that_neither_look_nor_sound_alike():
    code = given(cart_with()).code

    assert len(code) == 6
    assert set(code) <= set("23456789CFHJKMPQRTWX")
    assert [word for letter, word in handing.spelled("K7M", "es-ES")] == ["Kilo", "", "Madrid"]
    assert [word for letter, word in handing.spelled("K7M", "en")] == ["Kilo", "", "Mike"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [("k7m 4rt", "K7M4RT"), ("K7N-4RD", "K7M4RT"), ("b7g4sz", "P7J4FC"), (" k7m4rtñ😀\u0000", "K7M4RT")],
)
def test_what_is_misheard_or_typed_otherwise_is_understood(said, meant):
    assert handing.heard(said) == meant


def test_neither_code_nor_secret_is_stored_and_an_old_digest_is_forgotten():
    first = given(cart_with())
    HandOff.objects.update(expires_at=clock.now(), closes_at=clock.now())
    given(cart_with())

    kept = HandOff.objects.order_by("pk")
    assert [row.digest is None for row in kept] == [True, False]
    assert all(first.code not in str(vars(row)) for row in kept)


def test_a_new_code_ends_the_one_that_nobody_took():
    cart = cart_with()
    old, new = given(cart), given(cart)

    with pytest.raises(HandOffRefused):
        taken(old.code, "phone")
    assert taken(new.code, "phone").cart_id == cart.pk


def test_a_code_is_good_once_but_the_same_hand_may_send_it_twice():
    code = given(cart_with()).code

    for _ in range(2):
        taken(code, "phone")
    with pytest.raises(HandOffRefused):
        taken(code, "another phone")

    assert [e.type for e in Entry.objects.order_by("pk")][-2:] == ["cart.handed_off", "cart.taken_up"]


def test_a_code_may_be_good_for_several():
    code = given(cart_with(), uses=2).code

    for taker in ("one", "two"):
        taken(code, taker)
    with pytest.raises(HandOffRefused):
        taken(code, "three")


@pytest.mark.parametrize("what", ["expired", "used", "unknown", "ended", "ordered"])
def test_a_code_that_is_no_good_is_refused_in_the_same_words_and_opens_nothing(client, what):
    cart = cart_with()
    handed = given(cart)
    match what:
        case "expired":
            HandOff.objects.update(expires_at=clock.now() - timedelta(seconds=1))
        case "used":
            entered(Client(), handed.code)
        case "unknown":
            handed = handing.Handed(handed.hand_off, "222222", "x" * 43)
        case "ended":
            handing.end(cart, at=clock.now())
        case "ordered":
            Cart.objects.update(status="ordered")

    said = words(entered(client, handed.code))

    refused = "Esta cesta se está tramitando" if what == "ordered" else "Este código no sirve"
    assert refused in said
    assert "Todavía no hay nada." in words(client.get("/cart/"))


def test_the_link_of_the_qr_is_looked_at_without_effect_and_works_once(client):
    secret = given(cart_with()).secret

    looked = [client.get(f"/cart/take/{secret}/") for _ in range(3)]
    taken = words(client.post(f"/cart/take/{secret}/", follow=True))
    other = Client().post(f"/cart/take/{secret}/", follow=True)

    assert [response.status_code for response in looked] == [200] * 3
    assert {response["Referrer-Policy"] for response in looked} == {"no-referrer"}
    assert "19,80 €" in taken
    assert "19,80 €" not in words(other)


def test_a_link_of_another_purpose_or_with_one_letter_changed_opens_nothing(client):
    cart = cart_with()
    from_restore = handing.links.create("restore_cart", cart.public_id, lasts=timedelta(days=1), at=clock.now())
    secret = given(cart).secret
    changed = secret[:-1] + ("A" if secret[-1] != "A" else "B")

    assert [client.get(f"/cart/take/{one}/").status_code for one in (from_restore, changed)] == [404, 404]
    assert client.get(f"/cart/restore/{secret}/").status_code == 404


def test_for_looking_means_for_looking(client):
    mug = factories.variant(sku="TAZA", price=990)
    cart = open_cart(sales_channel=factories.sales_channel(), lines=[(mug, 2)], by=VISITOR, at=MONDAY)
    entered(client, given(cart, scope="view").code)

    shown = words(client.get("/cart/"))
    refused = [
        client.post("/cart/set/", {"sku": "TAZA", "quantity": "9", "version": "1"}, follow=True),
        client.post("/cart/add/", {"sku": "TAZA", "quantity": "1"}, follow=True),
        client.post("/cart/code/", {"code": "DIEZ", "version": "1"}, follow=True),
        client.post("/cart/hand-off/", {"scope": "pay"}, follow=True),
        client.post("/cart/hand-off/end/", follow=True),
        client.get("/checkout/"),
    ]

    assert "19,80 €" in shown
    assert cart.public_id not in shown
    assert all("Este código se dio para menos que eso" in words(response) for response in refused)
    assert (CartLine.objects.get().quantity, HandOff.objects.count()) == (2, 1)


def test_who_may_edit_may_not_pay_nor_hand_on_more_than_that(client):
    entered(client, given(cart_with(), scope="edit").code)

    assert client.get("/checkout/").status_code == 403
    client.post("/cart/hand-off/", {"scope": "pay"})
    client.post("/cart/hand-off/", {"scope": "view"})

    assert list(HandOff.objects.order_by("pk").values_list("scope", flat=True)) == ["edit", "view"]


def test_her_own_cart_goes_to_a_phone_without_a_log_in_and_says_not_whose_it_is(client):
    lucia = factories.person("Lucía", email="lucia@example.com")
    cart = cart_with(lucia)
    taken = post(client, "/api/v1/hand-offs/", {"code": given(cart, scope="edit").code}).json()
    path = f"{CARTS}{taken['cart']['id']}/"

    edited = post(client, f"{path}lines/", {"sku": CartLine.objects.get().variant.sku, "quantity": 1})
    paid = post(client, f"{path}checkout/", {"expected_total": 2970, "pickup_location": "x", "tender": "manual"})

    assert (taken["scope"], taken["cart"]["person"], taken["cart"]["total"]) == ("edit", None, 1980)
    assert (edited.status_code, edited.json()["person"]) == (200, None)
    assert (paid.status_code, paid.json()["code"]) == (403, "hand_off_scope")
    assert Client().get(path).status_code == 404
    assert words(client.get("/account/", follow=True)).count("lucia@example.com") == 0


def test_when_the_sharing_ends_the_other_hand_has_lost_the_cart(client):
    giver, cart = Client(), cart_with()
    session = giver.session
    session["cart"] = cart.public_id
    session.save()
    code = giver.post("/cart/hand-off/", {"scope": "pay"}).context["handed"].code
    entered(client, code)

    before = words(client.get("/cart/"))
    giver.post("/cart/hand-off/end/")
    after = words(client.get("/cart/"))

    assert ("19,80 €" in before, "19,80 €" in after) == (True, False)
    assert "19,80 €" in words(giver.get("/cart/"))


def test_what_was_taken_up_is_lost_after_its_hours_and_the_own_cart_is_back(client):
    own = factories.variant(price=500)
    client.post("/cart/add/", {"sku": own.sku, "quantity": "1"})
    entered(client, given(cart_with()).code)
    before = words(client.get("/cart/"))

    clock.move(handing.LASTS + handing.OPEN_FOR + timedelta(seconds=1))

    assert "19,80 €" in before
    assert "5,00 €" in words(client.get("/cart/"))


def test_a_cart_taken_up_becomes_hers_when_she_logs_in_there_and_the_giver_has_it_no_more():
    cart, laptop, phone = cart_with(), Client(), Client()
    session = laptop.session
    session["cart"] = cart.public_id
    session.save()
    entered(phone, given(cart).code)
    before = Cart.objects.get().person

    log_in_by_code(phone, "lucia@example.com")

    assert (before, Cart.objects.get().person) == (None, Person.objects.get())
    assert "19,80 €" in words(phone.get("/cart/"))
    assert "19,80 €" not in words(laptop.get("/cart/"))


def test_the_installations_key_may_change_while_a_code_is_good(settings):
    code = given(cart_with()).code
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-0123456789-abcdefghijklmnop"

    assert taken(code, "phone")

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(HandOffRefused):
        taken(code, "phone")


def guess(n: int, *, place: str, client: Client) -> int:
    code = spoken_code(6)
    return post(client, "/api/v1/hand-offs/", {"code": code}, **{"X-Forwarded-For": place}).status_code


def test_one_browser_guesses_ten_times_and_then_waits(client):
    client.post("/cart/add/", {"sku": factories.variant().sku, "quantity": "1"})

    answers = [guess(n, place="10.0.0.1", client=client) for n in range(14)]

    assert answers == [404] * 10 + [429] * 4


def test_one_place_guesses_thirty_times_whatever_browsers_it_opens(settings):
    settings.TRUSTED_PROXIES = 1

    answers = [guess(n, place="10.0.0.1", client=Client()) for n in range(36)]

    assert answers == [404] * 30 + [429] * 6


def guesses(count: int) -> list[int]:
    """From as many places as there are guesses, each in a new browser."""
    return [guess(n, place=f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", client=Client()) for n in range(count)]


def test_guesses_from_everywhere_stop_all_codes_of_shoppers_but_no_qr_and_no_staff(settings):
    settings.TRUSTED_PROXIES = 1
    limit = LimitCount.objects
    handed, again = given(cart_with()), given(cart_with())
    guesses(1)
    limit.filter(name=held.WRONG.name).update(count=held.WRONG.count)
    ana = log_in(factories.staff("agent"))

    shopper = post(Client(), "/api/v1/hand-offs/", {"code": handed.code})
    by_qr = post(Client(), "/api/v1/hand-offs/", {"token": handed.secret})
    by_staff = post(ana, "/api/v1/hand-offs/", {"code": again.code})

    assert (shopper.status_code, by_qr.status_code, by_staff.status_code) == (429, 200, 200)
    assert 0 < int(shopper["Retry-After"]) <= 600


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_of_guesses_from_ever_other_places_no_more_are_looked_at_than_the_limit_says(settings, monkeypatch):
    """Of 64 million codes: with a hundred carts on offer at once, one spell in two thousand finds one.

    Each guess is a transaction of its own, as in life: ten thousand in one would be ended at the first stall.
    """
    looked_at = min(GUESSES // 2, held.WRONG.count)
    # However long ten thousand requests take here, they are of one span of ten minutes.
    monkeypatch.setattr(held, "WRONG", replace(held.WRONG, count=looked_at, within=timedelta(days=1)))
    settings.TRUSTED_PROXIES = 1
    for _ in range(5):
        given(cart_with())

    answers = guesses(GUESSES)

    found = {status: answers.count(status) for status in (200, 404, 429)}
    assert found == {200: 0, 404: looked_at, 429: GUESSES - looked_at}


def test_guesses_find_nothing_even_where_nobody_counts_them():
    """The positive control comes last: the code itself does open the cart."""
    code = [given(cart_with()).code for _ in range(5)][-1]

    found = []
    for _ in range(GUESSES):
        with contextlib.suppress(HandOffRefused):
            found.append(taken("".join(secrets.choice(handing.ALPHABET) for _ in range(handing.LENGTH)), "guesser"))

    assert found == []
    assert taken(code, "phone").scope == "pay"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": ""},
        {"code": 5},
        {"code": None},
        {"code": "K7M4RT", "token": "x"},
        {"code": "x" * 21},
        {"scope": "pay"},
        [],
    ],
)
def test_a_body_that_says_something_else_is_refused(client, body):
    assert post(client, "/api/v1/hand-offs/", body).status_code == 400


@pytest.mark.parametrize(
    "body",
    [{"scope": "all"}, {"minutes": 0}, {"minutes": 61}, {"minutes": "5"}, {"uses": 0}, {"uses": 6}, {"code": "K7M4RT"}],
)
def test_a_code_is_made_for_nothing_but_what_there_is(client, body):
    factories.variant(sku="TAZA")
    cart = opened(client, ("TAZA", 1))

    assert post(client, f"{CARTS}{cart['id']}/hand-off/", body).status_code == 400


def test_what_other_sites_send_is_refused():
    browser = Client(enforce_csrf_checks=True)

    assert browser.post("/cart/take/", {"code": "K7M4RT"}).status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_of_many_who_enter_one_code_at_once_one_gets_the_cart():
    code = given(cart_with()).code

    def enter(number: int) -> str:
        try:
            taken(code, f"phone {number}")
            return "taken"
        except HandOffRefused:
            return "refused"

    assert sorted(at_once(8, enter)) == ["refused"] * 7 + ["taken"]


def test_who_scans_a_qr_that_was_used_is_told_so_before_she_presses_anything(client):
    handed = given(cart_with())
    path = f"/cart/take/{handed.secret}/"

    before = Client().get(path).status_code
    client.post(path)

    assert (before, Client().get(path).status_code) == (200, 404)
    assert client.get(path).headers["Location"] == "/cart/"  # whoever holds it is led to it
