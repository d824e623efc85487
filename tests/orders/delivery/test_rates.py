"""What it costs to bring goods somewhere: by postal code, weight and value, the same in every channel."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from commerce.carts.showing import quote_of
from commerce.channels.models import Location
from commerce.timeline.actors import VISITOR
from orders import checkout, rerouting
from orders.delivery.models import Method, Rate, Zone
from orders.delivery.rates import NotBroughtThus, OutsideZones, Row, offers
from orders.delivery.until import until
from orders.drafting import PriceChanged, Terms
from orders.models import Order
from orders.ways import methods_for
from tests.factories import MONDAY
from tests.orders.calling import EVA, HOME, check_out, post
from tests.orders.shop import home

STAMP = {"by": VISITOR, "channel": "web", "at": MONDAY}


def row(method="correos", prefixes=("28",), *, fee=490, days=2, **more) -> Row:
    facts = {"up_to_grams": None, "from_value": 0, "free_from": None, "cutoff": time(14), "has_slots": False} | more
    return Row(method=method, name=method, carrier=method, days=days, zone="zona", prefixes=prefixes, fee=fee, **facts)


def ask(*rows: Row, postal_code="28013", goods=1000, grams=0, at=MONDAY):
    found = offers(rows, postal_code=postal_code, goods=goods, grams=grams, zone="Europe/Madrid", at=at)
    return [(offer.method, offer.fee) for offer in found]


class TestChoosing:
    def test_the_longest_beginning_of_a_postal_code_counts(self):
        country, city = row(prefixes=("",), fee=900), row(prefixes=("280",), fee=300)

        assert ask(country, city) == [("correos", 300)]
        assert ask(country, city, postal_code="08001") == [("correos", 900)]

    def test_outside_all_zones_it_says_so(self):
        with pytest.raises(OutsideZones):
            ask(row(), postal_code="08001")

    def test_by_weight_and_by_value(self):
        light, heavy = row(up_to_grams=2000, fee=400), row(up_to_grams=20000, fee=900)
        rich = row(from_value=5000, fee=200)

        assert ask(light, heavy, grams=1500) == [("correos", 400)]
        assert ask(light, heavy, grams=2500) == [("correos", 900)]
        assert ask(light, heavy, rich, goods=6000, grams=2500) == [("correos", 200)]
        with pytest.raises(NotBroughtThus):
            ask(light, heavy, grams=20001)

    def test_free_above_its_threshold(self):
        assert ask(row(free_from=3000), goods=2999) == [("correos", 490)]
        assert ask(row(free_from=3000), goods=3000) == [("correos", 0)]

    def test_the_cheapest_first_then_the_fastest(self):
        found = ask(row("lento", fee=300, days=4), row("normal", fee=300, days=2), row("rapido", fee=900, days=1))

        assert [method for method, _ in found] == ["normal", "lento", "rapido"]

    def test_what_is_ordered_after_the_cutoff_leaves_a_working_day_later(self):
        [early] = offers([row(days=1)], postal_code="28013", goods=0, grams=0, zone="Europe/Madrid", at=MONDAY)
        evening = MONDAY + timedelta(hours=8)
        [late] = offers([row(days=1)], postal_code="28013", goods=0, grams=0, zone="Europe/Madrid", at=evening)

        assert late.arrives_by - early.arrives_by == timedelta(days=1)


@pytest.fixture
def madrid(shop):
    """Madrid is served by two methods, nothing else is."""
    zone = Zone.objects.create(code="madrid", name="Madrid", prefixes=["28"])
    for code, fee, days in (("correos", 490, 2), ("urgente", 990, 1)):
        method = Method.objects.create(code=code, name=code, carrier=code, days=days)
        Rate.objects.create(method=method, zone=zone, fee=fee, free_from=5000)
    return shop


@pytest.mark.django_db
class TestCheckout:
    def test_the_rate_is_charged_and_its_days_are_promised(self, madrid):
        terms = Terms(expected_total=1250 + 990, deliver_to=home(), email="eva@example.com", method="urgente")

        order = checkout.buy(madrid.cart(), terms=terms, tender="manual", **STAMP)

        assert (order.delivery_total, order.quote["delivery"]["method"]) == (990, "urgente")
        assert order.fulfillments.get().promised_for == datetime(2026, 11, 24, 19, tzinfo=UTC)

    @pytest.mark.parametrize("carrier_comes_at", [time(11), time(18)])
    @pytest.mark.parametrize("ordered_at", [9, 10, 12, 13, 15, 17, 22])
    def test_the_day_that_is_shown_is_the_day_that_is_promised(self, madrid, carrier_comes_at, ordered_at):
        # The method's cut-off is at 14:00; the warehouse's carrier comes before that, or after it.
        week = {day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
        Location.objects.update(opening_hours=week, preparation_minutes=30, carrier_comes_at=carrier_comes_at)
        at = datetime.combine(MONDAY.date(), time(ordered_at), tzinfo=ZoneInfo("Europe/Madrid"))
        cart = madrid.cart()
        terms = Terms(expected_total=1250 + 990, deliver_to=home(), email="eva@example.com", method="urgente")

        shown = methods_for(cart, quote_of(cart, at=at), postal_code="28013", at=at)
        order = checkout.buy(cart, terms=terms, tender="manual", by=VISITOR, channel="web", at=at)

        promised = order.fulfillments.get().promised_for
        assert [offer.arrives_by for offer in shown if offer.method == "urgente"] == [promised]
        is_late = ordered_at >= 14 or (carrier_comes_at == time(11) and ordered_at >= 12)
        assert promised.date().day == MONDAY.day + (2 if is_late else 1)

    def test_what_is_found_elsewhere_keeps_the_method_that_was_chosen(self, madrid):
        terms = Terms(expected_total=1250 + 990, deliver_to=home(), email="eva@example.com", method="urgente")
        order = checkout.buy(madrid.cart(), terms=terms, tender="manual", **STAMP)
        first = order.fulfillments.get()

        [taken_over] = rerouting.cannot_find(first, **STAMP)

        assert taken_over.location != first.location
        assert taken_over.promised_for == first.promised_for
        by_the_channel = until(Order(sales_channel=order.sales_channel), comes_from=madrid.store, at=MONDAY)
        assert taken_over.promised_for < by_the_channel

    def test_another_total_than_the_rate_s_is_refused_with_the_new_one(self, madrid):
        terms = Terms(expected_total=1250, deliver_to=home(), email="eva@example.com")

        with pytest.raises(PriceChanged) as refused:
            checkout.buy(madrid.cart(), terms=terms, tender="manual", **STAMP)

        assert refused.value.facts["total"] == 1740

    def test_the_api_tells_the_methods_of_a_postal_code_and_every_channel_pays_the_same(self, madrid, client, agent):
        cart = madrid.cart(2).public_id

        ways = client.get(f"/api/v1/carts/{cart}/checkout/", {"postal_code": "28013"}).json()
        by_agent = agent.get(f"/api/v1/carts/{cart}/checkout/", {"postal_code": "28013"}).json()

        assert [(m["method"], m["fee"]) for m in ways["methods"]] == [("correos", 490), ("urgente", 990)]
        assert ways["delivery"] == by_agent["delivery"] == {"delivery_total": 490, "total": 2990}
        assert check_out(client, cart, 2990, address=HOME, **EVA)["delivery_total"] == 490

    def test_an_address_outside_all_zones_gets_a_clear_answer_and_the_cart_stays_open(self, madrid, client):
        cart = madrid.cart()
        body = {"expected_total": 1250, "tender": "manual", "address": HOME | {"postal_code": "08001"}} | EVA

        ways = client.get(f"/api/v1/carts/{cart.public_id}/checkout/", {"postal_code": "08001"})
        bought = post(client, f"/api/v1/carts/{cart.public_id}/checkout/", body)

        assert (ways.status_code, ways.json()["code"]) == (422, "outside_delivery_area")
        assert (bought.status_code, bought.json()["code"]) == (422, "outside_delivery_area")
        cart.refresh_from_db()
        assert (cart.status, Order.objects.count()) == ("open", 0)
