"""The stand-in for Stripe behaves as Stripe does, seen through Stripe's own client."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import stripe

from tests.peers.stripe.server import StandIn

SECRETS = ["whsec_new", "whsec_old"]
LINE = {
    "quantity": 1,
    "price_data": {"currency": "eur", "unit_amount": 2599, "product_data": {"name": "Pedido"}},
}


@pytest.fixture
def peer() -> Iterator[StandIn]:
    with StandIn() as standing_in:
        yield standing_in


@pytest.fixture
def client(peer: StandIn) -> stripe.StripeClient:
    return connected(peer)


def connected(peer: StandIn, *, retries: int = 0) -> stripe.StripeClient:
    return stripe.StripeClient(peer.key, base_addresses={"api": peer.url}, max_network_retries=retries)


def session(client: stripe.StripeClient, *, key: str = "", **fields: Any) -> Any:
    wanted = {"mode": "payment", "line_items": [LINE], "success_url": "http://shop/thanks?s={CHECKOUT_SESSION_ID}"}
    return client.v1.checkout.sessions.create(wanted | fields, {"idempotency_key": key} if key else {})


def paid_intent(client: stripe.StripeClient, amount: int = 2599, **fields: Any) -> Any:
    wanted = {"amount": amount, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}
    return client.v1.payment_intents.create(wanted | fields)


class Shop:
    """A webhook that stores what it gets, and answers as it is told."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, str]] = []
        self.answers: list[int] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                shop.received.append((body, self.headers["Stripe-Signature"]))
                self.send_response(shop.answers.pop(0) if shop.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/stripe/"

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.received]


@pytest.fixture
def shop(peer: StandIn) -> Iterator[Shop]:
    webhook = Shop()
    peer.control("endpoints", url=webhook.url, secrets=SECRETS)
    yield webhook
    webhook.server.shutdown()
    webhook.server.server_close()


def test_the_same_key_gives_the_same_answer_and_makes_one_thing(client, peer):
    first = session(client, key="payment-1")
    second = session(client, key="payment-1")

    assert first.id == second.id
    assert len(peer.store.all("checkout.session")) == 1


def test_the_same_key_for_another_request_is_an_error(client):
    session(client, key="payment-1")

    with pytest.raises(stripe.IdempotencyError):
        session(client, key="payment-1", client_reference_id="another")


def test_a_key_that_is_in_use_at_this_moment_is_refused(client, peer):
    peer.control("faults", kind="slow", seconds=0.5)

    with ThreadPoolExecutor(2) as pool:
        attempts = [pool.submit(session, client, key="payment-1") for _ in range(2)]
        outcomes = [attempt.exception() for attempt in attempts]

    refused = [problem for problem in outcomes if problem]
    assert [(type(problem).__name__, problem.http_status) for problem in refused] == [("APIError", 409)]


def test_a_request_that_was_refused_leaves_its_key_free(client):
    with pytest.raises(stripe.InvalidRequestError):
        session(client, key="payment-1", line_items=[])

    assert session(client, key="payment-1").status == "open"


def test_a_lost_answer_is_given_again_by_the_clients_own_second_try(peer):
    peer.control("faults", kind="lose_answer", path="/v1/checkout/sessions")

    made = session(connected(peer, retries=1), key="payment-1")

    assert [one["id"] for one in peer.store.all("checkout.session")] == [made.id]


def test_a_wrong_api_key_is_refused(peer):
    stranger = stripe.StripeClient("sk_test_stranger", base_addresses={"api": peer.url})

    with pytest.raises(stripe.AuthenticationError):
        session(stranger)


def test_the_hosted_page_shows_the_amount_and_its_button_pays(client, peer):
    made = session(client, client_reference_id="ours", payment_intent_data={"metadata": {"payment": "ours"}})

    page = httpx.get(made.url)
    pressed = httpx.post(made.url, data={"card": "visa"})
    after = client.v1.checkout.sessions.retrieve(made.id)

    assert "25.99 EUR" in page.text
    assert (pressed.status_code, pressed.headers["Location"]) == (303, f"http://shop/thanks?s={made.id}")
    assert (after.status, after.payment_status, after.client_reference_id) == ("complete", "paid", "ours")
    intent = client.v1.payment_intents.retrieve(after.payment_intent)
    assert (intent.status, intent.amount_received, intent.metadata["payment"]) == ("succeeded", 2599, "ours")


def test_a_declined_card_leaves_the_page_open_for_another(client, peer):
    made = session(client)

    refused = httpx.post(made.url, data={"card": "declined"})
    still = client.v1.checkout.sessions.retrieve(made.id)
    httpx.post(made.url, data={"card": "visa"})

    assert (refused.status_code, still.status, still.payment_status) == (402, "open", "unpaid")
    assert client.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"
    assert len(peer.store.all("payment_intent")) == 1


def test_a_page_that_expired_takes_no_money(client, peer):
    made = session(client)
    client.v1.checkout.sessions.expire(made.id)

    pressed = httpx.post(made.url, data={"card": "visa"})

    assert pressed.status_code == 200
    assert "expired" in pressed.text
    assert peer.store.all("charge") == []
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.expire(made.id)


def test_a_page_expires_by_itself_when_its_time_is_over(client, peer):
    made = session(client, expires_at=peer.store.now() + 1860)

    peer.control("clock", ahead=1900)

    assert client.v1.checkout.sessions.retrieve(made.id).status == "expired"


def test_a_transfer_completes_the_page_and_pays_days_later(client, peer):
    made = session(client)
    httpx.post(made.url, data={"card": "transfer"})
    waiting = client.v1.checkout.sessions.retrieve(made.id)

    peer.control(f"transfer/{made.id}", succeeded=True)

    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert client.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"


def test_money_kept_aside_is_captured_in_part_and_once(client):
    intent = paid_intent(client, capture_method="manual")
    charge = client.v1.charges.retrieve(intent.latest_charge)

    captured = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 2000})

    assert (intent.status, intent.amount_capturable) == ("requires_capture", 2599)
    assert charge.payment_method_details.card.capture_before > charge.created
    assert (captured.status, captured.amount_received) == ("succeeded", 2000)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.capture(intent.id)


def test_money_kept_aside_too_long_is_let_go(client, peer):
    intent = paid_intent(client, capture_method="manual")

    peer.control("clock", ahead=8 * 24 * 3600)

    lapsed = client.v1.payment_intents.retrieve(intent.id)
    assert (lapsed.status, lapsed.cancellation_reason) == ("canceled", "automatic")


def test_a_payment_link_works_as_often_as_it_may(client, peer):
    link = client.v1.payment_links.create(
        {"line_items": [LINE], "restrictions": {"completed_sessions": {"limit": 1}}, "metadata": {"payment": "ours"}}
    )

    visited = httpx.get(link.url)
    paid = httpx.post(visited.headers["Location"], data={"card": "visa"})

    assert (visited.status_code, paid.status_code) == (303, 303)
    assert client.v1.payment_links.retrieve(link.id).active is False
    assert httpx.get(link.url).status_code == 404
    [made] = client.v1.checkout.sessions.list({"payment_link": link.id}).data
    assert (made.payment_status, made.metadata["payment"]) == ("paid", "ours")


def test_no_more_is_refunded_than_was_paid(client):
    intent = paid_intent(client)

    client.v1.refunds.create({"payment_intent": intent.id, "amount": 2000})
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 600})
    client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as nothing_left:
        client.v1.refunds.create({"payment_intent": intent.id})

    assert (too_much.value.code, nothing_left.value.code) == ("amount_too_large", "charge_already_refunded")


def test_a_refund_that_fails_can_be_given_again(client, peer):
    intent = paid_intent(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id})

    peer.control(f"refunds/{refund.id}/fail")
    again = client.v1.refunds.create({"payment_intent": intent.id})

    assert client.v1.refunds.retrieve(refund.id).status == "failed"
    assert again.amount == 2599


def test_a_disputed_charge_is_not_refunded(client, peer):
    intent = paid_intent(client)
    dispute = peer.control("disputes", payment_intent=intent.id)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})

    assert refused.value.code == "charge_disputed"
    found = client.v1.disputes.retrieve(dispute["id"])
    assert (found.status, found.is_charge_refundable) == ("needs_response", False)
    assert found.evidence_details.due_by > found.created


def test_lists_are_read_page_by_page(client):
    made = [paid_intent(client, amount).id for amount in range(100, 105)]

    read = [intent.id for intent in client.v1.payment_intents.list({"limit": 2}).auto_paging_iter()]

    assert read == made[::-1]


def test_a_declined_card_is_told_with_the_banks_reason(client):
    with pytest.raises(stripe.CardError) as problem:
        paid_intent(client, payment_method="pm_card_chargeDeclinedInsufficientFunds")

    assert (problem.value.code, problem.value.error.decline_code) == ("card_declined", "insufficient_funds")


def test_a_parameter_that_stripe_does_not_know_is_an_error(client):
    with pytest.raises(stripe.InvalidRequestError) as problem:
        session(client, colour="red")

    assert problem.value.code == "parameter_unknown"


def test_events_are_signed_with_every_live_secret(client, peer, shop):
    paid_intent(client)
    peer.control("idle")

    assert sorted(shop.types()) == ["payment_intent.created", "payment_intent.succeeded"]
    for body, signature in shop.received:
        for secret in SECRETS:
            assert stripe.Webhook.construct_event(body, signature, secret).object == "event"
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, "whsec_stranger")


def test_events_can_come_twice_and_out_of_order(client, peer, shop):
    peer.control("manners", copies=3, keep=True, seed=7)
    for amount in range(100, 110):
        paid_intent(client, amount)

    released = peer.control("release", shuffled=True)["released"]
    peer.control("idle")

    assert (released, len(shop.received)) == (60, 60)
    ids = [json.loads(body)["id"] for body, _ in shop.received]
    assert len(set(ids)) == 20
    assert [json.loads(body)["data"]["object"]["amount"] for body, _ in shop.received] != sorted(
        json.loads(body)["data"]["object"]["amount"] for body, _ in shop.received
    )


def test_an_event_comes_again_until_it_is_accepted(client, peer, shop):
    shop.answers = [500, 503]
    paid_intent(client)
    peer.control("idle")

    assert len(shop.received) == 4
    assert sorted(delivery["status"] for delivery in peer.control("log")["deliveries"]) == [200, 200, 500, 503]


def test_an_event_whose_acceptance_was_lost_comes_again(client, peer, shop):
    peer.control("manners", lose=1.0)
    paid_intent(client)
    deadline = time.monotonic() + 10
    while len(shop.received) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)

    assert len(shop.received) >= 4

    assert {200} == {delivery["status"] for delivery in peer.control("log")["deliveries"]}


def test_events_can_be_read_back(client):
    intent = paid_intent(client)

    events = client.v1.events.list({"type": "payment_intent.succeeded"}).data

    assert [event.data.object.id for event in events] == [intent.id]
