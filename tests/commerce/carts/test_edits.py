"""Carts are opened and edited by several hands: each edit raises the version, a stale one is refused."""

from datetime import timedelta

import pytest
from django.db import transaction

from commerce.carts import edits
from commerce.carts.edits import CartClosed, CodeNotYours, StaleCart, TooManyLines, TooManyUnits
from commerce.carts.models import Cart
from commerce.carts.showing import quote_of
from commerce.customers.models import Merge
from commerce.promotions.uses import UnknownCode
from commerce.timeline.actors import VISITOR, Actor
from commerce.timeline.models import Entry, Journey, Link
from commerce.timeline.record import open_journey
from tests.factories import MONDAY, coupon, person, sales_channel, variant

pytestmark = pytest.mark.django_db

AGENT = Actor("staff", "7")
LATER = MONDAY + timedelta(minutes=5)


def opened(*lines, **facts) -> Cart:
    return edits.open_cart(sales_channel=sales_channel(), lines=lines, by=VISITOR, at=MONDAY, **facts)


def put(cart: Cart, of, quantity: int, **facts) -> Cart:
    return edits.set_quantity(cart, variant=of, quantity=quantity, by=VISITOR, channel="web", at=LATER, **facts)


def add(cart: Cart, of, quantity: int) -> Cart:
    return edits.add(cart, variant=of, quantity=quantity, by=VISITOR, channel="web", at=LATER)


def lines(cart: Cart) -> dict[str, int]:
    return dict(cart.lines.values_list("variant__sku", "quantity"))


def story(cart: Cart) -> list[tuple[str, dict]]:
    entries = Entry.objects.filter(journey=cart.journey_id).order_by("number")
    return [(entry.type, {k: v for k, v in entry.data.items() if k != "cart"}) for entry in entries]


def test_a_cart_with_lines_opens_its_own_journey_and_tells_it():
    cup = variant(sku="TAZA")

    cart = opened((cup, 2))

    assert (cart.version, cart.status, cart.person, lines(cart)) == (1, "open", None, {"TAZA": 2})
    assert story(cart) == [
        ("cart.opened", {"sales_channel": "web"}),
        ("cart.edited", {"version": 1, "variant": cup.pk, "sku": "TAZA", "quantity": 2}),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_opening_takes_the_same_queries_however_many_lines(count, django_assert_num_queries):
    channel, basket = sales_channel(), [(variant(), 1) for _ in range(count)]

    # how to plan, cart with journey and lines, record
    with django_assert_num_queries(3):
        edits.open_cart(sales_channel=channel, lines=basket, by=VISITOR, at=MONDAY)


@pytest.mark.parametrize("count", [1, 3])
def test_an_edit_takes_the_same_queries_however_many_lines_there_are(count, django_assert_num_queries):
    basket = [(variant(), 1) for _ in range(count)]
    cart = opened(*basket)

    # savepoint, how to plan, version and line in one, record, release
    with django_assert_num_queries(5):
        put(cart, basket[0][0], 5)


def test_an_edit_raises_the_version_and_is_told_with_its_editor():
    cup = variant(sku="TAZA")
    cart = opened((cup, 1))

    edits.set_quantity(cart, variant=cup, quantity=3, seen_version=1, by=AGENT, channel="call_center", at=LATER)

    cart.refresh_from_db()
    assert (cart.version, cart.edited_at, lines(cart)) == (2, LATER, {"TAZA": 3})
    assert story(cart)[-1] == ("cart.edited", {"version": 2, "variant": cup.pk, "sku": "TAZA", "quantity": 3})
    entry, line = Entry.objects.latest("number"), cart.lines.get()
    assert (entry.actor, entry.channel, line.edited_by) == ("staff:7", "call_center", "staff:7")


def test_an_edit_of_an_older_version_is_merged_with_what_came_since():
    cup, towel = variant(sku="TAZA"), variant(sku="TOALLA")
    cart = opened((cup, 1))
    add(cart, towel, 2)

    put(cart, cup, 9, seen_version=1)

    assert (lines(cart), Cart.objects.get().version) == ({"TAZA": 9, "TOALLA": 2}, 3)


def test_a_code_is_refused_where_another_hand_changed_the_code_with_the_cart_as_it_stands():
    cup = variant(sku="TAZA", price=1000)
    cart = opened((cup, 1))
    put(cart, cup, 2, seen_version=1)
    for code in ("DIEZ", "VEINTE"):
        coupon(code)
    edits.apply_coupon(cart, code="DIEZ", seen_version=1, by=VISITOR, channel="web", at=LATER)

    with pytest.raises(StaleCart) as refusal:
        edits.apply_coupon(cart, code="VEINTE", seen_version=2, by=AGENT, channel="call_center", at=LATER)

    assert (refusal.value.facts["version"], refusal.value.facts["cart"]["code"]) == (3, "DIEZ")
    assert [line["quantity"] for line in refusal.value.facts["cart"]["lines"]] == [2]


def test_a_removed_line_stays_as_a_removed_line():
    cup = variant(sku="TAZA")
    cart = opened((cup, 1))

    put(cart, cup, 0)

    assert lines(cart) == {"TAZA": 0}
    assert quote_of(cart, at=LATER).total == 0


def test_adding_merges_with_the_line_that_is_there():
    cup = variant(sku="TAZA")
    cart = opened((cup, 1), (cup, 2))

    add(cart, cup, 4)

    assert lines(cart) == {"TAZA": 7}


def test_the_same_thing_written_twice_is_checked_on_the_sum():
    cup = variant()

    with pytest.raises(TooManyUnits), transaction.atomic():
        opened((cup, 5000), (cup, 5000))

    assert (Cart.objects.count(), Journey.objects.count()) == (0, 0)


def test_adding_beyond_the_limit_is_refused_and_changes_nothing():
    cup = variant(sku="TAZA")
    cart = opened((cup, 9999))

    with pytest.raises(TooManyUnits):
        add(cart, cup, 1)

    assert (lines(cart), Cart.objects.get().version) == ({"TAZA": 9999}, 1)


def test_a_cart_holds_a_hundred_different_things():
    basket = [(variant(), 1) for _ in range(100)]
    cart = opened(*basket)

    with pytest.raises(TooManyLines):
        add(cart, variant(), 1)
    with pytest.raises(TooManyLines), transaction.atomic():
        opened(*basket, (variant(), 1))

    put(cart, basket[0][0], 0)
    add(cart, variant(), 1)


@pytest.mark.parametrize("status", ["checking_out", "ordered"])
def test_a_closed_cart_is_not_edited(status):
    cup = variant()
    cart = opened((cup, 1))
    Cart.objects.update(status=status)

    for edit in (
        lambda: put(cart, cup, 2),
        lambda: add(cart, cup, 2),
        lambda: edits.apply_coupon(cart, code=coupon("DIEZ").code, by=VISITOR, channel="web", at=LATER),
    ):
        with pytest.raises(CartClosed) as refusal:
            edit()
        assert refusal.value.facts == {"cart_status": status}
    assert (Cart.objects.get().version, Entry.objects.count()) == (1, 2)


def test_a_code_is_put_on_replaced_and_taken_off():
    cart = opened((variant(price=1000), 1))
    ten, twenty = coupon("DIEZ", value=1000), coupon("VEINTE", value=2000)

    for code in ("d-i-e-z", "VEINTE"):
        edits.apply_coupon(cart, code=code, seen_version=cart.version, by=VISITOR, channel="web", at=LATER)
    assert quote_of(cart, at=LATER).total == 800
    edits.remove_coupon(cart, by=VISITOR, channel="web", at=LATER)

    assert quote_of(cart, at=LATER).total == 1000
    assert [happening for happening, _ in story(cart)[2:]] == [
        "cart.coupon_applied",
        "cart.coupon_applied",
        "cart.coupon_removed",
    ]
    assert story(cart)[2][1] == {"version": 2, "coupon": ten.pk, "promotion": ten.promotion_id}
    assert (cart.version, twenty.promotion.coupons.count()) == (4, 1)


def test_the_same_code_again_or_none_taken_off_changes_nothing():
    cart = opened((variant(), 1))
    coupon("DIEZ")

    edits.remove_coupon(cart, by=VISITOR, channel="web", at=LATER)
    for _ in range(2):
        edits.apply_coupon(cart, code="DIEZ", by=VISITOR, channel="web", at=LATER)

    assert cart.version == 2


def test_an_unknown_code_changes_nothing():
    cart = opened((variant(), 1))

    with pytest.raises(UnknownCode):
        edits.apply_coupon(cart, code="NADA", by=VISITOR, channel="web", at=LATER)

    assert Cart.objects.get().version == 1


def test_a_code_that_cannot_help_yet_may_wait_on_the_cart():
    cup = variant(price=1000)
    cart = opened((cup, 1))
    code = coupon("VEINTE", value=2000)
    code.promotion.minimum_total = 2000
    code.promotion.save()
    edits.apply_coupon(cart, code="VEINTE", by=VISITOR, channel="web", at=LATER)

    [refused] = quote_of(cart, at=LATER).refused
    assert (refused.reason, refused.missing) == ("below_minimum", 1000)
    assert quote_of(put(cart, cup, 2), at=LATER).total == 1600


def test_a_person_has_one_open_cart_over_all_channels():
    lucia, cup = person(), variant(sku="TAZA")
    cart = opened((cup, 1), person=lucia)

    again = edits.open_cart(
        sales_channel=sales_channel("call_center"), person=lucia, lines=[(cup, 2)], by=AGENT, at=LATER
    )

    assert (again, again.version, lines(again)) == (cart, 2, {"TAZA": 3})
    assert Entry.objects.latest("number").channel == "call_center"


def test_a_merged_persons_cart_is_that_of_whom_she_turned_out_to_be():
    lucia = person()
    lead = person("@lucia", root=lucia)

    cart = opened(person=lead)

    assert (cart.person, opened(person=lucia)) == (lucia, cart)


def test_after_an_order_a_person_begins_a_new_cart():
    lucia = person()
    first = opened(person=lucia)
    Cart.objects.update(status="ordered")

    assert opened(person=lucia) != first


def test_while_she_checks_out_nothing_is_added():
    lucia, cup = person(), variant()
    cart = opened((cup, 1), person=lucia)
    Cart.objects.update(status="checking_out")

    assert opened(person=lucia) == cart
    with pytest.raises(CartClosed):
        opened((cup, 1), person=lucia)


def test_a_cart_opened_with_a_personal_code_joins_the_journey_that_the_code_came_from():
    journey = open_journey(at=MONDAY)
    code = coupon("LUCIA", journey=journey, person=person("@lucia"))

    cart = opened((variant(price=1000), 1), coupon=code)

    assert (cart.journey, quote_of(cart, at=MONDAY).total) == (journey, 900)
    assert [happening for happening, _ in story(cart)] == ["cart.opened", "cart.edited", "cart.coupon_applied"]


def test_a_personal_code_put_on_later_links_the_two_journeys():
    journey = open_journey(at=MONDAY)
    coupon("LUCIA", journey=journey, person=person("@lucia"))
    cart = opened((variant(), 1))

    edits.apply_coupon(cart, code="LUCIA", by=VISITOR, channel="web", at=LATER)

    assert list(Link.objects.values_list("earlier", "later")) == [(journey.pk, cart.journey_id)]


def test_the_lead_whose_code_she_uses_turns_out_to_be_her(django_user_model):
    lead, lucia = person("@lucia"), person(user=django_user_model.objects.create_user("lucia"))
    coupon("LUCIA", person=lead, use_limit=1)
    cart = opened((variant(price=1000), 1), person=lucia)

    edits.apply_coupon(cart, code="LUCIA", by=VISITOR, channel="web", at=LATER)

    lead.refresh_from_db()
    assert (lead.root, Merge.objects.get().evidence.split()[:2]) == (lucia, ["used", "coupon"])
    assert quote_of(Cart.objects.get(), at=LATER).total == 900
    assert "person.merged" in [happening for happening, _ in story(cart)]


def test_a_code_that_belongs_to_somebody_with_a_log_in_is_refused_to_others(django_user_model):
    lucia = person(user=django_user_model.objects.create_user("lucia"))
    code = coupon("LUCIA", person=lucia, use_limit=1)

    for other in (None, person("Marta")):
        with pytest.raises(CodeNotYours), transaction.atomic():
            opened(person=other, coupon=code)
        cart = opened((variant(), 1), person=other)
        with pytest.raises(CodeNotYours):
            edits.apply_coupon(cart, code="LUCIA", by=VISITOR, channel="web", at=LATER)
    assert opened(person=lucia, coupon=code).coupon == code
