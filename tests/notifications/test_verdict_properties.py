"""Whatever is known, a verdict keeps to the rules; found by random facts and checked by plain reading."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.hours import holidays_in
from notifications.law import ROWS
from notifications.purposes import CONSENT, LAW, LOUD, PURPOSES
from notifications.verdict import NEEDS_YES, Action, Address, Cart, CartLine, Contact, Facts, decide

ZONES = {
    "ES": ("Europe/Madrid", "Atlantic/Canary"),
    "CO": ("America/Bogota",),
    "US": ("America/New_York", "America/Los_Angeles"),
    "FR": ("Europe/Paris",),
    "DE": ("Europe/Berlin",),
    "BR": ("America/Sao_Paulo",),
    "": ("Asia/Tokyo",),
}
START = datetime(2026, 1, 1, tzinfo=UTC)

addresses = st.builds(
    Address,
    contact_point=st.integers(1, 3),
    contact_channel=st.sampled_from(["email", "sms", "whatsapp", "instagram"]),
    consent=st.sampled_from([True, False, None]),
    has_failed=st.booleans(),
)
lines = st.builds(CartLine, variant=st.integers(1, 3), is_available=st.booleans(), bought=st.sampled_from(["", "o-1"]))
carts = st.builds(
    Cart,
    status=st.sampled_from(["open", "checking_out", "ordered", "merged"]),
    lines=st.lists(lines, max_size=3).map(tuple),
    bought=st.sampled_from([(), (("o-1", "store"),)]),
)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    purpose = PURPOSES[draw(st.sampled_from(sorted(PURPOSES)))]
    country = draw(st.sampled_from(sorted(ZONES)))
    at = START + timedelta(minutes=draw(st.integers(0, 730 * 24 * 60)))
    return Facts(
        purpose=purpose,
        at=at,
        expires_at=at + timedelta(minutes=draw(st.integers(-60, 5 * 24 * 60))),
        country=country,
        zones=tuple(draw(st.lists(st.sampled_from(ZONES[country]), min_size=1, max_size=2, unique=True))),
        addresses=tuple(draw(st.lists(addresses, max_size=3))),
        is_erased=draw(st.integers(0, 9)) == 0,
        subject_state=draw(st.sampled_from(["", "canceled", *sorted(purpose.states)])),
        cart=draw(carts) if purpose.about == "cart" else None,
        is_answered=draw(st.integers(0, 9)) == 0,
        last_talk_at=draw(st.sampled_from([None, at - timedelta(minutes=5), at - timedelta(hours=5)])),
        preferred_contact_channel=draw(st.sampled_from(["", "sms", "email"])),
        preferred_hours=draw(st.sampled_from(["", "18:00-20:00", "22:00-02:00"])),
        contacts=tuple(
            Contact(at - timedelta(hours=draw(st.integers(1, 200))), channel)
            for channel in draw(st.lists(st.sampled_from(["email", "sms"]), max_size=2))
        ),
    )


def lawful(known: Facts, channel: str) -> bool:
    """Whether the law lets this leave over a contact channel at this very minute, read straight from its rows."""
    if known.purpose.kind not in LAW:
        return True
    places = {row.place[:2] for row in ROWS}
    for row in ROWS:
        if LAW[known.purpose.kind] not in row.subjects or channel not in row.contact_channels:
            continue
        if known.country in places and row.place[:2] != known.country:
            continue
        for zone in known.zones:
            local = known.at.astimezone(ZoneInfo(zone))
            minute = local.hour * 60 + local.minute
            if row.hours is not None:
                if not any(start <= minute < end for start, end in row.hours[local.weekday()]):
                    return False
                if not row.on_holidays and local.date() in holidays_in(row.place[:2], local.year):
                    return False
            days = [
                (contact.at.astimezone(ZoneInfo(zone)).date(), contact.contact_channel) for contact in known.contacts
            ]
            if row.per_day and sum(day == local.date() for day, _ in days) >= row.per_day:
                return False
            if row.one_channel_per_week and any(
                other != channel and local.date() - day < timedelta(days=7) for day, other in days
            ):
                return False
    return True


@settings(max_examples=1500, deadline=None)
@given(facts())
def test_what_is_sent_may_be_sent(known: Facts):
    decision = decide(known)
    if decision.action != Action.SEND:
        return
    address = decision.address
    assert address in known.addresses
    assert not address.has_failed
    assert address.contact_channel in known.purpose.contact_channels
    assert known.at < known.expires_at
    assert not known.is_erased
    assert not known.is_answered
    assert lawful(known, address.contact_channel)
    if known.purpose.kind in CONSENT:
        assert address.consent is not False
    if known.purpose.kind in NEEDS_YES:
        assert address.consent is True
    if known.cart is not None:
        assert known.cart.status == "open"
        assert not known.cart.bought
        assert any(line.is_available and not line.bought for line in known.cart.lines)
    elif known.purpose.states:
        assert known.subject_state in known.purpose.states
    if not known.purpose.at_once and address.contact_channel in LOUD:
        assert all(9 <= known.at.astimezone(ZoneInfo(zone)).hour < 21 for zone in known.zones)


@settings(max_examples=1500, deadline=None)
@given(facts())
def test_a_wait_ends_in_time_and_every_decision_has_a_reason(known: Facts):
    """Asked again at each instant it names, with nothing else changed, a verdict soon comes to an end."""
    for _ in range(12):
        decision = decide(known)
        assert decision.reasons
        assert (decision.action == Action.SEND) == (decision.address is not None)
        assert (decision.action == Action.WAIT) == (decision.until is not None)
        if decision.until is None:
            return
        assert known.at < decision.until < known.expires_at
        cart = known.cart and replace(known.cart, status="open")
        known = replace(known, at=decision.until, cart=cart)
    raise AssertionError("it waits for ever")
