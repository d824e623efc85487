"""Every letter in every language and form: the same facts, no hole, no mark-up where none belongs, SMS that fit."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from commerce.customers.logins import code_of, request_code
from commerce.promotions.models import Promotion
from commerce.timeline.tasks import run_due
from notifications import letters, writing
from notifications.conversations.replying import benefit_of
from notifications.messages import tell
from notifications.models import Message, Survey
from notifications.purposes import PURPOSES
from notifications.sms import TooLong, fit, plain, segments_of
from notifications.wording import opening_hours
from orders.models import Order, Payment
from orders.stripe.models import Checkout
from tests.factories import MONDAY, coupon, person
from tests.notifications.shop import left_cart, order, parcel, pickup

pytestmark = pytest.mark.django_db

TEMPLATES = Path(writing.__file__).parent / "templates" / "messages"


def message(purpose: str, subject: str, whose, **facts: object) -> Message:
    return tell(whose, purpose=purpose, subject=subject, facts=facts, at=MONDAY)


def every_message(language: str) -> list[Message]:
    """One message of each purpose that is written by us, about real things."""
    her = person("Lucía & Co.", email=f"lucia@{language}.example.com", language=language)
    bought = order(her)
    collected, sent = pickup(bought), parcel(order(her))
    cart = left_cart(her)
    cart.coupon = coupon(f"ALBOR{language}")
    cart.save()
    login_code = request_code(f"lucia@{language}.example.com", language=language, channel="web", at=MONDAY)
    Survey.objects.create(person=her, journey=bought.journey, order=bought, asked_at=MONDAY)
    return [
        message("login_code", login_code.public_id, her),
        message("cart_reminder", cart.public_id, her),
        message("order_confirmation", bought.public_id, her),
        message("order_confirmation", sent.order.public_id, her),
        message("pickup_ready", collected.public_id, her),
        *[message(p, sent.public_id, her) for p in TOLD_OF_PARCELS],
        message("survey", bought.public_id, her),
        *[message(p, linked(bought).public_id, her) for p in ("payment_link", "payment_link_ended")],
        message("payment_due", bought.public_id, her, amount=2500, due_at=MONDAY.isoformat()),
        message("order_unpaid", bought.public_id, her),
        message("order_canceled", bought.public_id, her),
        message("refunded", bought.public_id, her, amount=1250),
        message("pickup_expired", collected.public_id, her),
        *[
            tell(her, purpose="order_changed", subject=bought.public_id, phase=f["what"], facts=f, at=MONDAY)
            for f in CHANGES
        ],
    ]


def linked(bought: Order) -> Payment:
    """A link to pay with that was sent."""
    made = Payment.objects.filter(order=bought, tender="stripe").first()
    made = made or Payment.objects.create(order=bought, tender="stripe", amount=2500, currency="EUR")
    Checkout.objects.get_or_create(
        payment=made, kind="link", defaults={"created_at": MONDAY, "expires_at": MONDAY + timedelta(hours=24)}
    )
    return made


CHANGES: tuple[dict[str, object], ...] = (
    {"what": "changed", "units": {"TAZA": [2, 3]}, "before": 2598, "total": 3897},
    {"what": "changed", "units": {"TAZA": [2, 1]}, "before": 2598, "total": 1299},
    {"what": "address_changed"},
    *({"what": "held", "kind": kind, "due_at": MONDAY.isoformat()} for kind in ("fraud", "stock", "payment")),
    {"what": "released", "kind": "fraud"},
)
TOLD_OF_PARCELS = ("returned_to_sender", "shipped", "out_for_delivery", "delivered", "delivery_failed", "unserved")


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_letter_is_whole_in_each_of_its_forms(language):
    for letter in every_message(language):
        facts = letters.facts_for(letter, language=language, at=MONDAY)
        for contact_channel in PURPOSES[letter.purpose].contact_channels:
            said = writing.word(letter.purpose, facts, contact_channel=contact_channel, language=language)
            where = f"{letter.purpose} {language} {contact_channel}"
            assert said.text.strip(), where
            assert not re.search(r"\{[{%]|&amp;|&#|None|  |<", said.text), f"{where}: {said.text}"
            if contact_channel == "email":
                assert said.title, where
                assert "\n" not in said.title, where
                assert "</html>" in said.html, where
                assert not re.search(r"\{[{%]|None|<script|<style|& ", said.html), where
            if contact_channel == "sms":
                assert segments_of(said.text) <= 2, f"{where}: {said.text}"


@pytest.mark.parametrize("language", ["es", "en"])
def test_each_form_of_a_letter_says_the_same_facts(language):
    essential = {
        "login_code": ["code"],
        "cart_reminder": ["total", "restore_url", "unsubscribe_url"],
        "order_confirmation": ["number", "total"],
        "pickup_ready": ["number", "pickup_code", "place", "address", "until", "hours"],
        "shipped": ["number", "carrier", "tracking_number"],
        "out_for_delivery": ["number", "expected_hour"],
        "delivered": ["number"],
        "delivery_failed": ["number"],
        "unserved": ["number"],
        "payment_link": ["total", "pay_url", "until"],
        "payment_link_ended": ["total"],
        "payment_due": ["number", "amount", "until"],
        "order_unpaid": ["number"],
        "order_canceled": ["number"],
        "refunded": ["number", "back"],
        "order_changed": ["number"],
        "pickup_expired": ["number", "place"],
        "returned_to_sender": ["number"],
        "survey": ["number", "survey_url"],
    }
    for letter in every_message(language):
        facts = letters.facts_for(letter, language=language, at=MONDAY)
        for contact_channel in PURPOSES[letter.purpose].contact_channels:
            said = writing.word(letter.purpose, facts, contact_channel=contact_channel, language=language)
            for name in essential[letter.purpose]:
                assert plain(str(facts[name])) in plain(said.text), f"{letter.purpose} lacks {name}: {said.text}"
            if said.html:
                assert str(facts[essential[letter.purpose][0]]) in said.html


def test_the_login_code_that_is_told_is_the_one_that_opens():
    login_code = request_code("nueva@example.com", language="en", channel="web", at=MONDAY)

    run_due(at=MONDAY)

    attempt = Message.objects.get(purpose="login_code").attempts.get()
    assert code_of(login_code) in attempt.text
    assert attempt.title == f"{code_of(login_code)} is your code to sign in"
    assert (attempt.contact_point.value, attempt.contact_point.verified_at) == ("nueva@example.com", None)


def test_a_login_code_that_was_used_or_has_run_out_is_not_sent_any_more():
    used = request_code("una@example.com", language="es", channel="web", at=MONDAY)
    used.used_at = MONDAY
    used.save()
    request_code("otra@example.com", language="es", channel="web", at=MONDAY)

    run_due(at=MONDAY + timedelta(minutes=10))

    assert sorted(reason["why"] for m in Message.objects.all() for v in m.verdicts.all() for reason in v.reasons) == [
        "subject_moved_on",
        "too_late",
        "too_late",
    ]


def test_a_pickup_is_told_with_its_code_its_place_its_hours_and_its_last_day():
    letter = next(m for m in every_message("es") if m.purpose == "pickup_ready")

    said = writing.write(letter, contact_channel="email", at=MONDAY)

    assert said.text.splitlines()[2:9] == [
        f"Tu pedido {letters.facts_for(letter, language='es', at=MONDAY)['number']} está listo en Casa Albor Centro.",
        "",
        "Tu código de recogida: K7M2",
        "",
        "Dónde: Calle Mayor 12, 28013 Madrid",
        "Horario: lun–sáb 10:00–21:00",
        "Te lo guardamos hasta el lunes 30 nov.",
    ]


def test_hours_are_told_in_her_language_and_on_the_clock_of_the_place():
    facts = {
        language: letters.facts_for(
            next(m for m in every_message(language) if m.purpose == "out_for_delivery"), language=language, at=MONDAY
        )
        for language in ("es", "en")
    }

    assert (facts["es"]["expected_day"], facts["es"]["expected_hour"]) == ("lunes 23 nov", "15:00")
    assert (facts["en"]["expected_day"], facts["en"]["expected_hour"]) == ("Monday 23 Nov", "15:00")


def test_a_person_of_another_language_is_written_to_in_the_houses():
    assert [writing.language_of(wanted) for wanted in ("es-MX", "EN", "fr", "")] == ["es", "en", "es", "es"]


def test_every_purpose_has_all_its_templates():
    for purpose in PURPOSES:
        expected = {f"{language}.{ending}" for language in ("es", "en") for ending in ("txt", "subject", "html", "sms")}
        assert {path.name for path in (TEMPLATES / purpose).iterdir()} == expected, purpose


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("ñ" * 160, 1),
        ("🙂" * 35, 1),
        ("🙂" * 36, 2),
        ("", 1),
    ],
)
def test_a_text_message_is_counted_as_networks_count(text, segments):
    assert segments_of(text) == segments


def test_accents_go_only_where_the_text_would_not_fit_with_them():
    assert fit("Está aquí…", segments=1) == "Está aquí…"
    assert fit("Está aquí… " * 10, segments=1) == "Esta aqui... " * 10
    with pytest.raises(TooLong):
        fit("a" * 161, segments=1)


def test_hours_of_a_store_in_few_words():
    hours = {"mon": [["10:00", "14:00"], ["17:00", "20:30"]], "tue": [["10:00", "14:00"], ["17:00", "20:30"]]}

    assert opening_hours(hours, language="es") == "lun–mar 10:00–14:00, 17:00–20:30"
    assert opening_hours(hours | {"sun": [["11:00", "15:00"]]}, language="en") == (
        "Mon–Tue 10:00–14:00, 17:00–20:30; Sun 11:00–15:00"
    )
    assert opening_hours({}, language="es") == ""


def test_benefits_of_a_code_in_few_words():
    ten = Promotion(kind="percentage", value=1000)
    assert benefit_of(ten, language="es") == "−10 %"
