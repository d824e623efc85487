"""The story that must be impossible (UN-1 to UN-3), over HTTP: the wrong mug came, and nobody is sent away.

The form ends in a case with a key, not in an address to write to; what she answers by mail, and by another mail after
that, joins the same case; and who calls her afterwards has her address, and asks for nothing.
"""

import re
from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.timeline.tasks import run_due
from notifications.mail import reply_addresses
from notifications.models import Attempt, Message, Turn
from orders.cases.models import Case
from orders.models import Order
from tests import factories
from tests.audits import violations
from tests.inventory.test_pages import words
from tests.notifications.test_after_the_sale import news
from tests.notifications.test_after_the_sale import post as carrier_tells
from tests.notifications.test_chat import photo_file
from tests.notifications.test_mail import mail
from tests.notifications.test_mail import post as mail_comes
from tests.orders.calling import CARTS, EVA, HOME, check_out, log_in, post
from tests.orders.shop import fresh, open_shop

pytestmark = pytest.mark.django_db

RULES = ("commerce.timeline", "commerce.promises", "inventory", "orders", "orders.returns", "notifications")


@pytest.fixture(autouse=True)
def secrets(settings):
    settings.CARRIER_SECRET = "carrier-secret"


def pass_time(**by: int) -> None:
    """Business time goes on, and what is due is done."""
    clock.move(timedelta(**by))
    run_due(at=clock.now())


def test_what_came_is_not_what_was_bought_and_she_tells_it_once_gives_no_address_and_is_never_sent_elsewhere():
    shop, browser = open_shop(), Client()
    warehouse = log_in(factories.staff("warehouse", shop.warehouse))
    agent = log_in(factories.staff("agent"))
    order = she_buys(browser, warehouse)

    case = she_fills_in_the_form_and_gets_a_key(browser, order)
    she_answers_the_mail_and_it_joins_the_case(case)
    who_calls_her_has_it_all_and_asks_for_nothing(agent, case, order)
    the_right_one_arrives_and_the_other_is_collected(agent, warehouse, case, order)

    assert Case.objects.count() == 1
    assert [found for room in RULES for found in violations(f"{room}.audit.RULES")] == []


def she_buys(browser: Client, warehouse: Client) -> Order:
    """Two mugs for delivery, by a guest; they arrive."""
    cart = post(browser, CARTS, {"lines": [{"sku": "TAZA", "quantity": 2}]}).json()["id"]
    placed = check_out(browser, cart, 2500, address=HOME, **EVA)
    order = Order.objects.get(public_id=placed["id"])
    pass_time(hours=1)
    sent(warehouse, order, "VL1")
    return Order.objects.get(pk=order.pk)


def sent(warehouse: Client, order: Order, tracking: str) -> None:
    """The warehouse hands a parcel over, and the carrier says that it was delivered."""
    part = fresh(order)
    given = {"carrier": "veloz", "tracking_number": tracking}
    answered = post(
        warehouse, f"/api/v1/fulfillments/{part.public_id}/hand-over/", given, **{"Idempotency-Key": tracking}
    )
    assert answered.status_code == 200, answered.content
    pass_time(hours=3)
    part.refresh_from_db()
    carrier_tells(news(part, "delivered", id=f"{tracking}-1"))
    pass_time(minutes=1)


def she_fills_in_the_form_and_gets_a_key(browser: Client, order: Order) -> Case:
    """UN-1: the form opens a case; its answer is a key and every step, and no address to write to.

    It stands on the page that the link in her mail opens.
    """
    letter = Message.objects.get(purpose="delivered", subject=fresh(order).public_id).attempts.get()
    (link,) = re.findall(r"https?://[^/]+(/o/link/\S+/)", letter.text)
    assert f"/cases/new/{order.public_id}/" in browser.get(link, follow=True).content.decode()
    said = {"kind": "wrong_item", "request": "Pedí tazas blancas y son azules", "photos": [photo_file()]}

    answered = browser.post(f"/cases/new/{order.public_id}/", said, follow=True)

    case = Case.objects.get()
    page = words(answered)
    assert answered.status_code == 200
    assert case.key in page
    assert "Pedí tazas blancas y son azules" in page
    assert [title in page for title in case.steps.filter(is_told=True).values_list("title_es", flat=True)] == [True] * 4
    assert "mailto:" not in answered.content.decode()
    assert not re.search(r"[\w.+-]+@[\w-]+\.\w+", page)
    return case


def she_answers_the_mail_and_it_joins_the_case(case: Case) -> None:
    """UN-2: what she answers joins the case, a second time too, and so does what she sends to another of its mails."""
    pass_time(minutes=1)
    acknowledged = Message.objects.get(purpose="case_opened", subject=case.public_id)
    letter = acknowledged.attempts.get()
    assert letter.contact_point.value == EVA["email"]
    assert not re.search(r"[\w.+-]+@[\w-]+\.\w+", letter.text)

    for number, text in enumerate(("El código de la caja es 4711", "Y aquí va otra foto")):
        sender = {
            "sender": f"Eva <{EVA['email']}>",
            "to": reply_addresses.reply_to(acknowledged.public_id),
            "pictures": number,
        }
        assert mail_comes(Client(), mail(text, **sender)).status_code == 200
        pass_time(minutes=5)

    assert list(Turn.objects.order_by("pk").values_list("about", "text")) == [
        (case.public_id, "El código de la caja es 4711"),
        (case.public_id, "Y aquí va otra foto"),
    ]
    case.refresh_from_db()
    assert case.answer_due is not None


def who_calls_her_has_it_all_and_asks_for_nothing(agent: Client, case: Case, order: Order) -> None:
    """UN-3: request, answers, pictures and address stand on one page, and no field asks for an address."""
    opened = agent.get(f"/staff/cases/{case.public_id}/")
    page = words(opened)

    for known in ("son azules", "4711", "otra foto", HOME["recipient"], HOME["street"], HOME["postal_code"]):
        assert known in page, known
    assert len(set(re.findall(r"/photos/(\w+)/", opened.content.decode()))) == 2
    asked = set(re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]+)"', opened.content.decode()))
    assert not asked & {"street", "postal_code", "city", "recipient", "address", "email", "phone", "name"}

    line = order.lines.get().public_id
    agent.post(f"/staff/cases/{case.public_id}/step/", {"ordinal": 1, "status": "done"})
    agent.post(f"/staff/cases/{case.public_id}/swap/", {"line": line, "units": 2})
    replacement = case.returns.get().replacement
    assert (replacement.status, replacement.deliver_to_id, replacement.email_id) == (
        "placed",
        order.deliver_to_id,
        order.email_id,
    )


def the_right_one_arrives_and_the_other_is_collected(
    agent: Client, warehouse: Client, case: Case, order: Order
) -> None:
    """The end: she hears of every step by mail, and nobody has asked her anything again."""
    pass_time(minutes=10)
    sent(warehouse, case.returns.get().replacement, "VL2")
    agent.post(f"/staff/cases/{case.public_id}/close/", {"outcome": "replaced"})
    pass_time(minutes=1)

    case.refresh_from_db()
    heard = Attempt.objects.filter(message__subject=case.public_id).order_by("pk")
    assert case.status == "closed"
    assert list(heard.values_list("message__purpose", flat=True)) == [
        "case_opened",
        "case_step",
        "case_swap",
        "case_closed",
    ]
    assert {attempt.contact_point.value for attempt in heard} == {EVA["email"]}
