"""Webhooks in the admin: what came, what became of it, and another try for what failed."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from commerce import clock
from commerce.backoffice import ReadOnly
from commerce.inbox.models import ExternalId, InboundEvent
from commerce.inbox.receiving import handle_again


@admin.register(InboundEvent)
class InboundEventAdmin(ReadOnly):
    """To look at. The body may hold personal data, so it is not shown."""

    list_display = ("received_at", "provider", "external_id", "status", "reason")
    list_filter = ("status", "provider")
    search_fields = ("external_id",)
    ordering = ("-pk",)
    exclude = ("body",)
    actions = ("try_again",)

    @admin.action(description="Handle again what failed")
    def try_again(self, request: HttpRequest, events: QuerySet[InboundEvent]) -> None:
        """Plan another try of the events that failed."""
        failed = events.filter(status=InboundEvent.Status.FAILED).exclude(body=b"")
        for event in failed:
            handle_again(event, at=clock.now())
        messages.success(request, f"{len(failed)} planned again")


@admin.register(ExternalId)
class ExternalIdAdmin(ReadOnly):
    """What others call our things."""

    list_display = ("system", "kind", "external_id", "ours")
    list_filter = ("system", "kind")
    search_fields = ("external_id", "ours")
