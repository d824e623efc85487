"""While somebody pays, nobody changes the cart, through whatever door; when the payment ends it is hers again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.carts import handing, restoring
from commerce.carts.models import Cart, CartOperation, Wish
from commerce.customers.models import Person
from commerce.timeline import tasks
from commerce.timeline.actors import VISITOR, Actor
from orders import abandoning, checkout
from orders.drafting import Terms
from orders.models import Order
from tests.commerce.carts.calling import CARTS, log_in, post, put
from tests.factories import coupon, person, serving, staff, variant
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db
BY_HAND = {"kind": "amount", "value": 100, "reason": "goodwill"}


@pytest.fixture
def lucia(django_user_model) -> Person:
    return person("Lucía", email="lucia@example.com", user=django_user_model.objects.create_user("lucia"))


class Hands:
    """Everybody who has the cart open, each in a browser of her own."""

    def __init__(self, shop: Shop, lucia: Person) -> None:
        coupon("DIEZ")
        variant(sku="PLATO", price=500)
        self.cart = shop.cart(2, person=lucia)
        self.api = f"{CARTS}{self.cart.public_id}/"
        Wish.objects.create(person=lucia, variant=shop.mug, saved_at=clock.now())
        self.shopper, agent = log_in(lucia.user), staff("agent")
        self.agent, self.clerk, self.guest = log_in(agent), log_in(staff("store", shop.store)), Client()
        serving(agent, lucia)
        self.desk, self.store = f"/desk/{lucia.public_id}/cart/", f"/store/{shop.store.code}/cart/"
        for hand, page in (
            (self.clerk, f"{self.store}take/"),
            (self.guest, "/cart/take/"),
            (self.agent, "/desk/cart/take/"),
        ):
            hand.post(page, {"code": self.code()})

    def code(self) -> str:
        return handing.hand_off(self.cart, uses=5, by=VISITOR, channel="web", at=clock.now()).code

    def changed(self, sku: str = "TAZA", quantity: int = 5) -> dict[str, object]:
        return {"sku": sku, "quantity": quantity, "version": Cart.objects.get(pk=self.cart.pk).version}


EDITS: dict[str, Callable[[Hands], object]] = {
    "shopper adds over the API": lambda h: post(h.shopper, f"{h.api}lines/", {"sku": "PLATO", "quantity": 1}),
    "shopper sets over the API": lambda h: put(h.shopper, f"{h.api}lines/TAZA/", {"quantity": 5}),
    "shopper puts a code over the API": lambda h: put(h.shopper, f"{h.api}coupon/", {"code": "DIEZ"}),
    "shopper opens again over the API": lambda h: post(h.shopper, CARTS, {"lines": [{"sku": "PLATO", "quantity": 1}]}),
    "shopper adds on the page": lambda h: h.shopper.post("/cart/add/", {"sku": "PLATO", "quantity": 1}),
    "shopper sets on the page": lambda h: h.shopper.post("/cart/set/", h.changed()),
    "shopper removes on the page": lambda h: h.shopper.post("/cart/set/", h.changed(quantity=0)),
    "shopper puts a code on the page": lambda h: h.shopper.post("/cart/code/", {"code": "DIEZ", **h.changed()}),
    "shopper saves for later": lambda h: h.shopper.post("/cart/aside/", {"sku": "TAZA"}),
    "shopper takes a wish back": lambda h: h.shopper.post("/cart/back/", {"sku": "TAZA"}),
    "guest by code sets": lambda h: h.guest.post("/cart/set/", h.changed()),
    "guest by code adds": lambda h: h.guest.post("/cart/add/", {"sku": "PLATO", "quantity": 1}),
    "agent adds over the API": lambda h: post(h.agent, f"{h.api}lines/", {"sku": "PLATO", "quantity": 1}),
    "agent takes something off": lambda h: put(h.agent, f"{h.api}discount/", BY_HAND),
    "agent adds at the desk": lambda h: h.agent.post(f"{h.desk}add/", {"sku": "PLATO", "quantity": 1}),
    "agent sets at the desk": lambda h: h.agent.post(f"{h.desk}set/", h.changed()),
    "agent puts a code at the desk": lambda h: h.agent.post(f"{h.desk}code/", {"code": "DIEZ", **h.changed()}),
    "agent by code sets": lambda h: h.agent.post("/desk/cart/set/", h.changed()),
    "clerk by code sets": lambda h: h.clerk.post(f"{h.store}set/", h.changed()),
    "clerk by code adds": lambda h: h.clerk.post(f"{h.store}add/", {"sku": "PLATO", "quantity": 1}),
    "clerk by code puts a code": lambda h: h.clerk.post(f"{h.store}code/", {"code": "DIEZ", **h.changed()}),
}
"""Every door by which what lies in a cart, or what it costs, is changed."""


def state(cart: Cart) -> tuple[object, ...]:
    now = Cart.objects.get(pk=cart.pk)
    lines = tuple(now.lines.order_by("pk").values_list("variant__sku", "quantity"))
    return now.status, now.version, now.coupon_id, now.by_hand_id, lines, Cart.objects.count()


def paying(shop: Shop, cart: Cart) -> Order:
    terms = Terms(expected_total=2500, pickup_at=shop.store)
    return checkout.prepare(cart, terms=terms, by=VISITOR, channel="web", at=clock.now())


@pytest.mark.django_db(transaction=True)  # a refusal ends the transaction of its door
@pytest.mark.database
def test_no_door_changes_a_cart_that_is_being_paid_and_each_does_afterwards(shop: Shop, lucia: Person) -> None:
    hands = Hands(shop, lucia)
    order = paying(shop, hands.cart)
    frozen = state(hands.cart)

    let_through = [name for name, edit in EDITS.items() if edit(hands) and state(hands.cart) != frozen]
    Wish.objects.get_or_create(person=lucia, variant=shop.mug, defaults={"saved_at": clock.now()})
    abandoning.call_off(order, by=Actor("person", lucia.public_id), channel="web", at=clock.now())
    still_closed = []
    for name, edit in EDITS.items():
        Cart.objects.filter(pk=hands.cart.pk).update(coupon=None, by_hand=None)
        hands.cart.lines.update(quantity=2)
        before = state(hands.cart)
        edit(hands)
        still_closed += [name] if state(hands.cart) == before else []

    assert frozen[0] == "checking_out"
    assert let_through == []
    assert still_closed == [], "the positive control: each of these doors does change an open cart"


def test_a_payment_that_is_never_made_gives_the_cart_back_by_itself(shop: Shop, lucia: Person) -> None:
    hands = Hands(shop, lucia)
    order = paying(shop, hands.cart)
    later = clock.now() + timedelta(minutes=shop.web.hold_minutes)

    tasks.run_due(at=later - timedelta(minutes=1))
    before = state(hands.cart)[0]
    tasks.run_due(at=later + timedelta(minutes=1))

    order.refresh_from_db()
    assert (before, order.status, state(hands.cart)[:2]) == ("checking_out", "canceled", ("open", 1))
    assert EDITS["guest by code sets"](hands)
    assert state(hands.cart)[4] == (("TAZA", 5),)


def test_no_cart_that_is_being_paid_is_merged_restored_or_claimed_away(shop: Shop, lucia: Person) -> None:
    guest = Client()
    guest.post("/cart/add/", {"sku": "TAZA", "quantity": 1})
    begun = Cart.objects.get()
    secret = restoring.create(begun, at=clock.now())
    order = checkout.prepare(
        begun,
        terms=Terms(expected_total=1250, pickup_at=shop.store, email="eva@example.com"),
        by=VISITOR,
        channel="web",
        at=clock.now(),
    )

    claimed = post(log_in(lucia.user), f"{CARTS}{begun.public_id}/claim/")
    Client().post(f"/cart/restore/{secret}/")

    begun.refresh_from_db()
    assert (claimed.status_code, begun.status, begun.person, begun.merged_into) == (409, "checking_out", None, None)
    assert order.cart_id == begun.pk
    assert CartOperation.objects.count() == 0
