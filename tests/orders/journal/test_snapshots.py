"""A till takes prices, promotions and keys along, signed; it asks again by its cursor and is sent what differs."""

from datetime import timedelta

import orjson
import pytest
from django.test import Client

from commerce.carts import edits, offers
from commerce.carts.showing import show
from commerce.channels import devices
from commerce.channels.models import Role
from commerce.clock import now
from commerce.pricing.models import PriceList
from commerce.pricing.publishing import set_prices
from commerce.quotes import signed, till_copy, tokens
from commerce.quotes.reckoning import Wanted
from commerce.timeline.actors import SYSTEM
from orders.journal import snapshots
from orders.models import Todo
from tests.factories import LONG_AGO, location, promotion, sales_channel, staff, variant
from tests.orders.calling import log_in
from tests.orders.journal.sending import TillOf
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db
DOOR = "/api/v1/tills/snapshot/"
UNCHANGED = 5
"""Statements: who asks (2), her store, its channel, how things stand (1)."""
KEYS = "/api/v1/signed-quotes/keys/"


def asked(caja: TillOf, *, cursor: str = "", tag: str = ""):
    headers = {"authorization": f"Bearer {caja.key}"} | ({"if-none-match": tag} if tag else {})
    return caja.client.get(DOOR, {"cursor": cursor} if cursor else {}, headers=headers)


def copied(caja: TillOf, before: till_copy.Copy | None = None) -> till_copy.Copy:
    """What a till has after it asked: at first with the keys of the API, then with those it has."""
    keys = before.snapshot.quote_keys if before else caja.client.get(KEYS).json()["keys"]
    answer = asked(caja, cursor=before.cursor if before else "")
    return till_copy.read(answer.content, answer["Mostrador-Signature"], keys=keys, before=before)


def test_offline_it_reckons_what_the_stores_own_cart_costs(shop: Shop, caja: TillOf):
    towel = variant(price=600, content=250, content_unit="g")
    shop.mug.prices.create(price_list=PriceList.objects.get(), amount=1000, min_quantity=5, starts_at=LONG_AGO)
    here = PriceList.objects.create(code="centro", currency="EUR", location=shop.store, reason="rent", rank=1)
    towel.prices.create(price_list=here, amount=700, starts_at=LONG_AGO)
    promotion(kind="n_for_m", quantity=3, pays=2)
    promotion(value=2000, is_first_purchase=True)
    copy = copied(caja)

    for units in (1, 4, 5, 7):
        lines = [(shop.mug, units), (towel, 2)]
        cart = edits.open_cart(
            sales_channel=sales_channel("store"), location=shop.store, lines=lines, by=SYSTEM, at=now()
        )
        told = copy.snapshot.quote([Wanted(v.pk, quantity) for v, quantity in lines], at=now()).as_dict()
        shown = show(cart, at=now())
        assert [told[name] for name in ("total", "lines", "applied", "versions")] == [
            shown["total"],
            [{key: line[key] for key in told["lines"][0]} for line in shown["lines"]],
            shown["applied"],
            shown["versions"],
        ]


def test_asked_again_with_its_tag_it_is_told_that_nothing_changed(shop: Shop, caja: TillOf):
    first = asked(caja)

    again = asked(caja, tag=first["ETag"])
    set_prices(PriceList.objects.get(), {shop.mug.pk: (900, None)}, at=now())
    after = asked(caja, tag=first["ETag"])

    assert (again.status_code, again.content, after.status_code) == (304, b"", 200)


@pytest.mark.parametrize("change", ["price", "title", "promotion", "tax"])
def test_by_its_cursor_it_is_sent_the_parts_that_differ_whatever_made_them_differ(shop: Shop, caja: TillOf, change):
    others = [variant(price=100 + n) for n in range(3)]
    copy = copied(caja)

    if change == "price":
        set_prices(PriceList.objects.get(), {others[0].pk: (900, None)}, at=now())
    elif change == "title":
        type(others[0].product).objects.filter(pk=others[0].product_id).update(title="Otra")
    elif change == "promotion":
        promotion(value=500)
    else:
        type(others[0].product).objects.filter(pk=others[0].product_id).update(tax_category="none")
    sent = orjson.loads(asked(caja, cursor=copy.cursor).content)
    after = copied(caja, copy)

    part = str(others[0].pk % till_copy.PARTS)
    parts = {"price": [part, "versions"], "promotion": ["promotions"]}.get(change, [part])
    assert list(sent["parts"]) == parts
    whole = copied(caja)
    assert (after.parts, after.cursor, after.snapshot.offers) == (whole.parts, whole.cursor, whole.snapshot.offers)
    assert orjson.loads(asked(caja, cursor=after.cursor).content)["parts"] == {}


@pytest.mark.parametrize("cursor", ["x", "ñ", "A" * 528, "A" * 528 + "." + "a" * 32, "A" * 1000])
def test_a_cursor_that_is_none_brings_the_whole(shop: Shop, caja: TillOf, cursor):
    assert len(orjson.loads(asked(caja, cursor=cursor).content)["parts"]) == len(till_copy.NAMES)


def test_what_was_changed_on_its_way_or_lacks_parts_is_not_taken(shop: Shop, caja: TillOf):
    answer, keys = asked(caja), tokens.key_set()["keys"]
    signature = answer["Mostrador-Signature"]
    part = asked(caja, cursor=copied(caja).cursor)

    cheaper = answer.content.replace(b"1250", b"0250")
    quote = signed.token_of(offers.promise(shop.cart(1), by=SYSTEM, channel="call_center", at=now()))
    for body, mark in (
        (cheaper, signature),
        (answer.content, ""),
        (answer.content, quote),
        (part.content, part["Mostrador-Signature"]),
    ):
        with pytest.raises(till_copy.CopyBroken):
            till_copy.read(body, mark, keys=keys)


def test_it_says_when_a_planned_change_begins_and_gives_no_promotion_that_has_ended(shop: Shop, caja: TillOf):
    at = now()
    promotion(value=1000, ends_at=at + timedelta(hours=2))
    promotion(value=1500, starts_at=at + timedelta(hours=1))
    copy = copied(caja)

    mug = [Wanted(shop.mug.pk, 1)]
    totals = [copy.snapshot.quote(mug, at=at + timedelta(hours=n)).total for n in (0, 3)]

    assert copy.snapshot.changes_at == at + timedelta(hours=1)
    assert totals == [1125, 1250]


def test_by_the_keys_it_brought_a_till_proves_a_signed_quote_until_it_ends(shop: Shop, caja: TillOf):
    offer = offers.promise(shop.cart(2), by=SYSTEM, channel="call_center", at=now())
    shown, keys = signed.address_of(offer), copied(caja).snapshot.quote_keys

    assert signed.prove_offline(shown, keys=keys, at=now()).total == 2500
    with pytest.raises(signed.QuoteEnded):
        signed.prove_offline(shown, keys=keys, at=offer.valid_until)


def test_after_the_secret_changed_a_till_takes_the_next_snapshot_by_the_keys_it_has(shop: Shop, caja: TillOf, settings):
    copy = copied(caja)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-" + "k" * 50

    with pytest.raises(till_copy.CopyBroken):
        copied(caja, copy)
    assert copied(caja).parts == copy.parts


def test_only_who_belongs_to_one_store_is_let_in_and_a_till_that_was_shut_out_is_an_alarm(shop: Shop, caja: TillOf):
    _, agent = devices.issue("agent", role=Role.AGENT, location=None, at=now())

    refused = [
        Client().get(DOOR),
        log_in(staff("store", shop.store, location("norte"))).get(DOOR),
        Client().get(DOOR, headers={"authorization": f"Bearer {agent}"}),
        caja.client.get(DOOR, {"have": "x"}, headers={"authorization": f"Bearer {caja.key}"}),
    ]
    devices.revoke(caja.device, at=now())
    shut_out = asked(caja)

    assert [answer.status_code for answer in refused] == [401, 409, 403, 400]
    assert (shut_out.status_code, shut_out.json()["code"]) == (403, "till_revoked")
    assert Todo.objects.filter(kind=Todo.Kind.TILL_REFUSED).count() == 1


def many(count: int) -> None:
    """So many more things for sale."""
    for n in range(count):
        variant(price=100 + n)


@pytest.mark.parametrize("goods", [1, 60])
def test_where_nothing_changed_one_statement_tells_so_however_much_is_for_sale(
    shop: Shop, caja: TillOf, django_assert_num_queries, monkeypatch, goods
):
    many(goods)
    first, held = asked(caja), copied(caja)
    monkeypatch.setattr(snapshots.snapshot, "look_up", lambda *given, **named: pytest.fail("reckoned again"))

    with django_assert_num_queries(UNCHANGED):
        by_tag = asked(caja, tag=first["ETag"])
    with django_assert_num_queries(UNCHANGED):
        by_cursor = asked(caja, cursor=held.cursor)

    assert (by_tag.status_code, by_tag.content) == (304, b"")
    assert orjson.loads(by_cursor.content)["parts"] == {}
    keys = held.snapshot.quote_keys
    again = till_copy.read(by_cursor.content, by_cursor["Mostrador-Signature"], keys=keys, before=held)
    assert (again.parts, again.cursor) == (held.parts, held.cursor)


def test_a_planned_change_that_has_begun_is_no_longer_what_the_till_has(shop: Shop, caja: TillOf, monkeypatch):
    promotion(value=1000, starts_at=now() + timedelta(hours=1))
    first, cursor = asked(caja), copied(caja).cursor
    later = now() + timedelta(hours=2)

    monkeypatch.setattr(snapshots.clock, "now", lambda: later)

    assert asked(caja, tag=first["ETag"]).status_code == 200
    assert list(orjson.loads(asked(caja, cursor=cursor).content)["parts"]) == ["promotions"]
