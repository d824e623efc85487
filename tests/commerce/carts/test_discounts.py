"""Discounts by hand: with a reason, within the limit of a role, beyond it with a second person, in every channel."""

import pytest

from commerce.approvals import deciding
from commerce.approvals.models import Approval, Limit
from commerce.carts import discounts, edits, offers
from commerce.carts.models import Cart, ManualDiscount
from commerce.carts.showing import quote_of, show
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from tests.commerce.carts.calling import CARTS, log_in, opened, put
from tests.factories import MONDAY, location, promotion, sales_channel, staff, variant

pytestmark = pytest.mark.django_db
ANA, EVA = Actor("staff", "1"), Actor("staff", "2")
STAMP = {"channel": "call_center", "at": MONDAY}


@pytest.fixture
def cup():
    for role, alone, agrees in (("agent", 500, 0), ("store", 500, 0), ("back_office", None, None)):
        Limit.objects.create(kind="discount", role=role, alone=alone, agrees=agrees)
    return variant(sku="TAZA", price=1000)


@pytest.fixture
def cart(cup):
    return edits.open_cart(sales_channel=sales_channel("call_center"), lines=[(cup, 4)], by=ANA, at=MONDAY)


def give(cart, value, *, kind="percentage", role="agent", by=ANA):
    discount = discounts.give(cart, kind=kind, value=value, reason="damaged", role=role, by=by, **STAMP)
    cart.refresh_from_db()
    return discount


def total(cart) -> int:
    return quote_of(Cart.objects.get(pk=cart.pk), at=MONDAY).total


def test_within_the_limit_it_applies_at_once_and_comes_after_everything_else(cart):
    promotion(value=1000)

    give(cart, 1000)

    shown = show(Cart.objects.get(), at=MONDAY)
    assert (shown["total"], [applied["amount"] for applied in shown["applied"]]) == (3240, [400, 360])
    assert shown["discount"]["status"] == "applies"
    entry = Entry.objects.get(type="cart.discount_given")
    assert (entry.data["amount"], entry.data["reason"], entry.data["waits"], entry.actor) == (
        360,
        "damaged",
        False,
        "staff:1",
    )


def test_beyond_it_nothing_is_taken_off_until_a_second_person_agrees(cart):
    give(cart, 2000)
    waiting = show(Cart.objects.get(), at=MONDAY)
    approval = Approval.objects.get()

    with pytest.raises(deciding.NotASecondPerson):
        deciding.grant(approval, role="back_office", by=ANA, **STAMP)
    with pytest.raises(deciding.OverYourLimit):
        deciding.grant(approval, role="agent", by=EVA, **STAMP)
    deciding.grant(approval, role="back_office", by=EVA, **STAMP)

    assert (waiting["total"], waiting["refused"][0]["reason"]) == (4000, "needs_approval")
    assert total(cart) == 3200
    told = Entry.objects.filter(journey=cart.journey, type__startswith="approval").values_list("type", "actor")
    assert list(told) == [("approval.asked", "staff:1"), ("approval.granted", "staff:2")]


def test_what_was_agreed_to_does_not_grow_with_the_cart(cart, cup):
    give(cart, 2000)
    deciding.grant(Approval.objects.get(), role="back_office", by=EVA, **STAMP)

    edits.set_quantity(cart, variant=cup, quantity=100, by=ANA, **STAMP)

    assert total(cart) == 100_000 - 800


def test_an_amount_in_small_goods_never_takes_off_more_than_there_is(cart, cup):
    give(cart, 400, kind="amount")
    edits.set_quantity(cart, variant=cup, quantity=0, by=ANA, **STAMP)

    assert total(cart) == 0
    with pytest.raises(discounts.TooMuchOff):
        give(cart, 1, kind="amount")


def test_one_that_was_replaced_or_taken_back_cannot_be_agreed_to_any_more(cart):
    give(cart, 2000)
    first = Approval.objects.get()
    give(cart, 100)

    with pytest.raises(discounts.DiscountGone):
        deciding.grant(first, role="back_office", by=EVA, **STAMP)
    discounts.remove(cart, by=ANA, **STAMP)

    assert total(cart) == 4000
    assert set(ManualDiscount.objects.values_list("status", flat=True)) == {"removed"}


def test_an_offer_carries_it_and_giving_one_ends_an_offer(cart):
    give(cart, 1000)
    offer = offers.promise(Cart.objects.get(), by=ANA, **STAMP)
    other = edits.open_cart(sales_channel=sales_channel("web"), by=ANA, at=MONDAY)
    offers.put(other, shown=offer.code, by=ANA, **STAMP)
    assert (offer.total, total(other)) == (3600, 3600)

    give(other, 500)

    assert total(other) == 3800


@pytest.mark.parametrize("role", ["agent", "store"])
def test_every_staffed_channel_gives_them_and_shoppers_never(client, cup, role):
    shop = location()
    for kind in ("web", "store", "call_center"):
        sales_channel(kind, locations=(shop,))
    caller = log_in(staff(role, *([shop] if role == "store" else [])))
    cart = opened(caller, ("TAZA", 4))["id"]

    answers = [
        put(who, f"{CARTS}{cart}/discount/", {"kind": "amount", "value": 300, "reason": "last_piece"})
        for who in (caller, client)
    ]
    gone = caller.delete(f"{CARTS}{cart}/discount/").json()

    assert [answer.status_code for answer in answers] == [200, 401]
    assert (answers[0].json()["total"], gone["total"], gone["discount"]) == (3700, 4000, None)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "percentage", "value": 10_001, "reason": "damaged"},
        {"kind": "amount", "value": 0, "reason": "damaged"},
        {"kind": "amount", "value": -5, "reason": "damaged"},
        {"kind": "amount", "value": 1.5, "reason": "damaged"},
        {"kind": "amount", "value": 100},
        {"kind": "amount", "value": 100, "reason": "because"},
        {"kind": "gift", "value": 100, "reason": "damaged"},
        {"kind": "amount", "value": 100, "reason": "damaged", "maximum": 1},
    ],
)
def test_what_is_no_discount_is_refused(cup, body):
    sales_channel("call_center")
    caller = log_in(staff("agent"))
    cart = opened(caller, ("TAZA", 4))["id"]

    answer = put(caller, f"{CARTS}{cart}/discount/", body)

    assert (answer.status_code, ManualDiscount.objects.count()) == (400, 0)
