"""Another firm's shop sells on one order and timeline: whose shop, whose stock, and whose paper are told."""

import pytest
from django.conf import settings
from django.test import Client

from commerce import clock
from commerce.channels.models import Firm
from commerce.timeline.actors import Actor
from orders import private_links
from orders.documents import issuing
from orders.models import FulfillmentLine, OrderLine, Payment
from tests.factories import MONDAY, fulfillment, location, order, person, variant

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "1")


@pytest.fixture
def partner() -> Firm:
    return Firm.objects.create(name="Librería Sol S.L.", tax_id="B12345678")


def test_the_shopper_sees_whose_shop_and_stock_serves_her(partner):
    shop = location("sol", firm=partner)
    sold = order(person=person("Lucía"))
    fulfillment(order=sold, location=shop)

    page = Client().get(f"/o/link/{private_links.create(sold, at=clock.now())}/", follow=True)

    assert "Librería Sol S.L." in page.content.decode()


def test_the_api_says_it_of_the_order_and_of_its_parts(partner):
    sold = order(person=person("Lucía"), location=location("sol", firm=partner))
    row = variant()
    bought = OrderLine.objects.create(
        order=sold, ordinal=1, variant=row, sku=row.sku, title="Taza", quantity=1, unit_price=1000, goods_total=1000,
        total=1000, tax=174, tax_basis_points=2100,
    )  # fmt: skip
    FulfillmentLine.objects.create(
        fulfillment=fulfillment(order=sold, location=location("sol")), order_line=bought, quantity=1
    )

    told = Client().get(f"/api/v1/orders/{sold.public_id}/").json()

    assert (told["sold_by"], told["fulfillments"][0]["location"]["firm"]) == ("Librería Sol S.L.",) * 2


def test_what_a_partner_sells_is_on_the_partners_paper_in_a_series_of_its_own(partner):
    theirs, ours = order(location=location("sol", firm=partner)), order(location=location("centro"))
    for one in (theirs, ours):
        Payment.objects.create(
            order=one, tender="cash", amount=one.total, currency="EUR", status="captured", captured_at=MONDAY
        )

    papers = [issuing.issue(one, kind="receipt", by=CLERK, channel="store", at=MONDAY) for one in (theirs, ours)]

    assert [paper.facts["issuer"]["name"] for paper in papers] == ["Librería Sol S.L.", settings.SHOP_NAME]
    assert [paper.title for paper in papers] == [f"P{partner.pk}-R2026-000001", "R2026-000001"]
