"""Whatever she told us once, in any channel, is filled in, with where it is from; what is old must be said again."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from commerce import clock
from commerce.carts import handing
from commerce.customers import profile
from commerce.customers.known import known_of
from commerce.customers.models import ContactPoint, Person, Reading, Serving
from commerce.naming import named
from commerce.timeline.actors import VISITOR, Actor
from tests.factories import LONG_AGO, order, person, sales_channel, staff
from tests.inventory.test_pages import words

pytestmark = pytest.mark.django_db
HOME = {"recipient": "Lucía", "postal_code": "28013", "city": "Madrid"}


def test_what_she_gave_and_never_proved_is_filled_in_and_what_she_proved_comes_first() -> None:
    lucia = person("Lucía", email="lucia@example.com")
    for kind, value in (("email", "other@example.com"), ("phone", "+34621000101"), ("phone", "+34621000102")):
        ContactPoint.objects.create(person=lucia, kind=kind, value=value, created_at=LONG_AGO)

    known = known_of(lucia)

    assert (known["email"].value, known["phone"].value) == ("lucia@example.com", "+34621000102")


def test_what_others_typed_who_were_found_to_be_her_is_not_filled_in() -> None:
    lucia = person("Lucía", email="lucia@example.com")
    eva = person("Eva", root=lucia)
    typed = ContactPoint.objects.create(person=eva, kind="phone", value="+34621000101", created_at=LONG_AGO)
    before = dict(known_of(lucia))
    ContactPoint.objects.filter(pk=typed.pk).update(verified_at=LONG_AGO, verified_how="network")

    assert ("phone" in before, known_of(lucia)["phone"].where) == (False, "network")


@pytest.mark.parametrize(("days", "is_chosen"), [(10, True), (400, False)])
def test_an_address_of_the_till_is_offered_at_home_with_its_age(
    client: Client, shop, django_user_model, days: int, is_chosen: bool
) -> None:
    lucia = person("Lucía", email="lucia@example.com", user=django_user_model.objects.create_user("lucia"))
    client.force_login(lucia.user)
    at = clock.now() - timedelta(days=days)
    profile.add_address(lucia, entered_in="store", at=at, street="Calle Mayor 1", **HOME)
    client.post("/cart/add/", {"sku": "TAZA", "quantity": "1"})

    page = words(client.get("/checkout/"))

    assert "De tienda, " in page
    assert ("¿Sigue siendo correcta?" not in page) is is_chosen


def years_ago(lucia: Person) -> None:
    """What she told us at the till is two years old; the email she has proved is of today."""
    ContactPoint.objects.filter(kind="phone").update(given_at=LONG_AGO, verified_at=None, given_in="store")
    Person.objects.filter(pk=lucia.pk).update(named_at=LONG_AGO, named_in="store")


def bought_with(client: Client, **changes: str):
    """The checkout of a cup in the store, with what stands in the form and these changes."""
    form = client.get("/checkout/").context["form"]
    filled = {name: form[name].value() or "" for name in ("name", "email", "phone")}
    page = client.get("/checkout/").context
    sums = {"expected_pickup": page["pickup"].total, "expected_delivery": page["delivery"].total}
    said = {"tender": page["tenders"][0].code, "version": page["shown"].cart.version}
    way = next(way.code for way in page["ways"] if way.location and way.can)
    return client.post("/checkout/", filled | sums | said | {"way": way} | changes)


def test_what_is_old_is_filled_in_and_asks_and_once_confirmed_asks_no_more(client: Client, shop) -> None:
    lucia = person("Lucía", email="lucia@example.com", phone="+34621000101")
    lucia.user = User.objects.create_user("lucia")
    lucia.save()
    years_ago(lucia)
    client.force_login(lucia.user)
    client.post("/cart/add/", {"sku": "TAZA", "quantity": "1"})

    page = words(client.get("/checkout/"))
    refused = bought_with(client)
    changed = known_of(lucia)["phone"].since
    taken = bought_with(client, still_phone="on", still_name="on")

    assert ("De tienda, 1/1/2020" in page, page.count("Sigue siendo correcto")) == (True, 2)
    assert (refused.status_code, set(refused.context["form"].errors), changed) == (422, {"name", "phone"}, LONG_AGO)
    assert taken.status_code == 302
    known = known_of(Person.objects.get(pk=lucia.pk))
    assert {name: fact.where for name, fact in known.items() if fact.since > LONG_AGO} == {
        "name": "web", "phone": "web", "email": "test",
    }  # fmt: skip


def test_in_a_store_an_address_alone_fills_in_nothing_and_a_second_fact_all(client: Client, shop) -> None:
    lucia = person("Lucía", email="lucia@example.com", phone="+34621000101")
    profile.add_address(lucia, entered_in="call_center", at=clock.now(), street="Calle Mayor 1", **HOME)
    order(person=lucia, number="A-77")
    clerk = staff("store", shop.store)
    client.force_login(clerk)
    page = f"/store/{shop.store.code}/cart/"
    client.post(f"{page}add/", {"sku": "TAZA", "quantity": "1"})

    def identified(proof: str) -> str:
        said = {"address": "lucia@example.com", "proof": proof}
        client.post(f"/store/{shop.store.code}/customer/cart/", said)
        return words(client.get(f"{page}checkout/"))

    wrong, right = identified("A-78"), identified("A-77")
    till = words(client.get(f"/store/{shop.store.code}/sell/"))
    client.post(f"/store/{shop.store.code}/customer/cart/", {"done": "1"})
    after = words(client.get(f"{page}")) + words(client.get(f"/store/{shop.store.code}/sell/"))

    marks = ("+34621000101", "lucia@example.com", "Calle Mayor 1", "De " + named("call_center"))
    assert [mark in wrong for mark in marks] == [False] * 4
    assert [mark in right for mark in marks] == [True] * 4
    assert ("Para Lucía" in till, "Lucía" in after, "lucia@" in after) == (True, False, False)
    assert list(Reading.objects.values_list("person", "what")) == [(lucia.pk, "opened: number")]


def test_a_cart_that_is_put_aside_takes_what_is_known_of_her_with_it(client: Client, shop) -> None:
    lucia = person("Lucía", email="lucia@example.com", phone="+34621000101")
    order(person=lucia, number="A-77")
    client.force_login(staff("store", shop.store))
    page, said = f"/store/{shop.store.code}/cart/", {"address": "lucia@example.com", "proof": "A-77"}
    client.post(f"{page}add/", {"sku": "TAZA", "quantity": "1"})
    client.post(f"/store/{shop.store.code}/customer/cart/", said)
    hers = words(client.get(f"{page}checkout/"))

    client.post(f"{page}leave/")
    client.post(f"{page}add/", {"sku": "TAZA", "quantity": "1"})
    next_one = client.get(f"{page}checkout/").content.decode()

    assert "621000101" in hers
    assert [known in next_one for known in ("621000101", "Lucía", "lucia@example.com")] == [False] * 3
    assert not Serving.objects.filter(ends_at__gt=clock.now()).exists()


def test_the_code_that_she_made_of_her_own_cart_is_a_second_fact_and_a_strangers_is_none(client: Client, shop) -> None:
    lucia = person("Lucía", email="lucia@example.com", user=User.objects.create_user("lucia"))
    phone, tablet = Client(), Client()
    phone.force_login(lucia.user)
    phone.post("/cart/add/", {"sku": "TAZA", "quantity": "1"})
    clerk, page = staff("store", shop.store), f"/store/{shop.store.code}/cart/"
    cart = lucia.carts.get()
    own = handing.hand_off(cart, by=Actor("person", lucia.public_id), channel="web", at=clock.now()).code

    def checkout(code: str) -> str:
        client.force_login(clerk)
        client.post(f"{page}take/", {"code": code})
        said = words(client.get(f"{page}checkout/"))
        client.post(f"{page}leave/")
        return said

    hers = checkout(own)
    theirs = checkout(handing.hand_off(cart, by=VISITOR, channel="web", at=clock.now()).code)

    assert ("lucia@example.com" in hers, "lucia@example.com" in theirs) == (True, False)
    assert list(Serving.objects.values_list("person", "proof")) == [(lucia.pk, "cart")]
    assert tablet.get(page).status_code == 302


@pytest.mark.parametrize(("made_by_her", "leads_to"), [(True, "checkout"), (False, "gate")])
def test_at_the_desk_the_code_of_her_own_cart_opens_her_checkout_and_a_strangers_the_gate(
    client: Client, shop, made_by_her: bool, leads_to: str
) -> None:
    lucia = person("Lucía", email="lucia@example.com", user=User.objects.create_user("lucia"))
    sales_channel("call_center", locations=(shop.store,))
    cart = shop.cart(1, person=lucia)
    by = Actor("person", lucia.public_id) if made_by_her else VISITOR
    client.force_login(staff("agent"))
    client.post("/desk/cart/take/", {"code": handing.hand_off(cart, by=by, channel="web", at=clock.now()).code})

    page = client.get("/desk/cart/checkout/", follow=True)

    assert page.redirect_chain[-1] == (f"/desk/{lucia.public_id}/{leads_to}/", 302)
    assert ("lucia@example.com" in words(page)) is made_by_her
