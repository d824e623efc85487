"""Messages, conversations and surveys in the admin: to look at. What was decided is not typed over."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from commerce.backoffice import ReadOnly
from notifications.models import Attempt, Conversation, ErasureRequest, Message, Survey, Turn, Verdict
from notifications.reasons import sentences


@admin.register(Message)
class MessageAdmin(ReadOnly):
    """Everything we had to tell, and why it was told or not."""

    list_display = ("created_at", "purpose", "person", "status", "due_at", "last_reasons")
    list_filter = ("status", "purpose")
    search_fields = ("public_id", "subject", "person__public_id", "person__family_name")
    list_select_related = ("person",)
    ordering = ("-pk",)
    fields = (
        "public_id", "person", "purpose", "subject", "phase", "status", "due_at", "expires_at", "created_at",
        "settled_at", "verdicts", "attempts",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: Any) -> Any:
        """With the verdicts that the list tells of."""
        return super().get_queryset(request).prefetch_related("verdicts")

    @admin.display(description="why")
    def last_reasons(self, message: Message) -> str:
        """The reasons of the last verdict, in words."""
        verdicts = sorted(message.verdicts.all(), key=lambda verdict: verdict.pk)
        return "; ".join(sentences(verdicts[-1].reasons)) if verdicts else ""

    @admin.display
    def verdicts(self, message: Message) -> str:
        """Each verdict with its reasons, the earliest first."""
        rows = (
            (v.decided_at.isoformat(" ", "seconds"), v.decision, v.until or "", "; ".join(sentences(v.reasons)))
            for v in sorted(message.verdicts.all(), key=lambda verdict: verdict.pk)
        )
        return format_html_join("", "<p>{} <strong>{} {}</strong> {}</p>", rows)

    @admin.display
    def attempts(self, message: Message) -> str:
        """Each attempt, with the way to how she saw it."""
        rows = (
            (reverse("outbox-message", args=[a.public_id]), a.contact_channel, a.transport, a.status, a.error)
            for a in message.attempts.order_by("pk")
        )
        return format_html_join("", '<p><a href="{}">{}</a> {} <strong>{}</strong> {}</p>', rows)


@admin.register(Attempt)
class AttemptAdmin(ReadOnly):
    """Every try to say something; its words are shown at /outbox/."""

    list_display = ("started_at", "message", "contact_channel", "transport", "status", "error", "as_seen")
    list_filter = ("status", "contact_channel", "transport")
    search_fields = ("public_id", "provider_id", "message__public_id")
    list_select_related = ("message",)
    ordering = ("-pk",)
    fields = (
        "public_id", "message", "contact_channel", "transport", "status", "error", "provider_id", "started_at",
        "settled_at", "as_seen",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description="as she sees it")
    def as_seen(self, attempt: Attempt) -> str:
        """The way to its page."""
        return format_html('<a href="{}">{}</a>', reverse("outbox-message", args=[attempt.public_id]), "/outbox/")


@admin.register(Verdict)
class VerdictAdmin(ReadOnly):
    """The log of every decision to say something or not."""

    list_display = ("decided_at", "message", "decision", "until", "contact_channel", "why")
    list_filter = ("decision", "contact_channel", "message__purpose")
    search_fields = ("message__public_id", "message__subject")
    list_select_related = ("message",)
    ordering = ("-pk",)

    @admin.display
    def why(self, verdict: Verdict) -> str:
        """Its reasons, in words."""
        return "; ".join(sentences(verdict.reasons))


class Turns(admin.TabularInline):
    """What was said."""

    model = Turn
    fields = ("said_at", "side", "text", "actor")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        """Never: answers leave through the desk."""
        return False


@admin.register(Conversation)
class ConversationAdmin(ReadOnly):
    """Talks with people."""

    list_display = ("last_turn_at", "person", "contact_channel", "is_open")
    list_filter = ("contact_channel", "is_open")
    search_fields = ("public_id", "person__public_id", "person__family_name", "contact_point__value")
    list_select_related = ("person",)
    ordering = ("-last_turn_at",)
    inlines = (Turns,)


@admin.register(Survey)
class SurveyAdmin(ReadOnly):
    """What people answered."""

    list_display = ("asked_at", "person", "order", "case", "score", "answered_at")
    list_filter = ("score",)
    search_fields = ("public_id", "order__number", "case__key")
    list_select_related = ("person", "order", "case")
    ordering = ("-pk",)


@admin.register(Turn)
class TurnAdmin(ReadOnly):
    """What was said, over all conversations."""

    list_display = ("conversation", "side", "actor", "said_at", "recorded_at")
    list_filter = ("side",)
    search_fields = ("conversation__public_id", "external_id")
    ordering = ("-pk",)


@admin.register(ErasureRequest)
class ErasureRequestAdmin(ReadOnly):
    """Who is to be forgotten, and what it waits for."""

    list_display = ("asked_at", "person", "status", "reasons", "asked_by", "held_until", "held_because", "settled_at")
    list_filter = ("status",)
    search_fields = ("public_id", "person__public_id")
    ordering = ("-pk",)
