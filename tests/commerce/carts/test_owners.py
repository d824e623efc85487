"""An anonymous cart becomes a person's; two carts meet line by line, the later edit wins."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commerce.carts import edits, owners
from commerce.carts.edits import CartClosed
from commerce.carts.models import Cart, CartLine
from commerce.carts.owners import CartOfAnother
from commerce.customers.models import Person
from commerce.timeline.actors import VISITOR, Actor
from commerce.timeline.models import Entry, Link
from commerce.timeline.record import open_journey
from tests.factories import MONDAY, coupon, person, sales_channel, variant

pytestmark = pytest.mark.django_db


def minute(n: int):
    return MONDAY + timedelta(minutes=n)


def cart_of(whom: Person | None, *edited, **facts) -> Cart:
    """A cart with lines as (variant, quantity, minute of the edit)."""
    cart = Cart.objects.create(
        journey=open_journey(at=MONDAY),
        person=whom,
        sales_channel=sales_channel(),
        currency="EUR",
        created_at=MONDAY,
        edited_at=max([minute(m) for _, _, m in edited], default=MONDAY),
        **facts,
    )
    for of, quantity, edited_minute in edited:
        CartLine.objects.create(
            cart=cart, variant=of, quantity=quantity, edited_at=minute(edited_minute), edited_by="visitor"
        )
    return cart


def claim(cart: Cart, by: Person, at=None) -> Cart:
    actor = Actor("person", by.public_id)
    return owners.claim(cart, person=by, by=actor, channel="web", at=at or minute(60))


def lines(cart: Cart) -> dict[int, int]:
    return dict(cart.lines.values_list("variant", "quantity"))


def test_without_a_cart_of_her_own_she_takes_this_one():
    lucia, cup = person(), variant()
    cart = cart_of(None, (cup, 2, 1))

    hers = claim(cart, lucia)

    assert (hers, hers.person, hers.version, lines(hers)) == (cart, lucia, 2, {cup.pk: 2})
    assert [(e.type, e.data) for e in Entry.objects.all()] == [
        ("cart.claimed", {"cart": cart.public_id, "version": 2, "person": lucia.public_id, "taken_in": None})
    ]


def test_two_carts_meet_and_both_journeys_tell_it():
    lucia, cup, towel = person(), variant(), variant()
    hers, guest = cart_of(lucia, (cup, 1, 1)), cart_of(None, (towel, 3, 2))

    merged = claim(guest, lucia)

    assert (merged, merged.version, merged.edited_at, lines(merged)) == (hers, 2, minute(2), {cup.pk: 1, towel.pk: 3})
    guest.refresh_from_db()
    assert (guest.status, guest.merged_into) == ("merged", hers)
    assert {(e.journey_id, e.type) for e in Entry.objects.all()} == {
        (guest.journey_id, "cart.merged"),
        (hers.journey_id, "cart.claimed"),
    }
    assert list(Link.objects.values_list("earlier", "later")) == [(hers.journey_id, guest.journey_id)]


def test_of_two_edits_of_one_line_the_later_wins_and_nothing_is_counted_twice():
    lucia, cup, towel, vase = person(), variant(), variant(), variant()
    hers = cart_of(lucia, (cup, 1, 5), (towel, 1, 5), (vase, 4, 5))
    guest = cart_of(None, (cup, 2, 9), (towel, 2, 1), (vase, 3, 5))

    claim(guest, lucia)

    assert lines(hers) == {cup.pk: 2, towel.pk: 1, vase.pk: 4}


def test_what_she_removed_stays_removed_unless_it_was_put_in_again_later():
    lucia, cup, towel = person(), variant(), variant()
    hers = cart_of(lucia, (cup, 0, 5), (towel, 0, 5))
    guest = cart_of(None, (cup, 2, 1), (towel, 2, 9))

    claim(guest, lucia)

    assert lines(hers) == {cup.pk: 0, towel.pk: 2}


def test_the_code_on_her_own_cart_stays_and_else_comes_along():
    lucia, marta = person("Lucía"), person("Marta")
    ten, twenty = coupon("DIEZ"), coupon("VEINTE")
    cart_of(lucia, coupon=ten)
    cart_of(marta)

    codes = [claim(cart_of(None, coupon=twenty), whom).coupon for whom in (lucia, marta)]

    assert codes == [ten, twenty]


@pytest.mark.parametrize("has_a_cart", [True, False])
def test_the_lead_whose_code_was_on_the_cart_turns_out_to_be_her(has_a_cart, django_user_model):
    lead, lucia = person("@lucia"), person(user=django_user_model.objects.create_user("lucia"))
    if has_a_cart:
        cart_of(lucia)

    claim(cart_of(None, coupon=coupon("LUCIA", person=lead)), lucia)

    lead.refresh_from_db()
    assert lead.root == lucia


def test_claiming_twice_changes_nothing_more():
    lucia, cup = person(), variant()
    hers, guest = cart_of(lucia, (cup, 1, 1)), cart_of(None, (cup, 2, 2))

    assert [claim(guest, lucia), claim(guest, lucia)] == [hers, hers]
    assert [claim(hers, lucia).version, Entry.objects.count()] == [2, 2]


def test_a_cart_of_somebody_else_is_not_there():
    cart = cart_of(person("Marta"))

    with pytest.raises(CartOfAnother):
        claim(cart, person("Lucía"))


def test_her_carts_are_hers_under_every_person_she_was():
    lucia = person()
    cart = cart_of(person("@lucia", root=lucia))

    assert claim(cart, lucia) == cart


@pytest.mark.parametrize("whose", ["guest", "hers"])
def test_while_one_of_the_two_is_checked_out_they_do_not_meet(whose):
    lucia = person()
    carts = {"hers": cart_of(lucia), "guest": cart_of(None)}
    Cart.objects.filter(pk=carts[whose].pk).update(status="checking_out")

    with pytest.raises(CartClosed):
        claim(carts["guest"], lucia)

    assert Entry.objects.count() == 0


quantities = st.tuples(st.integers(0, 3), st.integers(0, 4))
carts = st.lists(st.dictionaries(st.integers(0, 2), quantities), min_size=2, max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(guests=carts, data=st.data())
def test_carts_that_meet_in_any_order_and_any_number_of_times_end_alike(guests, data):
    """Each line is a register whose last writer wins: what the model computes with max() is what SQL must leave."""
    goods = [variant() for _ in range(3)]
    order = data.draw(st.lists(st.sampled_from(range(len(guests))), max_size=6)) + list(range(len(guests)))
    lucia = person()
    hers = cart_of(lucia)

    for index in order:
        edited = [(goods[g], quantity, m) for g, (quantity, m) in guests[index].items()]
        claim(cart_of(None, *edited), lucia)

    expected = {}
    for guest in guests:
        for g, (quantity, m) in guest.items():
            expected[goods[g].pk] = max(expected.get(goods[g].pk, (-1, -1)), (m, quantity))
    assert lines(hers) == {pk: quantity for pk, (_, quantity) in expected.items()}


def test_a_visitors_cart_and_a_claimed_one_cost_the_same():
    lucia, cup = person(), variant(price=1000)
    cart = edits.open_cart(sales_channel=sales_channel(), lines=[(cup, 3)], by=VISITOR, at=MONDAY)
    before = edits.show(cart, at=MONDAY)

    after = edits.show(claim(cart, lucia), at=MONDAY)

    assert after == before | {"version": 2, "person": lucia.public_id}
