"""A cart that was left is remembered once, and never after its purchase, in whatever channel that was."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.carts import edits, owners, restoring
from commerce.carts.models import Cart
from commerce.links.models import Link
from commerce.promotions.models import Coupon
from commerce.timeline import record
from commerce.timeline.actors import SYSTEM, VISITOR
from commerce.timeline.models import Entry, Task
from commerce.timeline.tasks import claim, run_due
from notifications import delivery
from notifications.messages import tell
from notifications.models import Attempt, Message, Verdict
from orders.happenings import OrderPlaced
from orders.till_facts import TillFact, TillLine
from orders.tills import record_sales
from tests.factories import MONDAY, coupon, location, person, sales_channel, stock, variant, warehouse
from tests.notifications.shop import agree, left_cart, order, sell_out

pytestmark = pytest.mark.django_db

MINUTES = timedelta(minutes=1)


def lucia(**fields: object):
    made = person(email="lucia@example.com", **fields)
    agree(made)
    return made


def web(**fields: object) -> dict:
    return {"by": VISITOR, "channel": "web", "at": MONDAY} | fields


def filled_cart(owner=None, *, code: Coupon | None = None) -> Cart:
    """A cart opened and filled through the use cases, so that its timeline plans what follows."""
    channel = sales_channel("web", locations=(warehouse(),))
    thing = variant(price=1299)
    stock(thing, warehouse(), on_hand=5)
    return edits.open_cart(sales_channel=channel, person=owner, coupon=code, lines=[(thing, 2)], by=VISITOR, at=MONDAY)


def reasons() -> list[str]:
    return [reason["why"] for verdict in Verdict.objects.order_by("pk") for reason in verdict.reasons]


def test_sixty_minutes_after_the_last_edit_exactly_one_reminder_leaves():
    cart = filled_cart(lucia())
    line = cart.lines.get()
    edits.set_quantity(cart, variant=line.variant, quantity=3, **web(at=MONDAY + 30 * MINUTES))

    run_due(at=MONDAY + 89 * MINUTES)
    assert not Message.objects.exists()

    for minutes in (90, 91, 240, 3000):
        run_due(at=MONDAY + minutes * MINUTES)
    attempt = Attempt.objects.select_related("message").get()
    assert (attempt.message.purpose, attempt.message.subject, attempt.contact_channel) == (
        "cart_reminder",
        cart.public_id,
        "email",
    )
    assert "3 × Producto" in attempt.text
    assert [e.type for e in Entry.objects.filter(journey=cart.journey).order_by("number")][-1] == "message.sent"


def test_the_link_in_it_restores_the_cart_with_its_code_and_its_secret_stands_nowhere_else():
    cart = filled_cart(lucia(), code=coupon("ALBOR10"))
    run_due(at=MONDAY + 60 * MINUTES)

    text = Attempt.objects.get().text
    (secret,) = set(re.findall(r"/cart/restore/([\w-]+)/", text))
    restored = restoring.restore(secret, person=cart.person, by=VISITOR, channel="web", at=MONDAY + timedelta(days=1))

    assert restored == cart
    assert restored.coupon.code == "ALBOR10"
    assert "ALBOR10" in text
    assert "23,38" in text
    assert not Link.objects.filter(digest=secret).exists()
    assert not Entry.objects.filter(data__icontains=secret).exists()


def test_an_anonymous_cart_is_remembered_once_somebody_is_known_to_be_behind_it():
    cart = filled_cart()
    run_due(at=MONDAY + 60 * MINUTES)
    assert not Message.objects.exists()

    owners.claim(cart, person=lucia(), **web(at=MONDAY + 70 * MINUTES))
    run_due(at=MONDAY + 130 * MINUTES)

    assert Attempt.objects.get().message.subject == cart.public_id


def test_a_purchase_calls_the_planned_reminder_off_in_its_own_transaction():
    cart = filled_cart(lucia())

    record.record(
        cart.journey_id,
        OrderPlaced("1", "A-1", cart.public_id, "web", 2598, "EUR"),
        by=SYSTEM,
        channel="web",
        at=MONDAY + 5 * MINUTES,
    )

    assert Task.objects.get(handler="notifications.triggers.remind_of_cart").status == "canceled"


def remind(cart: Cart, *, minutes: int = 60) -> Message:
    """Let the reminder of a cart come due."""
    entry = Entry.objects.filter(journey=cart.journey, type="cart.edited").last()
    if entry is None:
        record.record(
            cart.journey_id,
            edits.CartEdited(cart.public_id, 1, cart.lines.first().variant_id, "sku", 2),
            by=VISITOR,
            channel="web",
            at=cart.edited_at,
        )
    run_due(at=cart.edited_at + minutes * MINUTES)
    return Message.objects.get(subject=cart.public_id)


def test_bought_at_a_till_of_a_store_meanwhile_no_reminder_leaves_and_the_verdict_says_why():
    her = lucia()
    cart = left_cart(her)
    bought = cart.lines.get().variant
    receipt = TillFact(
        key="till-1:7",
        kind="sale",
        occurred_at=MONDAY + 20 * MINUTES,
        location=location().pk,
        person=her.pk,
        lines=(TillLine(1, bought.pk, bought.sku, "Taza", 1, 1299, 0, 1299),),
    )
    record_sales([receipt], sales_channel=sales_channel("store"), by=SYSTEM, at=MONDAY + 21 * MINUTES)

    message = remind(cart)

    assert (message.status, Attempt.objects.count()) == ("dropped", 0)
    (verdict,) = Verdict.objects.filter(message=message)
    assert verdict.decision == "drop"
    assert [(r["why"], r["channel"]) for r in verdict.reasons] == [("bought_meanwhile", "store")]
    assert Entry.objects.get(journey=cart.journey, type="message.dropped").data["reasons"] == ["bought_meanwhile"]


def bought_by_phone(cart):
    order(cart.person, channel="call_center", at=MONDAY + 10 * MINUTES)


def bought_under_another_name_found_to_be_hers(cart):
    order(person("Lu", root=cart.person), at=MONDAY + 10 * MINUTES)


def bought_as_a_guest_with_her_address(cart):
    guest = person("Guest")
    guest.contact_points.create(kind="email", value="lucia@example.com", created_at=MONDAY)
    order(guest, at=MONDAY + 10 * MINUTES)


def bought_as_a_copy_on_another_device(cart):
    order(person("Nobody"), at=MONDAY + 10 * MINUTES, journey=cart.journey)


def ordered(cart):
    cart.status = "ordered"
    cart.save()
    order(cart.person, at=MONDAY + 10 * MINUTES, cart=cart)


@pytest.mark.parametrize(
    "purchase",
    [
        bought_by_phone,
        bought_under_another_name_found_to_be_hers,
        bought_as_a_guest_with_her_address,
        bought_as_a_copy_on_another_device,
        ordered,
    ],
)
def test_bought_meanwhile_in_any_way_no_reminder_leaves(purchase):
    cart = left_cart(lucia())
    purchase(cart)

    message = remind(cart)

    assert (message.status, reasons(), Attempt.objects.count()) == ("dropped", ["bought_meanwhile"], 0)


def test_what_she_bought_before_she_filled_the_cart_does_not_count():
    cart = left_cart(lucia())
    order(cart.person, at=MONDAY - 10 * MINUTES)

    assert remind(cart).status == "sent"


def emptied(cart):
    cart.lines.update(quantity=0)


def withdrew(cart):
    agree(cart.person, granted=False, at=MONDAY + MINUTES)


def erased(cart):
    cart.person.erased_at = MONDAY
    cart.person.save()


def merged(cart):
    cart.merged_into = left_cart(None)
    cart.status = "merged"
    cart.save()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (emptied, "cart_empty"),
        (sell_out, "nothing_available"),
        (withdrew, "opted_out"),
        (erased, "erased"),
        (merged, "subject_moved_on"),
    ],
)
def test_what_else_makes_it_pointless(change, reason):
    cart = left_cart(lucia())
    change(cart)

    message = remind(cart)

    assert (message.status, reasons()) == ("dropped", [reason])


def test_without_her_consent_nothing_leaves():
    cart = left_cart(person(email="ana@example.com"))

    assert (remind(cart).status, reasons()) == ("dropped", ["no_consent"])


def test_consent_goes_with_the_address_and_not_with_who_gave_it():
    """Ana and Lucía turn out to be one; the same address said yes first and no later: no."""
    cart = left_cart(lucia())
    other = person("Lu", root=cart.person)
    other.contact_points.create(kind="email", value="lucia@example.com", created_at=MONDAY)
    agree(other, granted=False, at=MONDAY)

    assert (remind(cart).status, reasons()) == ("dropped", ["opted_out"])


def test_while_she_is_checking_out_it_waits_and_then_finds_the_purchase():
    cart = left_cart(lucia())
    Cart.objects.filter(pk=cart.pk).update(status="checking_out")
    message = remind(cart)
    assert (message.status, message.due_at) == ("waiting", MONDAY + 90 * MINUTES)

    ordered(cart)
    run_due(at=MONDAY + 90 * MINUTES)

    message.refresh_from_db()
    assert (message.status, reasons()) == ("dropped", ["checking_out", "bought_meanwhile"])


def test_a_reminder_waits_for_the_hours_she_prefers_and_keeps_the_wait_as_a_verdict():
    cart = left_cart(lucia(preferred_hours=["18:00", "20:00"]))
    message = remind(cart)

    assert (message.status, message.due_at) == ("waiting", MONDAY.replace(hour=17))
    run_due(at=MONDAY.replace(hour=17))

    message.refresh_from_db()
    assert (message.status, [v.decision for v in message.verdicts.order_by("pk")]) == ("sent", ["wait", "send"])


def statements_to_claim(cart: Cart) -> int:
    """How many statements the transaction takes that judges a reminder and words it."""
    tell(cart.person, purpose="cart_reminder", subject=cart.public_id, journey=cart.journey, at=MONDAY)
    (task,) = claim(at=MONDAY)
    with CaptureQueriesContext(connection) as spent:
        delivery.claim(task, at=MONDAY)
    return len(spent)


def test_a_verdict_takes_as_many_statements_for_three_lines_as_for_one():
    one = left_cart(lucia())
    three = left_cart(person("Ana", email="ana@example.com"))
    agree(three.person)
    for _ in range(2):
        thing = variant()
        stock(thing, warehouse(), on_hand=3)
        three.lines.create(variant=thing, quantity=1, edited_at=MONDAY, edited_by="visitor")

    assert [statements_to_claim(cart) for cart in (one, three)] == [29, 29]
