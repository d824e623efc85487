"""Ways out of the house that lead nowhere are found at start."""

from notifications.checks import messages_leave, transports_exist


def test_a_transport_that_does_not_exist_or_cannot_say_it_is_an_error(settings):
    settings.TRANSPORTS = {"email": "pigeon", "sms": "smtp"}

    assert [problem.id for problem in transports_exist(None)] == ["mostrador.E010", "mostrador.E011"]


def test_the_default_is_in_order_and_in_production_it_is_said_what_stays_here(settings):
    assert transports_exist(None) == []

    settings.TRANSPORTS = {"email": "smtp"}
    (told,) = messages_leave(None)
    assert told.msg.startswith("messages over sms, ")
