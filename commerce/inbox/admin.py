"""Webhooks in the admin: what came, what became of it, and another try for what failed."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from commerce import clock
from commerce.inbox.models import ExternalId, InboundEvent
from commerce.inbox.receiving import handle_again


@admin.register(InboundEvent)
class InboundEventAdmin(admin.ModelAdmin):
    """To look at. The body may hold personal data, so it is not shown."""

    list_display = ("received_at", "provider", "external_id", "status", "reason")
    list_filter = ("status", "provider")
    search_fields = ("external_id",)
    ordering = ("-pk",)
    fields = ("provider", "external_id", "received_at", "status", "reason")
    show_full_result_count = False
    actions = ("try_again",)

    @admin.action(description="Handle again what failed")
    def try_again(self, request: HttpRequest, events: QuerySet[InboundEvent]) -> None:
        """Plan another try of the events that failed."""
        failed = events.filter(status=InboundEvent.Status.FAILED)
        for event in failed:
            handle_again(event, at=clock.now())
        messages.success(request, f"{len(failed)} planned again")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: InboundEvent | None = None) -> bool:
        """To look and to try again; the fields are read-only."""
        return request.user.is_staff

    def has_delete_permission(self, request: HttpRequest, obj: InboundEvent | None = None) -> bool:
        """Never."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: InboundEvent | None = None) -> tuple[str, ...]:
        """All of them."""
        return self.fields


@admin.register(ExternalId)
class ExternalIdAdmin(admin.ModelAdmin):
    """What others call our things."""

    list_display = ("system", "kind", "external_id", "ours")
    list_filter = ("system", "kind")
    search_fields = ("external_id", "ours")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: ExternalId | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ExternalId | None = None) -> bool:
        """Never."""
        return False
