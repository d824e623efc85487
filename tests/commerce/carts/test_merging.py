"""Carts that meet do so by a rule that is data, and can be told apart again until one is ordered."""

from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from commerce import clock
from commerce.carts import discounts, edits, handing, merging, offers, owners
from commerce.carts.edits import CartClosed
from commerce.carts.merging import NotMerged, Part, met
from commerce.carts.models import Cart, CartMerge
from commerce.customers import merges
from commerce.customers.models import Person
from commerce.timeline.actors import SYSTEM, VISITOR, Actor
from commerce.timeline.models import Entry
from commerce.timeline.record import open_journey
from commerce.timeline.tasks import run_due
from tests import factories
from tests.commerce.carts.calling import CARTS, log_in, log_in_by_code, post
from tests.factories import MONDAY, coupon, person, variant
from tests.inventory.test_pages import words

WHO = {"by": VISITOR, "channel": "web"}


def minute(n: int):
    return MONDAY + timedelta(minutes=n)


def cart_of(whom, *lines, at: int = 0) -> Cart:
    channel = factories.sales_channel()
    return edits.open_cart(sales_channel=channel, person=whom, lines=lines, by=VISITOR, at=minute(at))


def lines(cart: Cart) -> dict[str, int]:
    return dict(cart.lines.filter(quantity__gt=0).values_list("variant__sku", "quantity"))


def state(cart: Cart) -> tuple:
    cart = Cart.objects.get(pk=cart.pk)
    return cart.status, cart.person_id, cart.coupon_id, lines(cart)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("strategy", "together"),
    [
        ("latest", {"TAZA": 2, "MANTA": 1, "VELA": 4}),
        ("sum", {"TAZA": 5, "MANTA": 1, "VELA": 4}),
        ("larger", {"TAZA": 3, "MANTA": 1, "VELA": 4}),
        ("hers", {"TAZA": 3, "MANTA": 1}),
        ("new", {"TAZA": 2, "VELA": 4}),
    ],
)
def test_each_rule_says_what_two_carts_are_together_and_is_told(settings, strategy, together):
    settings.CART_MERGE = strategy
    lucia, cup, rug, candle = person(), variant(sku="TAZA"), variant(sku="MANTA"), variant(sku="VELA")
    hers = cart_of(lucia, (cup, 3), (rug, 1))
    guest = cart_of(None, (cup, 2), (candle, 4), at=5)

    owners.claim(guest, person=lucia, **WHO, at=minute(9))

    assert lines(hers) == together
    assert Entry.objects.get(type="cart.merged").data["strategy"] == strategy


@pytest.mark.django_db
@pytest.mark.parametrize("strategy", CartMerge.Strategy.values)
def test_a_merge_that_is_taken_back_gives_both_carts_as_they_were(strategy):
    lucia, cup, rug, candle = person(), variant(sku="TAZA"), variant(sku="MANTA"), variant(sku="VELA")
    hers, guest = cart_of(lucia, (cup, 3), (rug, 1)), cart_of(None, (cup, 2), (candle, 4), at=5)
    edits.apply_coupon(guest, code=coupon("DIEZ").code, **WHO, at=minute(6))
    before = state(hers), state(guest)
    owners.claim(guest, person=lucia, strategy=strategy, **WHO, at=minute(9))

    merging.unmerge(guest, **WHO, at=minute(10))

    assert (state(hers), state(guest)) == before
    with pytest.raises(NotMerged):
        merging.unmerge(guest, **WHO, at=minute(11))
    assert owners.claim(Cart.objects.get(pk=guest.pk), person=lucia, **WHO, at=minute(12)) == hers


@pytest.mark.django_db
def test_what_was_edited_after_the_merge_stays_as_it_was_edited():
    lucia, cup, rug = person(), variant(sku="TAZA"), variant(sku="MANTA")
    hers, guest = cart_of(lucia, (cup, 3)), cart_of(None, (cup, 2), (rug, 4), at=5)
    owners.claim(guest, person=lucia, strategy="sum", **WHO, at=minute(9))
    edits.set_quantity(hers, variant=rug, quantity=6, **WHO, at=minute(10))

    merging.unmerge(guest, **WHO, at=minute(11))

    assert (lines(hers), lines(guest)) == ({"TAZA": 3, "MANTA": 6}, {"TAZA": 2, "MANTA": 4})


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["checking_out", "ordered"])
def test_what_is_being_paid_or_was_ordered_is_not_taken_apart(status):
    lucia, cup = person(), variant(sku="TAZA")
    hers, guest = cart_of(lucia, (cup, 3)), cart_of(None, (cup, 2), at=5)
    owners.claim(guest, person=lucia, **WHO, at=minute(9))
    Cart.objects.filter(pk=hers.pk).update(status=status)

    with pytest.raises(CartClosed):
        merging.unmerge(guest, **WHO, at=minute(10))

    assert lines(hers) == {"TAZA": 2}


@pytest.mark.django_db
def test_an_agent_takes_a_merge_back_over_the_api_and_nobody_else():
    lucia, cup = person(), variant(sku="TAZA", price=1000)
    hers, guest = cart_of(lucia, (cup, 3)), cart_of(None, (cup, 2), at=5)
    owners.claim(guest, person=lucia, **WHO, at=minute(9))
    path = f"{CARTS}{guest.public_id}/unmerge/"

    refused, done = post(Client(), path), post(log_in(factories.staff("agent")), path)

    assert (refused.status_code, done.status_code, done.json()["total"]) == (401, 200, 2000)
    assert lines(hers) == {"TAZA": 3}


@pytest.mark.django_db
def test_two_accounts_that_are_one_person_have_one_cart_and_two_again_after_a_split(django_user_model):
    lucia, other = (person(n, user=django_user_model.objects.create_user(n)) for n in ("lucia", "lu"))
    cup, rug = variant(sku="TAZA"), variant(sku="MANTA")
    hers, second = cart_of(lucia, (cup, 3)), cart_of(other, (rug, 1), at=5)
    before, journey = (state(hers), state(second)), open_journey(at=MONDAY)
    stamp = {"journey": journey, "by": SYSTEM, "channel": "call_center"}

    edge = merges.merge(other, into=lucia, evidence="same phone", **stamp, at=minute(9))
    run_due(at=minute(9))
    together = Cart.objects.filter(status="open")
    one = (together.count(), lines(together.get()))
    merges.split(edge, **stamp, at=minute(20))
    run_due(at=minute(20))

    assert one == (1, {"TAZA": 3, "MANTA": 1})
    assert (state(hers), state(second)) == before


@pytest.mark.django_db
def test_until_two_carts_are_joined_her_page_shows_and_changes_the_latest(client, django_user_model):
    lucia, other = (person(n, user=django_user_model.objects.create_user(n)) for n in ("lucia", "lu"))
    cart_of(lucia, (variant(sku="TAZA"), 3))
    second = cart_of(other, (variant(sku="MANTA"), 1), at=5)
    merges.merge(
        other,
        into=lucia,
        evidence="same phone",
        journey=open_journey(at=MONDAY),
        by=SYSTEM,
        channel="web",
        at=minute(9),
    )
    client.force_login(lucia.user)

    changed = client.post("/cart/set/", {"sku": "MANTA", "quantity": 2, "version": second.version})

    assert (changed.status_code, lines(second)) == (302, {"MANTA": 2})
    assert client.get("/cart/").status_code == 200


@pytest.mark.django_db
def test_while_one_of_two_accounts_pays_their_carts_wait():
    lucia, other = person("Lucía"), person("Lu")
    hers, second = cart_of(lucia, (variant(), 3)), cart_of(other, (variant(), 1), at=5)
    Cart.objects.filter(pk=hers.pk).update(status="checking_out")
    stamp = {"journey": open_journey(at=MONDAY), "by": SYSTEM, "channel": "call_center"}

    merges.merge(other, into=lucia, evidence="same phone", **stamp, at=minute(9))
    run_due(at=minute(9))
    waiting = set(Cart.objects.values_list("status", flat=True))
    Cart.objects.filter(pk=hers.pk).update(status="open")
    run_due(at=minute(30))

    assert waiting == {"checking_out", "open"}
    assert set(Cart.objects.values_list("pk", "status")) == {(hers.pk, "open"), (second.pk, "merged")}


@pytest.mark.django_db
def test_an_offer_that_came_with_the_other_cart_goes_back_with_it():
    lucia, cup = person(), variant(sku="TAZA")
    hers, guest = cart_of(lucia), cart_of(None, (cup, 2), at=5)
    quote = offers.promise(guest, **WHO, at=minute(6))
    offers.put(guest, shown=quote.code, **WHO, at=minute(6))
    owners.claim(guest, person=lucia, **WHO, at=minute(9))
    together = Cart.objects.get(pk=hers.pk).signed_quote

    merging.unmerge(guest, **WHO, at=minute(10))

    given = dict(Cart.objects.values_list("pk", "signed_quote"))
    assert (together, given) == (quote, {hers.pk: None, guest.pk: quote.pk})


@pytest.mark.django_db
def test_what_a_clerk_took_off_by_hand_comes_along_and_goes_back():
    lucia, cup = person(), variant(sku="TAZA", price=1250)
    hers, guest = cart_of(lucia), cart_of(None, (cup, 2), at=5)
    clerk = {"role": "store", "by": Actor("staff", "1"), "channel": "store"}
    given = discounts.give(guest, kind="amount", value=100, reason="damaged", **clerk, at=minute(6))
    owners.claim(guest, person=lucia, **WHO, at=minute(9))
    given.refresh_from_db()
    together = (Cart.objects.get(pk=hers.pk).by_hand, given.cart)

    merging.unmerge(guest, **WHO, at=minute(10))

    given.refresh_from_db()
    assert together == (given, hers)
    assert (given.cart, dict(Cart.objects.values_list("pk", "by_hand"))) == (guest, {hers.pk: None, guest.pk: given.pk})


@pytest.mark.django_db
def test_carts_of_two_who_are_two_again_wait_while_one_pays_and_meet_what_was_begun_meanwhile():
    lucia, other = person("Lucía"), person("Lu")
    cup, rug = variant(sku="TAZA"), variant(sku="MANTA")
    hers, second = cart_of(lucia, (cup, 3)), cart_of(other, (cup, 1), at=5)
    stamp = {"journey": open_journey(at=MONDAY), "by": SYSTEM, "channel": "call_center"}
    edge = merges.merge(other, into=lucia, evidence="same phone", **stamp, at=minute(9))
    run_due(at=minute(9))
    Cart.objects.filter(pk=hers.pk).update(status="checking_out")
    merges.split(edge, **stamp, at=minute(20))
    run_due(at=minute(20))
    waiting = Cart.objects.get(pk=second.pk).status
    begun = cart_of(Person.objects.get(pk=other.pk), (rug, 1), at=21)
    Cart.objects.filter(pk=hers.pk).update(status="open")

    run_due(at=minute(40))

    assert waiting == "merged"
    assert (lines(hers), lines(begun)) == ({"TAZA": 3}, {"TAZA": 1, "MANTA": 1})
    assert dict(Cart.objects.values_list("pk", "status")) == {hers.pk: "open", second.pk: "merged", begun.pk: "open"}


parts = st.dictionaries(
    st.integers(0, 3),
    st.builds(Part, quantity=st.integers(0, 4), edited_at=st.integers(0, 3).map(minute), edited_by=st.just("visitor")),
)


@given(hers=parts, new=parts)
def test_no_rule_invents_anything_and_by_the_symmetric_ones_it_does_not_matter_who_came_first(hers, new):
    for strategy in merging.Strategy.values:
        together = met(strategy, hers, new)
        for variant_id, part in together.items():
            both = [held[variant_id].quantity for held in (hers, new) if variant_id in held]
            assert part.quantity <= sum(both)
    for strategy in ("latest", "sum", "larger"):
        assert met(strategy, hers, new) == met(strategy, new, hers)
    assert met("latest", met("latest", hers, new), new) == met("latest", hers, new)


@pytest.mark.django_db
def test_a_shared_tablet_never_hands_one_persons_cart_to_the_next():
    factories.sales_channel()
    tablet = Client()
    for sku, price in (("TAZA", 990), ("MANTA", 4500)):
        variant(sku=sku, price=price)
    log_in_by_code(tablet, "lucia@example.com")
    tablet.post("/cart/add/", {"sku": "TAZA", "quantity": "2"})
    tablet.post("/logout/")

    between = words(tablet.get("/cart/"))
    log_in_by_code(tablet, "marta@example.com")
    seen_by_marta = words(tablet.get("/cart/"))
    tablet.post("/cart/add/", {"sku": "MANTA", "quantity": "1"})
    log_in_by_code(tablet, "nuria@example.com")  # without logging out
    seen_by_nuria = words(tablet.get("/cart/"))

    assert ["19,80 €" in page for page in (between, seen_by_marta, seen_by_nuria)] == [False] * 3
    assert "45,00 €" not in seen_by_nuria
    carts = {c.person.contact_points.get().value: lines(c) for c in Cart.objects.select_related("person")}
    assert carts == {"lucia@example.com": {"TAZA": 2}, "marta@example.com": {"MANTA": 1}}


@pytest.mark.django_db
def test_a_cart_taken_up_by_a_code_is_not_there_for_the_next_person_either():
    channel = factories.sales_channel()
    cart = edits.open_cart(
        sales_channel=channel, lines=[(variant(price=990), 2)], by=Actor("staff", "1"), at=clock.now()
    )
    tablet = Client()
    code = handing.hand_off(cart, by=VISITOR, channel="web", at=clock.now()).code
    tablet.post("/cart/take/", {"code": code})
    before = words(tablet.get("/cart/"))
    log_in_by_code(tablet, "lucia@example.com")
    tablet.post("/logout/")

    assert ("19,80 €" in before, "19,80 €" in words(tablet.get("/cart/"))) == (True, False)
