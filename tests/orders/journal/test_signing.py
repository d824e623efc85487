"""Only a till's own words, whole and for its own store, are taken in; everything else is an alarm."""

import pytest
from django.test import Client

from commerce.channels import devices
from orders.models import Order, Todo
from tests.factories import MONDAY, location, staff
from tests.orders.journal.sending import TillOf, line, till
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db


def refusal(answer) -> tuple[int, str, list[str], int]:
    kinds = list(Todo.objects.filter(closed_at=None).order_by("pk").values_list("kind", flat=True))
    return answer.status_code, answer.json()["code"], kinds, Order.objects.count()


def test_an_altered_batch_is_refused_with_an_alarm(shop: Shop, caja: TillOf) -> None:
    answer = caja.send(caja.sale(line(shop.mug)), signed=b'{"what": "was sent"}')

    assert refusal(answer) == (403, "till_signature_wrong", ["till_refused"], 0)


def test_a_batch_for_another_store_is_refused_with_an_alarm(shop: Shop, caja: TillOf) -> None:
    answer = caja.send(caja.sale(line(shop.mug)), location=location("norte").code)

    assert refusal(answer) == (403, "till_mistaken", ["till_refused"], 0)


def test_a_batch_of_another_till_is_refused_with_an_alarm(shop: Shop, caja: TillOf) -> None:
    other = till(shop.store, name="caja-2")

    answer = other.send(caja.sale(line(shop.mug)), device=caja.device.public_id)

    assert refusal(answer) == (403, "till_mistaken", ["till_refused"], 0)


def test_a_till_that_was_shut_out_is_refused_with_an_alarm(shop: Shop, caja: TillOf) -> None:
    devices.revoke(caja.device, at=MONDAY)

    alarms = ["till_refused", "till_quarantined"]
    assert refusal(caja.send(caja.sale(line(shop.mug)))) == (403, "till_revoked", alarms, 0)


def test_a_device_without_a_store_is_no_till(shop: Shop, caja: TillOf) -> None:
    device, key = devices.issue("erp", role="store", location=None, at=MONDAY)

    answer = TillOf(device, key, caja.store).send(caja.sale(line(shop.mug)))

    assert refusal(answer) == (403, "not_a_till", [], 0)


def test_a_clerk_who_logged_in_is_no_till(shop: Shop, caja: TillOf) -> None:
    client = Client()
    client.force_login(staff("store", shop.store))

    answer = client.post("/api/v1/tills/sales/", caja.body(caja.sale(line(shop.mug))), content_type="application/json")

    assert refusal(answer) == (403, "not_a_till", [], 0)


def test_a_heartbeat_tells_our_clock_and_what_is_missing(shop: Shop, caja: TillOf) -> None:
    caja.told = 1
    caja.send(caja.sale(line(shop.mug)))

    answer = caja.heartbeat()

    assert (answer.status_code, answer.json()["missing"]) == (200, [[1, 1]])


def test_a_key_that_was_changed_opens_nothing_and_the_new_one_does(shop: Shop, caja: TillOf) -> None:
    before, sale = caja.send(caja.sale(line(shop.mug))), caja.sale(line(shop.mug))
    new = devices.rotate(caja.device)

    with_the_old = caja.send(sale)
    caja.key = new

    assert (before.status_code, with_the_old.status_code) == (200, 401)
    assert caja.results(sale) == ["new"]
