"""What is for a first purchase is given once to each person: in two checkouts at once, and after a merge, too."""

import pytest

from commerce.carts.models import Cart
from commerce.carts.showing import quote_of
from commerce.promotions.firsts import NotFirstPurchase
from commerce.promotions.models import Purchase
from orders import abandoning, checkout
from orders.cancel import cancel
from tests.factories import person, promotion
from tests.orders.checking_out import STAMP, terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def welcome(shop):
    return promotion(value=2000, is_first_purchase=True, name="Bienvenida")


def total_of(shop, who=None) -> tuple[int, list[str]]:
    quote = quote_of(shop.cart(1, person=who), at=STAMP["at"])
    return quote.total, [refused.reason for refused in quote.refused]


def buy(shop, who, total, **options):
    cart = shop.cart(1, person=who)
    return checkout.buy(cart, terms=terms(total, shop.store, **options), tender="manual", **STAMP)


def test_a_newcomer_has_it_once_and_who_is_unknown_is_asked_to_say_who_she_is(shop, welcome):
    ana = person("Ana", email="ana@example.com")
    assert total_of(shop) == (1250, ["needs_person"])

    order = buy(shop, ana, 1000)

    assert order.quote["is_first_purchase"] is True
    assert total_of(shop, ana) == (1250, ["not_first"])
    assert list(Purchase.objects.values_list("demand", "status", "is_first")) == [(order.public_id, "bought", True)]


def test_who_bought_before_without_it_is_no_newcomer(shop):
    ana = person("Ana", email="ana@example.com")
    buy(shop, ana, 1250)
    promotion(value=2000, is_first_purchase=True)

    assert total_of(shop, ana) == (1250, ["not_first"])


def test_merged_persons_count_as_one(shop, welcome):
    ana, anna = person("Ana", email="ana@example.com"), person("Anna", email="anna@example.com")
    buy(shop, ana, 1000)
    anna.root = ana
    anna.save()

    assert total_of(shop, anna) == (1250, ["not_first"])


def test_two_checkouts_of_hers_cannot_both_have_it(shop, welcome):
    ana, anna = person("Ana", email="ana@example.com"), person("Anna", email="anna@example.com")
    carts = [shop.cart(1, person=ana), shop.cart(1, person=anna)]
    anna.root = ana
    anna.save()
    carts[1].person.refresh_from_db()
    checkout.prepare(carts[0], terms=terms(1000, shop.store), **STAMP)

    with pytest.raises(NotFirstPurchase):
        checkout.prepare(carts[1], terms=terms(1000, shop.store), **STAMP)


def test_an_order_that_came_to_nothing_gives_it_back(shop, welcome):
    ana = person("Ana", email="ana@example.com")
    draft = checkout.prepare(shop.cart(1, person=ana), terms=terms(1000, shop.store), **STAMP)
    abandoning.give_up(draft, **STAMP)

    order = checkout.buy(Cart.objects.get(), terms=terms(1000, shop.store), tender="manual", **STAMP)
    cancel(order, **STAMP)

    assert total_of(shop, ana) == (1000, [])
