"""A link brings a cart back on any device: the wish, not the account."""

from datetime import timedelta

import pytest

from commerce import clock
from commerce.carts import edits, owners, restoring
from commerce.carts.edits import CartClosed
from commerce.carts.models import Cart
from commerce.carts.showing import show
from commerce.links.links import LinkExpired, LinkNotFound
from commerce.timeline.actors import VISITOR
from commerce.timeline.models import Entry
from tests.factories import MONDAY, coupon, person, sales_channel, variant

pytestmark = pytest.mark.django_db

EVENING = MONDAY + timedelta(hours=9)


def filled(*, whose=None, code=None, quantity=2) -> Cart:
    return edits.open_cart(
        sales_channel=sales_channel(),
        person=whose,
        coupon=code,
        lines=[(variant(price=1000), quantity)],
        by=VISITOR,
        at=MONDAY,
    )


def restore(secret: str, *, person=None, at=EVENING) -> Cart:
    return restoring.restore(secret, person=person, by=VISITOR, channel="web", at=at)


def test_a_visitor_gets_her_cart_back():
    cart = filled()

    restored = restore(restoring.create(cart, at=MONDAY))

    assert restored == cart
    assert Entry.objects.latest("number").data == {"cart": cart.public_id, "version": 1, "copy_of": None}


def test_a_person_gets_her_own_cart_in_her_own_session():
    lucia = person()
    cart = filled(whose=lucia)

    assert restore(restoring.create(cart, at=MONDAY), person=person("L.", root=lucia)) == cart


def test_elsewhere_the_link_gives_a_copy_with_the_same_lines_code_and_price():
    cart = filled(whose=person(), code=coupon("DIEZ"))

    copy = restore(restoring.create(cart, at=MONDAY))

    assert (copy.person, copy.journey, copy == cart) == (None, cart.journey, False)
    theirs, ours = (show(c, at=EVENING) for c in (copy, cart))
    own = {"id": copy.public_id, "person": None}
    assert theirs == ours | own
    assert theirs["total"] == 1800


def test_when_she_logs_in_there_copy_and_cart_are_one_again_and_nothing_is_doubled():
    lucia = person()
    cart = filled(whose=lucia, quantity=2)
    copy = restore(restoring.create(cart, at=MONDAY))

    merged = owners.claim(copy, person=lucia, by=VISITOR, channel="web", at=EVENING)

    assert (merged, [line.quantity for line in merged.lines.all()]) == (cart, [2])


def test_all_strange_devices_share_one_copy_that_takes_in_what_is_newer():
    lucia, late = person(), EVENING + timedelta(hours=1)
    cart = filled(whose=lucia)
    secret = restoring.create(cart, at=MONDAY)
    copy = restore(secret)
    cup = cart.lines.get().variant
    edits.set_quantity(cart, variant=cup, quantity=5, by=VISITOR, channel="web", at=EVENING)

    again = restore(secret, at=late)

    assert (again, again.version, again.lines.get().quantity) == (copy, 2, 5)


def test_a_cart_that_was_merged_leads_to_the_one_it_ended_in():
    lucia = person()
    guest, hers = filled(), filled(whose=lucia)
    secret = restoring.create(guest, at=MONDAY)
    owners.claim(guest, person=lucia, by=VISITOR, channel="web", at=MONDAY)

    assert restore(secret, person=lucia) == hers


def test_after_the_order_the_link_says_so_also_to_who_only_looks(client):
    cart = filled()
    secret = restoring.create(cart, at=clock.now())
    path, before = f"/cart/restore/{secret}/", []
    before.append(client.get(path).status_code)
    Cart.objects.update(status="ordered")

    with pytest.raises(LinkExpired, match="was ordered"):
        restore(secret, at=clock.now())
    assert [*before, client.get(path).status_code] == [200, 410]


def test_while_she_pays_the_cart_is_not_taken_from_under_her():
    cart = filled()
    secret = restoring.create(cart, at=MONDAY)
    Cart.objects.update(status="checking_out")

    with pytest.raises(CartClosed):
        restore(secret)


def test_links_run_out_can_be_revoked_and_are_for_nothing_else():
    cart = filled()
    secret, revoked = (restoring.create(cart, at=MONDAY - timedelta(days=n)) for n in (29, 0))

    assert restore(secret) == cart
    with pytest.raises(LinkExpired):
        restore(secret, at=MONDAY + timedelta(days=1))
    restoring.revoke(cart, at=MONDAY)
    with pytest.raises(LinkExpired):
        restore(revoked)
    with pytest.raises(LinkNotFound):
        restore(cart.public_id)
