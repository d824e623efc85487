"""The chat: what we have to tell stands in the conversation itself, where she reads it when she looks again."""

from django.db import transaction

from notifications.models import Attempt, Conversation, Turn
from notifications.transports.outgoing import Outgoing, TransportError


@transaction.atomic
def send(outgoing: Outgoing) -> str:
    """Say it in her open conversation, once for each key; raises TransportError where there is none.

    An answer of ours (dm_reply) stands there already: the message about it only keeps what became of it.
    """
    said = Attempt.objects.select_related("message", "contact_point").get(public_id=outgoing.key)
    talk = Conversation.objects.filter(contact_point=said.contact_point, contact_channel="chat").order_by("-pk").first()
    if talk is None:
        raise TransportError("no conversation", permanent=True)
    if said.message.purpose != "dm_reply":
        Turn.objects.get_or_create(
            external_id=f"sent:{outgoing.key}",
            defaults={
                "conversation": talk,
                "side": Turn.Side.HOUSE,
                "text": outgoing.text,
                "about": said.message.subject,
                "actor": "system",
                "said_at": said.started_at,
                "recorded_at": said.started_at,
            },
        )
    return f"chat-{outgoing.key}"
