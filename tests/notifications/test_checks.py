"""Ways out of the house that lead nowhere are found at start."""

from notifications.checks import messages_leave, templates_exist, transports_exist


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
