"""The verdict on a message, taken just before it leaves: send it over a contact channel, wait until, or drop it.

Pure: facts in, a decision out, with every reason. notifications.facts gathers the facts in the transaction that locks
what they speak of, so that a decision to send cannot be overtaken by a purchase.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from notifications import hours
from notifications.hours import Calendar, NeverOpen
from notifications.law import Row, rows_for
from notifications.purposes import CONSENT, HOUSE_HOURS, LAW, LOUD, Kind, Purpose

NEEDS_YES = frozenset({Kind.REMINDER, Kind.MARKETING, Kind.ALERT})
"""Kinds for which she must have said yes, whatever the law of her country would let pass."""

CASE_PAUSE = timedelta(hours=12)
CHECKOUT_PAUSE = timedelta(minutes=30)
TALK_PAUSE = timedelta(minutes=30)


class Action(StrEnum):
    """What a verdict says."""

    SEND = "send"
    WAIT = "wait"
    DROP = "drop"


class Why(StrEnum):
    """A reason, as it is stored; notifications.reasons has the sentences for people."""

    ERASED = "erased"
    SUBJECT_GONE = "subject_gone"
    SUBJECT_MOVED_ON = "subject_moved_on"
    BOUGHT_MEANWHILE = "bought_meanwhile"
    CART_EMPTY = "cart_empty"
    NOTHING_AVAILABLE = "nothing_available"
    TOO_LATE = "too_late"
    ANSWERED = "answered"
    NO_ADDRESS = "no_address"
    ADDRESSES_FAILED = "addresses_failed"
    NO_CONSENT = "no_consent"
    OPTED_OUT = "opted_out"
    CHECKING_OUT = "checking_out"
    TALKING = "talking"
    CASE_OPEN = "case_open"
    LAW_HOURS = "law_hours"
    LAW_CAP = "law_cap"
    HOUSE_HOURS = "house_hours"
    HER_HOURS = "her_hours"
    HER_HOURS_IMPOSSIBLE = "her_hours_impossible"
    NO_TIME_LEFT = "no_time_left"
    ASKED_FOR = "asked_for"
    CONSENTED = "consented"
    NOT_OPPOSED = "not_opposed"
    PREFERRED = "preferred"
    FALLBACK = "fallback"


@dataclass(frozen=True)
class Reason:
    """A reason and its particulars: ids, codes and times, no personal data."""

    why: Why
    particulars: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, str]:
        """As it is stored with the verdict."""
        return {"why": self.why.value} | self.particulars


@dataclass(frozen=True)
class Address:
    """One way to reach her; `consent` is her latest choice for this purpose, None if she never made one."""

    contact_point: int
    contact_channel: str
    consent: bool | None = None
    has_failed: bool = False


@dataclass(frozen=True)
class CartLine:
    """A line still in the cart; `bought` names an order that has brought her the same thing since she put it there."""

    variant: int
    is_available: bool
    bought: str = ""


@dataclass(frozen=True)
class Cart:
    """The cart a reminder is about. `bought`: orders in any channel since her last edit, and where they were made."""

    status: str
    lines: tuple[CartLine, ...]
    bought: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Contact:
    """One message that bears on the law's caps: when and how she was reached."""

    at: datetime
    contact_channel: str


@dataclass(frozen=True)
class Facts:
    """Everything a verdict looks at. `zones`: hers, or each she may be in; `subject_state` is empty if it is gone.

    `has_open_case`: it speaks against this message; `may_be_in_case`: one of hers about no order may be about this one.
    """

    purpose: Purpose
    at: datetime
    expires_at: datetime
    country: str
    zones: tuple[str, ...]
    addresses: tuple[Address, ...]
    is_erased: bool = False
    subject_state: str = ""
    cart: Cart | None = None
    is_answered: bool = False
    last_talk_at: datetime | None = None
    has_open_case: bool = False
    may_be_in_case: bool = False
    preferred_contact_channel: str = ""
    preferred_hours: str = ""
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What to do, and why. `address` when it is to be sent, `until` when it has to wait."""

    action: Action
    reasons: tuple[Reason, ...]
    address: Address | None = None
    until: datetime | None = None


def decide(facts: Facts) -> Decision:
    """Send, wait or drop."""
    if pointless := why_pointless(facts):
        return drop(*pointless)
    candidates, refusals = usable_addresses(facts)
    if not candidates:
        return drop(*refusals)
    if facts.may_be_in_case and facts.purpose.kind == Kind.SURVEY:
        return Decision(Action.WAIT, (Reason(Why.CASE_OPEN),), until=facts.at + CASE_PAUSE)
    if (pause := interruption(facts)) is not None:
        return wait(*pause, facts=facts)
    refused: list[Reason] = []
    for address in candidates:
        decision = decide_when(facts, address, refusals)
        if decision.action != Action.DROP:
            return decision
        refused.extend(decision.reasons)
    return drop(*once(refused))


def once(reasons: Sequence[Reason]) -> list[Reason]:
    """Reasons without repetitions, in their order."""
    return [reason for i, reason in enumerate(reasons) if reason not in reasons[:i]]


def why_pointless(facts: Facts) -> list[Reason]:
    """Everything that has made the message pointless."""
    purpose = facts.purpose
    reasons: list[Reason] = []
    if facts.is_erased:
        reasons.append(Reason(Why.ERASED))
    if facts.cart is not None:
        reasons += why_cart_pointless(facts.cart)
    elif purpose.states and not facts.subject_state:
        reasons.append(Reason(Why.SUBJECT_GONE))
    elif purpose.states and facts.subject_state not in purpose.states:
        reasons.append(Reason(Why.SUBJECT_MOVED_ON, {"state": facts.subject_state}))
    if facts.has_open_case and purpose.kind in LAW:
        reasons.append(Reason(Why.CASE_OPEN))
    if facts.is_answered:
        reasons.append(Reason(Why.ANSWERED))
    if facts.at >= facts.expires_at:
        reasons.append(Reason(Why.TOO_LATE, {"useful_until": facts.expires_at.isoformat()}))
    return reasons


def why_cart_pointless(cart: Cart) -> list[Reason]:
    """What has become of a cart that was left: bought, in whatever channel, emptied, merged, or out of stock."""
    if cart.bought:
        return [Reason(Why.BOUGHT_MEANWHILE, {"order": order, "channel": channel}) for order, channel in cart.bought]
    if cart.status not in ("open", "checking_out"):
        return [Reason(Why.SUBJECT_MOVED_ON, {"state": cart.status})]
    if not cart.lines:
        return [Reason(Why.CART_EMPTY)]
    wanted = [line for line in cart.lines if not line.bought]
    if not wanted:
        return [Reason(Why.BOUGHT_MEANWHILE, {"order": order}) for order in sorted({x.bought for x in cart.lines})]
    if not any(line.is_available for line in wanted):
        return [Reason(Why.NOTHING_AVAILABLE)]
    return []


def usable_addresses(facts: Facts) -> tuple[list[Address], list[Reason]]:
    """The addresses that may be used for it, the preferred way first, and why others may not."""
    order = {name: position for position, name in enumerate(facts.purpose.contact_channels)}
    if facts.preferred_contact_channel in order:
        order[facts.preferred_contact_channel] = -1
    reachable = [address for address in facts.addresses if address.contact_channel in order]
    if not reachable:
        return [], [Reason(Why.NO_ADDRESS)]
    alive = [address for address in reachable if not address.has_failed]
    refusals = [Reason(Why.ADDRESSES_FAILED)] if len(alive) < len(reachable) else []
    allowed = []
    for address in sorted(alive, key=lambda a: order[a.contact_channel]):
        if (refusal := consent_missing(facts, address)) is None:
            allowed.append(address)
        else:
            refusals.append(refusal)
    return allowed, once(refusals)


def consent_missing(facts: Facts, address: Address) -> Reason | None:
    """Why her choices do not allow it over this address, or None if they do."""
    kind = facts.purpose.kind
    if kind not in CONSENT:
        return None
    particulars = {"contact_channel": address.contact_channel}
    if address.consent is False:
        return Reason(Why.OPTED_OUT, particulars)
    laws = [row for row in laws_of(facts, address) if row.consent]
    if address.consent is None and (kind in NEEDS_YES or laws):
        return Reason(Why.NO_CONSENT, particulars | ({"law": " ".join(row.id for row in laws)} if laws else {}))
    return None


def interruption(facts: Facts) -> tuple[Reason, datetime] | None:
    """Something she is doing with us right now, which a reminder or survey should not disturb, and until when."""
    if facts.purpose.kind not in LAW:
        return None
    if facts.cart is not None and facts.cart.status == "checking_out":
        return Reason(Why.CHECKING_OUT), facts.at + CHECKOUT_PAUSE
    if facts.last_talk_at is not None and facts.last_talk_at + TALK_PAUSE > facts.at:
        return Reason(Why.TALKING), facts.last_talk_at + TALK_PAUSE
    return None


def decide_when(facts: Facts, address: Address, refusals: Sequence[Reason]) -> Decision:
    """Send to an address now, wait for its next allowed instant, or drop, as none comes in time."""
    laws = laws_of(facts, address)
    start, caps = after_caps(facts, address, laws)
    binding, wishes = law_calendars(facts, laws) + house_calendars(facts, address), her_calendars(facts)
    leaves_at = first_allowed(start, binding, wishes, before=facts.expires_at)
    yielded: list[Reason] = []
    if not hours.are_open(leaves_at, wishes):
        wishes, yielded = [], [Reason(Why.HER_HOURS_IMPOSSIBLE)]
    if leaves_at <= facts.at:
        return send(facts, address, laws, [*refusals, *yielded])
    closed = [*caps, *closed_now(facts, address, laws, wishes), *yielded]
    if leaves_at >= facts.expires_at:
        return drop(Reason(Why.NO_TIME_LEFT, {"useful_until": facts.expires_at.isoformat()}), *closed)
    return Decision(Action.WAIT, tuple(closed), until=leaves_at)


def first_allowed(start: datetime, binding: list[Calendar], wishes: list[Calendar], *, before: datetime) -> datetime:
    """The first instant that everything allows; what she only wishes gives way where it would come too late.

    `before` itself if there is none in time.
    """
    for calendars in (binding + wishes, binding):
        try:
            if (allowed := hours.next_open(start, calendars)) < before:
                return allowed
        except NeverOpen:
            continue
    return before


def laws_of(facts: Facts, address: Address) -> Sequence[Row]:
    """The rows of the law that bind this message over this address."""
    if facts.purpose.kind not in LAW:
        return []
    return rows_for(facts.country, subject=LAW[facts.purpose.kind], contact_channel=address.contact_channel)


def law_calendars(facts: Facts, laws: Sequence[Row]) -> list[Calendar]:
    """The hours of the law, in every zone she may be in."""
    return [
        Calendar(zone, row.hours, "" if row.on_holidays else row.place[:2])
        for row in laws
        if row.hours is not None
        for zone in facts.zones
    ]


def house_calendars(facts: Facts, address: Address) -> list[Calendar]:
    """Our own manners: what she is not waiting for makes no phone ring at night."""
    if facts.purpose.at_once or address.contact_channel not in LOUD:
        return []
    return [Calendar(zone, hours.every_day(HOUSE_HOURS)) for zone in facts.zones]


def her_calendars(facts: Facts) -> list[Calendar]:
    """The hours she prefers for what is not urgent."""
    if facts.purpose.at_once or not facts.preferred_hours:
        return []
    return [Calendar(zone, hours.every_day(facts.preferred_hours)) for zone in facts.zones]


def after_caps(facts: Facts, address: Address, laws: Sequence[Row]) -> tuple[datetime, list[Reason]]:
    """The first instant at which the law's caps on contacts let another one pass, and which cap delays it.

    A day is a calendar day, and a week seven of them, on her own wall clock.
    """
    allowed_at, reasons = facts.at, []
    for row in laws:
        for zone in facts.zones:
            today = facts.at.astimezone(ZoneInfo(zone)).date()
            days = [
                (contact.at.astimezone(ZoneInfo(zone)).date(), contact.contact_channel) for contact in facts.contacts
            ]
            opens = today
            if row.per_day is not None and sum(day == today for day, _ in days) >= row.per_day:
                opens = today + timedelta(days=1)
            if row.one_channel_per_week:
                others = [day for day, channel in days if channel != address.contact_channel]
                opens = max([opens, *(day + timedelta(days=7) for day in others)])
            if opens > today:
                reasons.append(Reason(Why.LAW_CAP, {"law": row.id}))
                allowed_at = max(allowed_at, datetime.combine(opens, datetime.min.time(), ZoneInfo(zone)))
    return allowed_at.astimezone(facts.at.tzinfo), once(reasons)


def closed_now(facts: Facts, address: Address, laws: Sequence[Row], wishes: Sequence[Calendar]) -> list[Reason]:
    """Which hours keep it from leaving now."""
    reasons = [
        Reason(Why.LAW_HOURS, {"law": row.id})
        for row in laws
        if not hours.are_open(facts.at, law_calendars(facts, [row]))
    ]
    if not hours.are_open(facts.at, house_calendars(facts, address)):
        reasons.append(Reason(Why.HOUSE_HOURS))
    if not hours.are_open(facts.at, wishes):
        reasons.append(Reason(Why.HER_HOURS))
    return reasons


def send(facts: Facts, address: Address, laws: Sequence[Row], notes: Sequence[Reason]) -> Decision:
    """Send, with what made it lawful and why over this contact channel."""
    local_time = facts.at.astimezone(ZoneInfo(facts.zones[0])).isoformat(timespec="minutes")
    particulars = {"local_time": local_time} | ({"law": " ".join(row.id for row in laws)} if laws else {})
    if facts.purpose.kind not in CONSENT:
        because = Why.ASKED_FOR
    else:
        because = Why.CONSENTED if address.consent else Why.NOT_OPPOSED
    reasons = [Reason(because, particulars)]
    if address.contact_channel == facts.preferred_contact_channel:
        reasons.append(Reason(Why.PREFERRED))
    if any(note.why == Why.ADDRESSES_FAILED for note in notes):
        reasons.append(Reason(Why.FALLBACK))
    reasons += [note for note in notes if note.why != Why.ADDRESSES_FAILED]
    return Decision(Action.SEND, tuple(reasons), address=address)


def wait(reason: Reason, until: datetime, *, facts: Facts) -> Decision:
    """Wait, unless it would be of no use by then."""
    if until >= facts.expires_at:
        return drop(Reason(Why.NO_TIME_LEFT, {"useful_until": facts.expires_at.isoformat()}), reason)
    return Decision(Action.WAIT, (reason,), until=until)


def drop(*reasons: Reason) -> Decision:
    """Drop, for these reasons."""
    return Decision(Action.DROP, reasons)
