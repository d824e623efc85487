"""What comes back is paid back as it was paid: each of several tenders gets its share, a gift card its balance."""

import pytest

from orders.credits import ledger
from orders.models import Order, Payment, Refund
from orders.standing import restate
from tests.audits import violations
from tests.factories import MONDAY
from tests.orders.returns.bringing_back import AUDITS, CLERK, announced, bought, done
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db


def half_by_gift_card(shop: Shop) -> tuple[Order, str]:
    """Two mugs for 25 euros in her hands, 10 of them paid by a gift card, 15 as before; the card's code."""
    order = bought(shop, "phone")
    paid = order.payments.get()
    Payment.objects.filter(pk=paid.pk).update(amount=1500)
    part = Payment.objects.create(
        order=order, tender="credit", amount=1000, currency="EUR", status="captured", captured_at=MONDAY
    )
    card, code = ledger.issue_gift_card(amount=1000, currency="EUR", by=CLERK, at=MONDAY)
    ledger.spend(card, payment=part, by=CLERK, at=MONDAY)
    restate(order)
    return order, code


def test_a_return_goes_back_to_both_tenders_each_its_share(shop: Shop) -> None:
    order, _code = half_by_gift_card(shop)

    done(announced(order, 1), shop.store)

    given = Refund.objects.order_by("payment__tender").values_list("payment__tender", "amount", "goes_to")
    assert list(given) == [("credit", 500, "original"), ("manual", 750, "original")]
    assert violations(*AUDITS) == []


def test_the_whole_goes_back_to_the_cent_and_nothing_more(shop: Shop) -> None:
    order, _code = half_by_gift_card(shop)

    for _ in range(2):
        done(announced(order, 1), shop.store)

    order.refresh_from_db()
    by_tender = order.payments.order_by("tender").values_list("tender", "amount", "refunded")
    assert list(by_tender) == [("credit", 1000, 1000), ("manual", 1500, 1500)]
    assert order.payment_status == "refunded"
    assert violations(*AUDITS) == []
