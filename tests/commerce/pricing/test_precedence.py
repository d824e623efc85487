"""Lists by channel, place, group, quantity, currency and time: which of them goes first, one step at a time."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from commerce.pricing.models import PriceList
from commerce.pricing.prices import Market, look_up
from tests.factories import LONG_AGO, MONDAY, location, person, sales_channel, variant

pytestmark = pytest.mark.django_db


def price_list(code: str, **fields) -> PriceList:
    reason = "rent" if fields.keys() & {"sales_channel", "location"} else ""
    return PriceList.objects.create(code=code, **{"currency": "EUR", "reason": reason} | fields)


def priced(cup, chosen: PriceList, amount: int, **fields) -> None:
    cup.prices.create(price_list=chosen, amount=amount, **{"starts_at": LONG_AGO} | fields)


def offer(cup, *, channel="web", place=None, group="", quantity=1, at=MONDAY):
    market = Market(sales_channel(channel), place and place.pk, group)
    return look_up([cup.pk], market=market, at=at, quantities={cup.pk: quantity})[0][cup.pk]


def test_meant_more_closely_goes_first_group_then_place_then_channel_then_all():
    cup, centro = variant(price=1000), location("centro")
    everywhere = {"channel": "store", "place": centro, "group": "trade"}
    steps = [
        ("pvp", {}),
        ("canal", {"sales_channel": sales_channel("store")}),
        ("sitio", {"location": centro}),
        ("grupo", {"customer_group": "trade"}),
    ]
    for number, (code, fields) in enumerate(steps[1:], start=1):
        priced(cup, price_list(code, **fields), 1000 + number)

        assert offer(cup, **everywhere).price_list == code


def test_a_list_holds_where_and_for_whom_it_says_and_nowhere_else():
    cup, centro, norte = variant(price=1000), location("centro"), location("norte")
    priced(cup, price_list("sitio", location=centro), 1100)
    priced(cup, price_list("grupo", customer_group="trade"), 800)

    assert [offer(cup, channel="store", place=place).amount for place in (centro, norte, None)] == [1100, 1000, 1000]
    assert [offer(cup, group=group).amount for group in ("trade", "staff", "")] == [800, 1000, 1000]


def test_rank_goes_before_all_of_it_and_at_a_tie_the_older_list():
    cup, centro = variant(price=1000), location("centro")
    priced(cup, price_list("grupo", customer_group="trade"), 800)
    priced(cup, price_list("rebajas", rank=1), 900)
    priced(cup, price_list("mas-rebajas", rank=1), 850)

    assert offer(cup, channel="store", place=centro, group="trade").price_list == "rebajas"


def test_of_one_list_the_highest_quantity_that_is_reached_counts_and_units_of_several_lines_together():
    cup = variant(price=1000)
    pvp = PriceList.objects.get()
    priced(cup, pvp, 900, min_quantity=5)
    priced(cup, pvp, 800, min_quantity=10)

    assert [offer(cup, quantity=n).amount for n in (1, 4, 5, 9, 10, 9999)] == [1000, 1000, 900, 900, 800, 800]


def test_only_the_channels_own_currency_counts():
    cup, web = variant(price=1000), sales_channel()
    priced(cup, price_list("libras", currency="GBP", rank=9), 1)
    yen = sales_channel("store")
    yen.currency = "JPY"
    yen.save()
    priced(cup, price_list("yenes", currency="JPY"), 1500)

    assert (offer(cup).amount, offer(cup, channel="store").amount) == (1000, 1500)
    web.currency = "KWD"
    web.save()
    found, missing = look_up([cup.pk], market=Market(web), at=MONDAY)
    assert (found, missing[cup.pk].reason) == ({}, "no_price")


def test_a_list_with_a_time_holds_from_its_first_instant_to_the_one_before_its_last():
    cup = variant(price=1000)
    ends = MONDAY + timedelta(hours=2)
    priced(cup, price_list("hora-feliz", rank=1, starts_at=MONDAY, ends_at=ends), 500)
    tick = timedelta(microseconds=1)

    assert [offer(cup, at=at).amount for at in (MONDAY - tick, MONDAY, ends - tick, ends)] == [1000, 500, 500, 1000]


def test_a_list_that_makes_a_channel_or_place_differ_says_why_and_is_shown_as_such():
    cup, centro = variant(price=1000), location("centro")
    priced(cup, price_list("sitio", location=centro), 1100)

    assert (offer(cup, place=centro).differs, offer(cup).differs) == ("rent", "")
    for where in ({"location": centro}, {"sales_channel": sales_channel()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PriceList.objects.create(code="mudo", currency="EUR", **where)


def test_a_person_of_a_group_has_its_prices_on_every_channel(client):
    cup = variant(price=1000)
    priced(cup, price_list("grupo", customer_group="trade"), 800)
    eva = person("Eva", group="trade")

    totals = {kind: offer(cup, channel=kind, group=eva.group).amount for kind in ("web", "store", "call_center")}

    assert set(totals.values()) == {800}
