"""The verdict, as a table: what is known just before a message leaves → send, wait until or drop, and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notifications.purposes import PURPOSES, Kind
from notifications.reasons import SENTENCES
from notifications.verdict import Action, Address, Cart, CartLine, Contact, Facts, Why, decide

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Three in the morning in Madrid."""

EMAIL = Address(1, "email", consent=True)
SMS = Address(2, "sms", consent=True)
CART = Cart(status="open", lines=(CartLine(7, is_available=True),))


def reminder(**known: object) -> Facts:
    """A reminder that nothing speaks against."""
    facts = Facts(
        purpose=PURPOSES["cart_reminder"],
        at=MONDAY,
        expires_at=MONDAY + timedelta(days=2),
        country="ES",
        zones=("Europe/Madrid",),
        addresses=(EMAIL,),
        subject_state="open",
        cart=CART,
    )
    return replace(facts, **known)


def notice(purpose: str = "shipped", **known: object) -> Facts:
    """A notice about a parcel."""
    facts = Facts(
        purpose=PURPOSES[purpose],
        at=MONDAY,
        expires_at=MONDAY + timedelta(days=1),
        country="ES",
        zones=("Europe/Madrid",),
        addresses=(replace(EMAIL, consent=None), replace(SMS, consent=None)),
        subject_state=min(PURPOSES[purpose].states, default=""),
    )
    return replace(facts, **known)


def survey(**known: object) -> Facts:
    """The question after a purchase."""
    facts = notice("survey", subject_state="completed", addresses=(replace(EMAIL, consent=None),))
    return replace(facts, **known)


def why(facts: Facts) -> list[Why]:
    return [reason.why for reason in decide(facts).reasons]


def test_a_reminder_she_agreed_to_leaves_by_email():
    decision = decide(reminder())

    assert (decision.action, decision.address) == (Action.SEND, EMAIL)
    assert [reason.as_dict() for reason in decision.reasons] == [
        {"why": "consented", "local_time": "2026-11-23T11:00+01:00", "law": "ES-written"}
    ]


GONE = replace(CART, lines=())
NOT_THERE = replace(CART, lines=(CartLine(7, is_available=False),))


@pytest.mark.parametrize(
    ("known", "reasons"),
    [
        ({"is_erased": True}, [Why.ERASED]),
        ({"cart": replace(CART, bought=(("order-1", "store"),))}, [Why.BOUGHT_MEANWHILE]),
        ({"cart": replace(CART, status="ordered", bought=(("order-1", "web"),))}, [Why.BOUGHT_MEANWHILE]),
        ({"cart": replace(CART, status="merged")}, [Why.SUBJECT_MOVED_ON]),
        ({"cart": GONE}, [Why.CART_EMPTY]),
        ({"cart": NOT_THERE}, [Why.NOTHING_AVAILABLE]),
        ({"cart": replace(CART, lines=(CartLine(7, is_available=True, bought="order-1"),))}, [Why.BOUGHT_MEANWHILE]),
        ({"cart": None, "subject_state": ""}, [Why.SUBJECT_GONE]),
        ({"expires_at": MONDAY}, [Why.TOO_LATE]),
        ({"addresses": ()}, [Why.NO_ADDRESS]),
        ({"addresses": (Address(3, "instagram", consent=True),)}, [Why.NO_ADDRESS]),
        ({"addresses": (replace(EMAIL, consent=None),)}, [Why.NO_CONSENT]),
        ({"addresses": (replace(EMAIL, consent=False),)}, [Why.OPTED_OUT]),
        ({"addresses": (replace(EMAIL, consent=False), replace(SMS, consent=None))}, [Why.OPTED_OUT, Why.NO_CONSENT]),
        ({"addresses": (replace(EMAIL, has_failed=True),)}, [Why.ADDRESSES_FAILED]),
        ({"is_erased": True, "cart": GONE, "expires_at": MONDAY}, [Why.ERASED, Why.CART_EMPTY, Why.TOO_LATE]),
    ],
)
def test_a_reminder_that_has_become_pointless_or_was_never_allowed_is_dropped(known, reasons):
    facts = reminder(**known)

    assert (decide(facts).action, why(facts)) == (Action.DROP, reasons)


def test_what_she_bought_in_part_is_still_worth_a_reminder():
    lines = (CartLine(7, is_available=True, bought="order-1"), CartLine(8, is_available=True))

    assert decide(reminder(cart=replace(CART, lines=lines))).action == Action.SEND


def test_a_purchase_is_named_with_the_channel_it_was_made_in():
    decision = decide(reminder(cart=replace(CART, bought=(("order-1", "store"),))))

    assert [reason.as_dict() for reason in decision.reasons] == [
        {"why": "bought_meanwhile", "order": "order-1", "channel": "store"}
    ]


def test_while_she_is_checking_out_or_talking_with_us_a_reminder_waits():
    checking_out = decide(reminder(cart=replace(CART, status="checking_out")))
    talking = decide(reminder(last_talk_at=MONDAY - timedelta(minutes=10)))

    assert (checking_out.action, checking_out.until) == (Action.WAIT, MONDAY + timedelta(minutes=30))
    assert (talking.action, talking.until) == (Action.WAIT, MONDAY + timedelta(minutes=20))
    assert decide(reminder(last_talk_at=MONDAY - timedelta(minutes=30))).action == Action.SEND


def test_a_pause_that_outlasts_its_use_ends_it():
    facts = reminder(last_talk_at=MONDAY, expires_at=MONDAY + timedelta(minutes=10))

    assert (decide(facts).action, why(facts)) == (Action.DROP, [Why.NO_TIME_LEFT, Why.TALKING])


def test_her_preferred_way_goes_before_ours():
    both = reminder(addresses=(EMAIL, SMS))

    assert decide(both).address == EMAIL
    assert decide(replace(both, preferred_contact_channel="sms")).address == SMS
    assert why(replace(both, preferred_contact_channel="sms")) == [Why.CONSENTED, Why.PREFERRED]
    assert decide(replace(both, preferred_contact_channel="letter")).address == EMAIL


def test_a_way_she_prefers_but_has_not_agreed_to_is_not_used():
    facts = reminder(addresses=(EMAIL, replace(SMS, consent=None)), preferred_contact_channel="sms")

    assert decide(facts).address == EMAIL


def test_when_an_address_has_failed_the_next_way_is_taken_and_said_so():
    facts = reminder(addresses=(replace(EMAIL, has_failed=True), SMS))

    assert (decide(facts).address, why(facts)) == (SMS, [Why.CONSENTED, Why.FALLBACK])


@pytest.mark.parametrize(
    ("country", "zone", "channel", "at", "leaves_at"),
    [
        # Email rings nowhere, and Spain's law names no hours for it.
        ("ES", "Europe/Madrid", "email", "2026-11-23T02:00", "2026-11-23T02:00"),
        # A phone in a pocket: our own manners.
        ("ES", "Europe/Madrid", "sms", "2026-11-23T02:00", "2026-11-23T08:00"),
        ("ES", "Atlantic/Canary", "sms", "2026-11-23T02:00", "2026-11-23T09:00"),
        # The night clocks go back: nine o'clock is an hour later in UTC than the day before.
        ("ES", "Europe/Madrid", "sms", "2026-10-24T23:30", "2026-10-25T08:00"),
        ("ES", "Europe/Madrid", "sms", "2026-10-23T23:30", "2026-10-24T07:00"),
        # Colombia: Saturday to three, never on Sundays and holidays (16 November), for email too.
        ("CO", "America/Bogota", "email", "2026-11-14T19:59", "2026-11-14T19:59"),
        ("CO", "America/Bogota", "email", "2026-11-14T20:00", "2026-11-17T12:00"),
        # France: no Sundays; nine to nine is ours, eight to ten theirs.
        ("FR", "Europe/Paris", "sms", "2026-11-21T21:30", "2026-11-23T08:00"),
        ("FR", "Europe/Paris", "email", "2026-11-22T03:00", "2026-11-22T03:00"),
        # The States, state unknown: what Rhode Island and Texas allow together.
        ("US", "America/New_York", "sms", "2026-11-23T22:59", "2026-11-23T22:59"),
        ("US", "America/New_York", "sms", "2026-11-23T23:00", "2026-11-24T14:00"),
        ("US", "America/New_York", "sms", "2026-11-22T12:00", "2026-11-22T17:00"),
        ("US", "America/New_York", "email", "2026-11-22T08:00", "2026-11-22T08:00"),
        # A country we know nothing of: every law of the table at once.
        ("BR", "America/Sao_Paulo", "sms", "2026-11-21T18:00", "2026-11-23T12:00"),
        ("BR", "America/Sao_Paulo", "email", "2026-11-21T18:00", "2026-11-23T10:00"),
    ],
)
def test_it_leaves_at_the_first_minute_that_law_and_manners_allow(country, zone, channel, at, leaves_at):
    at, leaves_at = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (at, leaves_at))
    facts = reminder(
        at=at,
        expires_at=at + timedelta(days=10),
        country=country,
        zones=(zone,),
        addresses=(Address(1, channel, consent=True),),
    )

    decision = decide(facts)

    assert (decision.until or at) == leaves_at
    assert decide(replace(facts, at=leaves_at)).action == Action.SEND


def test_where_her_zone_is_not_sure_every_zone_must_allow_it():
    facts = reminder(
        at=datetime(2026, 11, 23, 14, 0, tzinfo=UTC),
        country="US",
        zones=("America/New_York", "America/Los_Angeles"),
        addresses=(SMS,),
    )

    decision = decide(facts)

    assert decision.until == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert {reason.as_dict()["why"] for reason in decision.reasons} == {"law_hours", "house_hours"}


def test_the_law_that_closed_the_door_is_named():
    facts = reminder(at=NIGHT, country="FR", zones=("Europe/Paris",), addresses=(SMS,))

    assert [reason.as_dict() for reason in decide(facts).reasons] == [
        {"why": "law_hours", "law": "FR-texts"},
        {"why": "house_hours"},
    ]


def test_what_is_not_urgent_waits_for_the_hours_she_prefers():
    facts = reminder(preferred_hours="18:00-20:00")

    decision = decide(facts)

    assert (decision.action, decision.until) == (Action.WAIT, datetime(2026, 11, 23, 17, 0, tzinfo=UTC))
    assert why(facts) == [Why.HER_HOURS]


def test_what_she_is_waiting_for_does_not():
    assert decide(notice("pickup_ready", at=NIGHT, preferred_hours="18:00-20:00")).action == Action.SEND


def test_preferred_hours_that_come_too_late_or_that_the_law_forbids_give_way():
    too_late = reminder(preferred_hours="18:00-20:00", expires_at=MONDAY + timedelta(hours=2))
    forbidden = reminder(
        country="CO", zones=("America/Bogota",), at=MONDAY + timedelta(hours=5), preferred_hours="22:00-23:00"
    )

    assert (decide(too_late).action, why(too_late)) == (Action.SEND, [Why.CONSENTED, Why.HER_HOURS_IMPOSSIBLE])
    assert (decide(forbidden).action, why(forbidden)) == (Action.SEND, [Why.CONSENTED, Why.HER_HOURS_IMPOSSIBLE])


def test_where_the_first_way_has_no_hour_left_the_next_is_taken():
    facts = reminder(
        at=NIGHT, expires_at=NIGHT + timedelta(hours=2), addresses=(SMS, EMAIL), preferred_contact_channel="sms"
    )

    assert decide(facts).address == EMAIL


def test_where_no_way_has_an_hour_left_it_is_dropped():
    facts = reminder(at=NIGHT, expires_at=NIGHT + timedelta(hours=2), addresses=(SMS,))

    assert (decide(facts).action, why(facts)) == (Action.DROP, [Why.NO_TIME_LEFT, Why.HOUSE_HOURS])


def test_colombia_allows_one_contact_a_day_and_one_way_a_week():
    noon = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    bogota = reminder(at=noon, expires_at=noon + timedelta(days=10), country="CO", zones=("America/Bogota",))
    by_email_today = replace(bogota, contacts=(Contact(noon - timedelta(hours=3), "email"),))
    by_email_yesterday = replace(bogota, contacts=(Contact(noon - timedelta(days=1), "email"),))
    by_sms_yesterday = replace(bogota, contacts=(Contact(noon - timedelta(days=1), "sms"),))

    assert decide(by_email_today).until == datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    assert why(by_email_today) == [Why.LAW_CAP]
    assert decide(by_email_yesterday).action == Action.SEND
    assert decide(by_sms_yesterday).until == datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def test_notices_she_waits_for_need_no_consent_and_no_hours():
    decision = decide(notice("shipped", at=NIGHT))

    assert (decision.action, decision.address, why(notice("shipped"))) == (
        Action.SEND,
        replace(SMS, consent=None),
        [Why.ASKED_FOR],
    )


@pytest.mark.parametrize(
    ("purpose", "state"),
    [
        ("pickup_ready", "collected"),
        ("pickup_ready", "expired"),
        ("shipped", "delivered"),
        ("out_for_delivery", "delivered"),
        ("order_confirmation", "canceled"),
        ("survey", "canceled"),
    ],
)
def test_a_notice_that_is_no_longer_so_is_dropped(purpose, state):
    facts = notice(purpose, subject_state=state)

    assert (decide(facts).action, why(facts)) == (Action.DROP, [Why.SUBJECT_MOVED_ON])


def test_a_survey_needs_a_yes_where_the_law_takes_it_for_advertising():
    assert (decide(survey()).action, why(survey())) == (Action.SEND, [Why.NOT_OPPOSED])
    assert why(survey(country="DE", zones=("Europe/Berlin",))) == [Why.NO_CONSENT]
    assert why(survey(country="BR", zones=("America/Sao_Paulo",))) == [Why.NO_CONSENT]
    assert why(survey(addresses=(replace(EMAIL, consent=False),))) == [Why.OPTED_OUT]
    assert why(survey(is_answered=True)) == [Why.ANSWERED]


def test_every_reason_has_a_sentence_and_every_purpose_a_way_and_a_time():
    assert set(SENTENCES) == set(Why)
    for name, purpose in PURPOSES.items():
        assert purpose.contact_channels, name
        assert purpose.fresh_for > timedelta(), name
        assert purpose.kind in Kind, name
