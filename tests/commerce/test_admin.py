"""The back office's admin: prices and promotions are set through it, what happened is only looked at."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from commerce.carts import edits, restoring
from commerce.links.models import Link
from commerce.pricing.models import Price, PriceList, TaxRate
from commerce.promotions import uses
from commerce.promotions.models import Coupon, Promotion
from commerce.promotions.worker import sweep
from commerce.timeline import journeys, tasks
from commerce.timeline.actors import VISITOR
from commerce.timeline.record import open_journey
from tests.factories import LONG_AGO, MONDAY, coupon, promotion, sales_channel, variant

pytestmark = pytest.mark.django_db

WHEN = {"starts_at_0": "2026-11-23", "starts_at_1": "10:00:00"}
PLAIN = {"minimum_total": "0", "minimum_quantity": "0", "tiers": "[]", "priority": "0", "combines": "on"}


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def shop():
    code = coupon("DIEZ", use_limit=5)
    cart = edits.open_cart(
        sales_channel=sales_channel(), lines=[(variant(sku="TAZA"), 1)], coupon=code, by=VISITOR, at=MONDAY
    )
    restoring.create(cart, at=MONDAY)
    uses.hold(code, demand="ORDER", person=None, at=MONDAY, expires_at=LONG_AGO)
    journeys.link(cart.journey_id, open_journey(at=MONDAY).pk, reason="test", at=MONDAY)
    tasks.schedule("tests.nothing", key="1", due_at=MONDAY)
    return cart


READ_ONLY = [
    "carts_cart", "promotions_couponuse", "timeline_journey", "timeline_entry", "timeline_link", "timeline_task",
]  # fmt: skip
EDITED = ["promotions_promotion", "promotions_coupon", "pricing_pricelist", "pricing_price", "pricing_taxrate"]


@pytest.mark.parametrize("model", [*READ_ONLY, *EDITED, "links_link"])
def test_every_list_and_every_row_can_be_looked_at_and_none_deleted(boss, shop, model):
    rows = boss.get(reverse(f"admin:{model}_changelist"))
    row = boss.get(reverse(f"admin:{model}_change", args=[rows.context["cl"].result_list[0].pk]))

    assert (rows.status_code, row.status_code) == (200, 200)
    assert boss.get(reverse(f"admin:{model}_add")).status_code == (200 if model in EDITED else 403)
    first = rows.context["cl"].result_list[0]
    assert boss.post(reverse(f"admin:{model}_delete", args=[first.pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", READ_ONLY)
def test_nobody_types_over_what_happened(boss, shop, model):
    rows = boss.get(reverse(f"admin:{model}_changelist"))
    page = reverse(f"admin:{model}_change", args=[rows.context["cl"].result_list[0].pk])

    assert boss.post(page, {}).status_code == 403


def test_a_price_is_set_by_the_same_function_as_an_import(boss):
    cup = variant(sku="TAZA", price=1000)
    pvp = PriceList.objects.get()
    page = reverse("admin:pricing_price_add")

    answer = boss.post(
        page,
        {"price_list": pvp.pk, "variant": cup.pk, "amount": "900", "compare_at": "1000", "min_quantity": "1"} | WHEN,
    )

    assert answer.status_code == 302
    assert list(Price.objects.order_by("pk").values_list("amount", "compare_at", "starts_at")) == [
        (1000, None, LONG_AGO),
        (900, 1000, MONDAY),
    ]
    pvp.refresh_from_db()
    assert pvp.version == 2


def test_a_tax_rate_is_added_and_stays(boss):
    answer = boss.post(
        reverse("admin:pricing_taxrate_add"), {"country": "ES", "category": "standard", "basis_points": "2100"} | WHEN
    )

    assert answer.status_code == 302
    page = reverse("admin:pricing_taxrate_change", args=[TaxRate.objects.get().pk])
    assert boss.post(page, {"basis_points": "0"}).status_code == 403


def test_every_change_of_a_price_list_or_promotion_raises_its_version(boss):
    variant()
    pvp, ten = PriceList.objects.get(), promotion(value=1000, name="Diez")
    fields = {"name": "Diez", "names": "{}", "kind": "percentage"} | PLAIN | WHEN

    boss.post(
        reverse("admin:pricing_pricelist_change", args=[pvp.pk]),
        {"code": "pvp", "currency": "EUR", "rank": "3", "timezone": "Europe/Madrid"},
    )
    boss.post(reverse("admin:promotions_promotion_change", args=[ten.pk]), fields | {"value": "1500"})

    pvp.refresh_from_db()
    ten.refresh_from_db()
    assert (pvp.rank, pvp.version, ten.value, ten.version) == (3, 2, 1500, 2)


def test_a_percentage_above_a_hundred_is_refused(boss):
    fields = {"name": "Once", "names": "{}", "kind": "percentage", "value": "10001"} | PLAIN | WHEN

    answer = boss.post(reverse("admin:promotions_promotion_add"), fields)

    assert (answer.status_code, Promotion.objects.count()) == (200, 0)


def test_a_code_is_stored_as_it_is_compared_and_taken_once(boss):
    opened, page = promotion(needs_coupon=True), reverse("admin:promotions_coupon_add")

    answers = [boss.post(page, {"promotion": opened.pk, "code": code}) for code in ("ALBA-50", "alba 5o", "---")]

    assert [answer.status_code for answer in answers] == [302, 200, 200]
    assert [(code.code, code.folded) for code in Coupon.objects.all()] == [("ALBA-50", "A1BA50")]


def test_a_code_that_counted_nothing_gets_no_limit_later(boss):
    limited, free = coupon("CINCO", use_limit=5), coupon("SIEMPRE")

    for code in (limited, free):
        boss.post(reverse("admin:promotions_coupon_change", args=[code.pk]), {"use_limit": "9", "code": "OTRO"})

    assert list(Coupon.objects.order_by("pk").values_list("code", "use_limit")) == [("CINCO", 9), ("SIEMPRE", None)]


def test_links_are_revoked_by_an_action(boss, shop):
    link = Link.objects.get()
    link.expires_at += timedelta(days=9999)
    link.save()

    boss.post(reverse("admin:links_link_changelist"), {"action": "revoke_links", "_selected_action": [link.pk]})

    link.refresh_from_db()
    assert link.revoked_at is not None


def test_the_sweep_gives_back_uses_whose_time_is_over(shop):
    assert (sweep(), sweep()) == (1, 0)
