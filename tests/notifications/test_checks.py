"""Ways out of the house that lead nowhere are found at start."""

from notifications.checks import messages_leave, templates_can_be_filled, templates_exist, transports_exist
from notifications.writing import content_of


def test_a_transport_that_does_not_exist_or_cannot_say_it_is_an_error(settings):
    settings.TRANSPORTS = {"email": "pigeon", "sms": "smtp"}

    assert [problem.id for problem in transports_exist(None)] == ["mostrador.E010", "mostrador.E011"]


def test_the_default_is_in_order_and_in_production_it_is_said_what_stays_here(settings):
    assert transports_exist(None) == []

    settings.TRANSPORTS = {"email": "smtp"}
    (told,) = messages_leave(None)
    assert told.msg.startswith("messages over sms, ")


def test_a_whatsapp_template_for_nothing_we_say_is_an_error(settings):
    good = {"sid": "HX" + "a" * 32, "variables": []}
    settings.TWILIO_WHATSAPP_TEMPLATES = {"arriving.es": good, "weather.es": good, "arriving.en": {"sid": "no"}}

    assert [problem.id for problem in templates_exist(None)] == ["mostrador.E012"] * 2


def test_a_whatsapp_template_that_asks_for_a_fact_we_do_not_have_is_found_at_start(settings):
    sid = "HX" + "0" * 32
    good = {"arriving.es": {"sid": sid, "variables": ["number"]}}
    settings.TWILIO_WHATSAPP_TEMPLATES = good
    fine = templates_can_be_filled(None)

    settings.TWILIO_WHATSAPP_TEMPLATES = {"arriving.es": {"sid": sid, "variables": ["number", "shoe_size"]}}

    assert fine == []
    assert [(problem.id, "shoe_size" in problem.msg) for problem in templates_can_be_filled(None)] == [
        ("mostrador.E013", True)
    ]


def test_a_fact_that_lacks_all_the_same_is_named_and_raises_nothing(settings):
    settings.TWILIO_WHATSAPP_TEMPLATES = {"arriving.es": {"sid": "HX1", "variables": ["number", "shoe_size"]}}

    assert content_of("arriving", {"number": "7"}, language="es") == {"missing": ["shoe_size"]}
