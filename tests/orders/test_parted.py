"""What two do while they are taken for one: it goes by their own addresses when it turns out that they are two."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from commerce import clock
from commerce.carts.models import Cart
from commerce.carts.showing import USABLE
from commerce.customers import consent, merges
from commerce.customers.models import Merge, Person
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.record import open_journey
from commerce.timeline.tasks import run_due
from inventory.models import Stock
from orders import checkout
from orders.drafting import Terms
from orders.models import Order
from tests.commerce.carts.calling import CARTS, log_in, log_in_by_code, post
from tests.factories import person, serving, staff
from tests.inventory.test_pages import words
from tests.orders.shop import open_shop

EMAILS = {"Ana": "ana@example.com", "Bea": "bea@example.com"}


class Pair:
    """Ana and Bea with an account each, what they do, and what each should have of it."""

    def __init__(self) -> None:
        self.shop = open_shop()
        Stock.objects.update(on_hand=500)
        self.people = {
            name: person(name, email=email, user=User.objects.create_user(name)) for name, email in EMAILS.items()
        }
        self.browsers: dict[str, Client] = {}
        self.edge: Merge | None = None

    def browser(self, name: str) -> Client:
        """Hers, in which she logs in by the code that comes to her address."""
        if name not in self.browsers:
            self.browsers[name] = Client()
            log_in_by_code(self.browsers[name], EMAILS[name])
        return self.browsers[name]

    def fill(self, name: str) -> dict:
        """Put a mug into her cart, wherever that is."""
        wanted = {"lines": [{"sku": "TAZA", "quantity": 1}]}
        return post(self.browser(name), CARTS, wanted).json()

    def buy(self, name: str, email: str = "") -> str:
        """What lies in her cart, after one mug more; returns the order's number."""
        cart, her = self.fill(name), self.browser(name)
        terms = {"expected_total": cart["total"], "pickup_location": self.shop.store.code, "tender": "manual"}
        done = post(her, f"{CARTS}{cart['id']}/checkout/", terms | ({"email": email} if email else {}))
        assert done.status_code == 201, done.content
        return done.json()["number"]

    def choose(self, name: str, *, yes: bool) -> None:
        """News by email, or none."""
        post(
            self.browser(name),
            "/api/v1/me/consents/",
            {"contact_channel": "email", "purpose": "marketing", "granted": yes},
        )

    def merge(self) -> None:
        """They are one, says somebody."""
        ana, bea = self.people.values()
        self.edge = merges.merge(bea, into=ana, evidence="same phone", **self.stamp())
        self.follow()

    def split(self) -> None:
        """They are not."""
        assert self.edge is not None
        merges.split(self.edge, **self.stamp())
        self.follow()

    def stamp(self) -> dict:
        at = clock.now()
        return {"journey": open_journey(at=at), "by": SYSTEM, "channel": "call_center", "at": at}

    def follow(self) -> None:
        run_due(at=clock.now())

    def orders_of(self, name: str) -> set[str]:
        """The numbers of what is hers of what was bought."""
        return set(Order.objects.filter(person=self.people[name]).values_list("number", flat=True))

    def lines_of(self, name: str) -> dict[str, int]:
        """What lies in the cart that is hers now."""
        hers = Cart.objects.filter(person=self.people[name], status__in=USABLE)
        return {sku: quantity for cart in hers for sku, quantity in cart.lines.values_list("variant__sku", "quantity")}

    def hears(self, name: str) -> bool:
        return consent.granted(Person.objects.get(pk=self.people[name].pk), "email", "marketing")


@pytest.fixture
def pair(db: None) -> Pair:
    """Two who are taken for one."""
    both = Pair()
    both.merge()
    return both


@pytest.mark.parametrize("email", ["bea@example.com", ""], ids=["with her email", "without"])
def test_an_order_of_hers_while_they_were_one_is_hers_when_they_are_two(pair: Pair, email: str) -> None:
    number = pair.buy("Bea", email)

    pair.split()

    order = Order.objects.get(number=number)
    assert (order.person, order.email.value) == (pair.people["Bea"], "bea@example.com")
    pages = [words(pair.browser(name).get("/account/")) for name in ("Ana", "Bea")]
    assert [number in page for page in pages] == [False, True]


def test_what_staff_order_for_them_goes_by_the_address_that_was_given(pair: Pair) -> None:
    member = staff("agent")
    serving(member, pair.people["Ana"])
    agent = log_in(member)
    cart = post(
        agent, CARTS, {"person": pair.people["Ana"].public_id, "lines": [{"sku": "TAZA", "quantity": 1}]}
    ).json()
    order = checkout.buy(
        Cart.objects.get(public_id=cart["id"]),
        terms=Terms(expected_total=1250, pickup_at=pair.shop.store, email="bea@example.com"),
        tender="manual",
        by=Actor("staff", "1"),
        channel="call_center",
        at=clock.now(),
    )

    assert order.person == pair.people["Bea"]


def test_the_cart_she_began_while_they_were_one_is_hers_when_they_are_two(pair: Pair) -> None:
    pair.fill("Bea")
    while_one = Cart.objects.get().person

    pair.split()

    assert while_one == pair.people["Ana"]
    assert (pair.lines_of("Ana"), pair.lines_of("Bea")) == ({}, {"TAZA": 1})


def test_what_she_filled_before_she_logged_in_is_hers_too(pair: Pair) -> None:
    pair.fill("Ana")
    browser = pair.browsers["Bea"] = Client()
    browser.post("/cart/add/", {"sku": "TAZA", "quantity": "3"})
    log_in_by_code(browser, EMAILS["Bea"])

    pair.split()

    assert (pair.lines_of("Ana"), pair.lines_of("Bea")) == ({"TAZA": 1}, {"TAZA": 3})


def test_a_cart_begun_right_after_the_split_meets_the_one_that_is_given_back(pair: Pair) -> None:
    pair.fill("Bea")
    merges.split(pair.edge, **pair.stamp())
    pair.fill("Bea")

    pair.follow()

    assert (pair.lines_of("Ana"), pair.lines_of("Bea")) == ({}, {"TAZA": 1})
    assert Cart.objects.filter(person=pair.people["Bea"], status__in=USABLE).count() == 1


def test_her_yes_is_kept_at_her_own_address(pair: Pair) -> None:
    pair.choose("Bea", yes=True)

    pair.split()

    assert (pair.hears("Ana"), pair.hears("Bea")) == (False, True)


def test_what_she_turns_off_stays_silent_whoever_of_them_had_turned_it_on(pair: Pair) -> None:
    pair.choose("Ana", yes=True)

    pair.choose("Bea", yes=False)

    assert not pair.hears("Ana")
    assert not pair.hears("Bea")


def test_a_browser_in_which_she_logged_in_is_hers_after_the_split(pair: Pair) -> None:
    browser = pair.browser("Bea")

    pair.split()

    mine = browser.get("/api/v1/me/").json()
    assert [point["value"] for point in mine["contact_points"]] == ["bea@example.com"]


def test_somebody_without_an_account_gets_her_own_by_her_own_address(pair: Pair) -> None:
    third = person("Cleo", email="cleo@example.com")
    edge = merges.merge(third, into=pair.people["Ana"], evidence="same phone", **pair.stamp())
    browser = Client()
    log_in_by_code(browser, "cleo@example.com")
    together = browser.get("/api/v1/me/").json()["contact_points"]

    merges.split(edge, **pair.stamp())

    assert {"ana@example.com", "cleo@example.com"} < {point["value"] for point in together}
    assert [point["value"] for point in browser.get("/api/v1/me/").json()["contact_points"]] == ["cleo@example.com"]


def test_an_address_entered_while_they_were_one_is_offered_to_both_and_kept_with_her(pair: Pair) -> None:
    home = {"recipient": "Bea", "street": "Calle Mayor, 1", "postal_code": "28013", "city": "Madrid"}
    post(pair.browser("Bea"), "/api/v1/me/addresses/", home)

    def homes() -> list[int]:
        return [len(pair.browser(name).get("/api/v1/me/addresses/").json()) for name in ("Ana", "Bea")]

    together = homes()
    pair.split()

    assert (together, homes()) == ([1, 1], [0, 1])


step = st.tuples(st.sampled_from(["fill", "buy", "say yes", "say no"]), st.sampled_from(sorted(EMAILS)))


class SplitGivesBackWhatCameMeanwhile(TestCase):
    """split(merge(x)) = x, also when both log in, fill carts, buy and choose in between."""

    @settings(max_examples=12, deadline=None)
    @given(before=st.lists(step, max_size=3), between=st.lists(step, min_size=1, max_size=5))
    def test_everything_goes_back_to_whom_it_came_from(self, before, between) -> None:
        pair = Pair()
        bought: dict[str, set[str]] = {name: set() for name in EMAILS}
        hears = dict.fromkeys(EMAILS, False)

        def live(steps, *, as_one: bool) -> None:
            for what, name in steps:
                match what:
                    case "fill":
                        pair.fill(name)
                    case "buy":
                        bought[name].add(pair.buy(name))
                    case "say yes":
                        pair.choose(name, yes=True)
                        hears[name] = True
                    case "say no":
                        pair.choose(name, yes=False)
                        hears.update(dict.fromkeys(EMAILS, False) if as_one else {name: False})
                pair.follow()
                if as_one:
                    assert Cart.objects.filter(status__in=USABLE).count() <= 1

        live(before, as_one=False)
        pair.merge()
        live(between, as_one=True)
        pair.split()

        assert {name: pair.orders_of(name) for name in EMAILS} == bought
        assert {name: pair.hears(name) for name in EMAILS} == hears
        assert {person.root for person in Person.objects.all()} == {None}
