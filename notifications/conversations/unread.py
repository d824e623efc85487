"""An answer in the chat that she did not wait for: ten minutes later it is sent after her, once, with the way back.

Over the address of her case, or another of hers that is proved; where none is known the verdict keeps just that.
"""

from datetime import datetime

from commerce.timeline.models import Task
from commerce.timeline.tasks import entry_of
from notifications.messages import tell
from notifications.models import Conversation, Message, Turn


def fall_back(task: Task, *, at: datetime) -> None:
    """Some time has gone by since our last answer: what she has not seen of the chats of this journey is mailed."""
    entry = entry_of(task)
    talks = Conversation.objects.filter(journey=entry.journey, contact_channel="chat").select_related("person__root")
    for talk in talks.order_by("pk"):
        after = max(talk.seen_turn, sent_until(talk))
        unseen = talk.turns.filter(side=Turn.Side.HOUSE, pk__gt=after).exclude(actor="system").order_by("-pk").first()
        if unseen:
            tell(
                talk.person,
                purpose="chat_unread",
                subject=talk.public_id,
                phase=str(unseen.pk),
                facts={"after": after, "turn": unseen.pk},
                journey=task.journey,
                entry=task.entry,
                at=at,
            )


def sent_until(talk: Conversation) -> int:
    """The last answer of a chat that was sent after her already."""
    earlier = Message.objects.filter(purpose="chat_unread", subject=talk.public_id, status=Message.Status.SENT)
    return max((message.facts["turn"] for message in earlier), default=0)
