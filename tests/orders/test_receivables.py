"""What is owed: told on a statement, agreed over the API, matched by the bank's text, taken back where nobody pays."""

from datetime import timedelta

import pytest

from commerce import clock
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry, Task
from commerce.timeline.tasks import run_due
from inventory.models import Stock
from notifications.models import Message
from orders import buying, payments, pickups, transfers
from orders.buying import Means
from orders.drafting import Terms
from orders.models import Fulfillment, Order, Payment, Refund, Todo
from orders.receivables import agreements
from orders.receivables.models import Agreement
from orders.statement import dues_of, statement
from orders.transfers import Transfer
from tests.factories import MONDAY, serving, staff
from tests.orders.calling import log_in, post
from tests.orders.stripe.card_search import everything_stored
from tests.races import at_once

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "1")
STAMP = {"by": CLERK, "channel": "call_center", "at": MONDAY}
DAY = timedelta(days=1)


def due(shop, person=None, *, at=MONDAY, quantity: int = 2) -> Order:
    terms = Terms(expected_total=1250 * quantity, pickup_at=shop.store, email="" if person else "eva@example.com")
    stamp = STAMP | {"at": at}
    return buying.buy(shop.cart(quantity, person=person), terms=terms, means=Means("bank_transfer"), **stamp)


def work(at) -> None:
    run_due(at=at)
    assert list(Task.objects.exclude(last_error="").values_list("last_error", flat=True)) == []


def transfer(order: Order, amount: int, *, reference: str = "bank-1", text: str = "Pedido {}, gracias") -> str:
    said = Transfer(reference, text.format(order.number), amount, "EUR", MONDAY)
    return transfers.take_in(said, **STAMP)


def test_what_nobody_pays_is_canceled_its_goods_are_free_and_she_is_told(shop, lucia):
    order = due(shop, lucia)

    for days in (4, 5, 8):
        work(MONDAY + days * DAY)

    order.refresh_from_db()
    assert (order.status, Stock.objects.filter(allocated__gt=0).exists()) == ("canceled", False)
    assert Entry.objects.filter(type="order.unpaid").count() == 1
    assert not Todo.objects.filter(closed_at=None).exists()
    ours = ["payment_due", "order_unpaid"]
    told = Message.objects.filter(status="sent", purpose__in=ours).order_by("pk")
    assert list(told.values_list("purpose", flat=True)) == ours


def test_what_was_paid_in_part_or_is_being_prepared_is_a_matter_for_a_person(shop):
    partly, prepared = due(shop), due(shop)
    payments.take_manual(partly, tender="bank_transfer", amount=100, **STAMP)
    part = Fulfillment.objects.select_related("order").get(order=prepared)
    pickups.start_picking(part, **STAMP)

    work(MONDAY + 5 * DAY)
    work(MONDAY + 9 * DAY)

    assert set(Order.objects.values_list("status", flat=True)) == {"placed"}
    assert Todo.objects.filter(kind="agreement_broken", closed_at=None).count() == 2


def test_a_broken_agreement_that_is_paid_after_all_leaves_the_list(shop):
    order = due(shop)
    work(MONDAY + 5 * DAY)
    assert Todo.objects.filter(kind="agreement_broken", closed_at=None).exists()

    payments.take_manual(order, tender="bank_transfer", by=CLERK, channel="web", at=MONDAY + 6 * DAY)
    work(MONDAY + 9 * DAY)

    assert not Todo.objects.filter(closed_at=None).exists()
    assert Order.objects.get().status == "placed"


def test_the_statement_says_each_part_and_what_is_late(shop, lucia):
    order = due(shop, lucia)
    other = due(shop, lucia, quantity=1)
    agreements.agree(order, kind="installments", parts=agreements.in_three(order, at=MONDAY), **STAMP)
    payments.take_manual(order, tender="cash", amount=1000, **STAMP)

    dues = statement(lucia, at=MONDAY + 6 * DAY)

    assert [(due.number, due.amount, due.is_overdue) for due in dues] == [
        (other.number, 1250, True),
        (order.number, 667, False),
        (order.number, 833, False),
    ]


def test_a_capture_that_failed_is_owed_now(shop, lucia):
    order = due(shop, lucia)
    Agreement.objects.update(status="ended")
    Payment.objects.update(status="canceled")

    [owed] = dues_of(order, at=MONDAY)

    assert (owed.amount, owed.due_at, owed.is_overdue, owed.kind) == (2500, None, True, "")


def test_she_sees_her_statement_in_her_account_on_paper_and_over_the_api(shop, lucia):
    due(shop, lucia, at=clock.now())
    hers = log_in(lucia.user)

    page = hers.get("/account/payments/").content.decode()
    paper = hers.get("/account/payments/statement.pdf")
    [told] = hers.get("/api/v1/me/statement/").json()["results"]
    serving(member := staff("agent"), lucia)
    [seen] = log_in(member).get(f"/api/v1/people/{lucia.public_id}/statement/").json()["results"]

    assert "25,00" in page
    assert paper.content[:5] == b"%PDF-"
    assert (told["amount"], told["kind"], told["is_overdue"]) == (2500, "bank_transfer", False)
    assert seen == told


def test_an_agreement_is_made_over_the_api_and_ends_the_one_before(shop, agent):
    order = due(shop, at=clock.now())
    door = f"/api/v1/orders/{order.public_id}/agreements/"

    made = post(agent, door, {"kind": "installments", "in_three": True})

    assert made.status_code == 201, made.content
    assert [part["amount"] for part in made.json()["parts"]] == [834, 833, 833]
    assert [a["status"] for a in agent.get(door).json()["results"]] == ["ended", "open"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "installments"}, 400),
        ({"kind": "installments", "in_three": True, "parts": [{"amount": 1, "due_at": "2030-01-01T00:00:00Z"}]}, 400),
        ({"kind": "promise", "parts": [{"amount": 0, "due_at": "2030-01-01T00:00:00Z"}]}, 400),
        ({"kind": "promise", "parts": [{"amount": 2499, "due_at": "2030-01-01T00:00:00Z"}]}, 422),
        ({"kind": "promise", "parts": [{"amount": 2500, "due_at": "2020-01-01T00:00:00Z"}]}, 422),
        ({"kind": "bank_transfer", "in_three": True}, 400),
    ],
)
def test_what_is_no_agreement_is_refused(shop, agent, body, status):
    order = due(shop, at=clock.now())

    assert post(agent, f"/api/v1/orders/{order.public_id}/agreements/", body).status_code == status


def test_a_transfer_finds_its_order_by_the_number_in_its_text_once(shop):
    order, _other = due(shop), due(shop)

    assert [transfer(order, 2500), transfer(order, 2500)] == ["matched", "known"]

    order.refresh_from_db()
    assert order.payment_status == "captured"
    assert Agreement.objects.get(order=order).status == "kept"
    assert Payment.objects.get(status="captured").reference == "bank-1"


def test_a_part_leaves_the_rest_owed_and_too_much_is_to_be_sent_back(shop):
    order = due(shop)

    assert transfer(order, 1000) == "matched"
    assert Order.objects.get().payment_status == "due"
    assert transfer(order, 1700, reference="bank-2") == "surplus"

    assert (Order.objects.get().payment_status, Refund.objects.get().amount) == ("captured", 200)
    assert Todo.objects.get(kind="pay_out").closed_at is None


def test_what_comes_for_a_canceled_order_is_to_be_sent_back_whole(shop):
    order = due(shop)
    for days in (5, 8):
        work(MONDAY + days * DAY)

    assert transfer(order, 2500) == "late"

    assert (Order.objects.get().status, Refund.objects.get().amount) == ("canceled", 2500)
    assert Todo.objects.filter(kind="pay_out", closed_at=None).count() == 1


@pytest.mark.parametrize("text", ["", "gracias", "Pedido 99999999", "both {0} {1}"])
def test_what_names_no_one_order_stands_on_the_list(shop, text):
    first, second = due(shop), due(shop)
    said = Transfer("bank-9", text.format(first.number, second.number), 2500, "EUR", MONDAY)

    assert [transfers.take_in(said, **STAMP) for _ in range(2)] == ["unmatched", "unmatched"]

    assert Todo.objects.filter(kind="unknown_money").count() == 1
    assert not Payment.objects.filter(status="captured").exists()


def test_what_somebody_took_off_the_list_stays_off_it_when_the_banks_list_comes_again(shop):
    order = due(shop)
    assert transfer(order, 2500, text="gracias") == "unmatched"
    Todo.objects.update(closed_at=MONDAY, closed_by="staff:1")

    assert transfer(order, 2500, text="gracias") == "known"

    assert not Todo.objects.filter(closed_at=None).exists()


def test_a_line_that_names_its_order_after_all_leaves_the_list(shop):
    order = due(shop)
    assert transfer(order, 2500, text="gracias") == "unmatched"

    assert transfer(order, 2500) == "matched"

    assert Todo.objects.values_list("kind", "closed_at").get() == ("unknown_money", MONDAY)


@pytest.mark.parametrize("reference", ["4000 0000 0000 0002 EVA SANZ", "EVA SANZ 0001", "4000000000000002"])
def test_a_reference_that_holds_a_name_or_a_card_number_is_kept_as_a_digest(shop, settings, reference):
    order = due(shop)

    assert transfer(order, 2500, reference=reference) == "matched"
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-" * 8, [settings.SECRET_KEY]
    assert transfer(order, 2500, reference=reference) == "known"

    assert len(Payment.objects.get(status="captured").reference) == 64
    assert not any(part in everything_stored() for part in ("EVA SANZ", "4000000000000002", "4000 0000"))


@pytest.mark.django_db(transaction=True)
def test_four_who_book_one_list_at_once_book_it_once(shop):
    order = due(shop)

    outcomes = at_once(4, lambda _: transfer(order, 2500))

    assert sorted(map(str, outcomes)) == ["known", "known", "known", "matched"]
    assert Payment.objects.filter(status="captured").count() == 1


def test_the_banks_list_may_come_again(shop):
    order = due(shop, at=clock.now())
    boss = log_in(staff("back_office"))
    line = {"reference": "b1", "text": f"pedido {order.number}", "amount": 2500, "currency": "EUR"}
    body = {"transfers": [line | {"received_at": "2026-11-22T10:00:00Z"}]}

    answers = [post(boss, "/api/v1/bank-transfers/", body).json()["results"][0]["outcome"] for _ in range(2)]

    assert answers == ["matched", "known"]
