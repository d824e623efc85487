"""What people say to us: the conversation it belongs to, and the person, who may be new."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import translation

from commerce.card_numbers import NOTICE, hide
from commerce.customers.addresses import normalize
from commerce.customers.models import ContactPoint
from commerce.customers.people import meet
from commerce.customers.tombs import erased_since
from commerce.timeline import record
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Journey
from notifications.cases import joining
from notifications.happenings import MessageReceived
from notifications.messages import tell
from notifications.models import Conversation, Message, Turn

RESTS_AFTER = timedelta(days=30)
"""After so long a silence a new word opens a new conversation, on a journey of its own."""

MAX_LETTERS = 10_000


@dataclass(frozen=True)
class Said:
    """One thing that a person said on a network, in the form all networks are brought into."""

    contact_channel: str
    address: str
    text: str
    external_id: str
    said_at: datetime
    photos: tuple[int, ...] = ()
    about: str = ""
    title: str = ""
    is_proven: bool = True


class AlreadyKnown(Exception):
    """The network told us before."""


class FromErased(AlreadyKnown):
    """She said it before she was erased: it was known, and is forgotten."""


@transaction.atomic
def receive(
    said: Said, *, contact_point: ContactPoint | None = None, journey: Journey | None = None, at: datetime
) -> Turn:
    """Write down what a person said, in her open conversation or a new one; what is said about a case joins it.

    Raises AlreadyKnown, FromErased, NotAnAddress.
    Without a contact point it is found by the address, which then must be one that its network vouches for. A new
    conversation begins on the journey, if one is given, such as that of the cart she is asking about.
    """
    known = f"{said.contact_channel}:{said.external_id}"
    if Turn.objects.filter(external_id=known).exists():
        raise AlreadyKnown
    if contact_point is None:
        address = (said.contact_channel, normalize(said.contact_channel, said.address))
        if erased_since([address], happened_at=said.said_at):
            raise FromErased
    point = contact_point or contact_point_of(said.contact_channel, said.address, at=at)
    conversation = open_conversation(
        point, contact_channel=said.contact_channel, title=hide(said.title), journey=journey, at=at
    )
    about = said.about or joining.talked_of(conversation)
    case = joining.hold(about)
    said_at = min(said.said_at, at)
    written = said.text.replace("\x00", "")[:MAX_LETTERS]
    text = hide(written)
    actor = Actor("person", conversation.person.public_id)
    turn = Turn.objects.create(
        conversation=conversation,
        side=Turn.Side.PERSON,
        text=text,
        about=about,
        is_proven=said.is_proven,
        actor=str(actor),
        external_id=known,
        said_at=said_at,
        recorded_at=at,
    )
    if said.photos:
        turn.photos.set(said.photos)
    conversation.last_turn_at = max(conversation.last_turn_at, said_at)
    conversation.save(update_fields=["last_turn_at"])
    record.record(
        conversation.journey_id,
        MessageReceived(conversation=conversation.public_id, turn=turn.pk),
        by=actor,
        channel=said.contact_channel,
        at=said_at,
        recorded_at=at,
    )
    if case is not None:
        joining.join(turn, case, at=at)
    if text != written:
        warn(conversation, at=at)
    return turn


def warn(conversation: Conversation, *, at: datetime) -> None:
    """Tell her, once in a talk, that a card number does not belong here. A machine may quote her words again."""
    with translation.override(conversation.person.language):
        text = str(NOTICE)
    if conversation.turns.filter(side=Turn.Side.HOUSE, actor=str(SYSTEM), text=text).exists():
        return
    turn = Turn.objects.create(
        conversation=conversation, side=Turn.Side.HOUSE, text=text, actor=str(SYSTEM), said_at=at, recorded_at=at
    )
    if conversation.contact_channel != "chat":
        send(turn, at=at)


def send(turn: Turn, *, entry: int | None = None, at: datetime) -> Message:
    """Let what we said leave as a message, over the contact channel of the talk; the entry is what it follows from."""
    talk = turn.conversation
    return tell(
        talk.person,
        purpose="dm_reply",
        subject=talk.public_id,
        phase=str(turn.pk),
        facts={"turn": turn.pk},
        journey=talk.journey,
        entry=entry,
        at=at,
    )


def contact_point_of(kind: str, value: str, *, at: datetime) -> ContactPoint:
    """The address on a network; nobody known has it: a new person, of whom we know only this. Raises NotAnAddress."""
    meet(kind, value, how="network", at=at)
    points = ContactPoint.objects.select_related("person__root")
    return points.get(kind=kind, value=normalize(kind, value), verified_at__isnull=False)


def open_conversation(
    contact_point: ContactPoint, *, contact_channel: str, title: str = "", journey: Journey | None = None, at: datetime
) -> Conversation:
    """The conversation that goes on with an address, locked; a new one if the last has rested long."""
    going_on = Conversation.objects.select_for_update(no_key=True).filter(
        contact_point=contact_point, contact_channel=contact_channel, is_open=True
    )
    found = going_on.first()
    if found and at - found.last_turn_at < RESTS_AFTER:
        return found
    if found:
        found.is_open = False
        found.save(update_fields=["is_open"])
    try:
        with transaction.atomic():
            return Conversation.objects.create(
                person=contact_point.person,
                journey=journey or record.open_journey(at=at),
                contact_channel=contact_channel,
                contact_point=contact_point,
                title=title,
                started_at=at,
                last_turn_at=at,
            )
    except IntegrityError:
        return going_on.get()
