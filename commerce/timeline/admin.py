"""The timeline in the admin: to look at. What happened is never changed, and what must follow is not done by hand."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from commerce.timeline.models import Entry, Journey, Link, Task


class ReadOnly(admin.ModelAdmin):
    """Rows that nobody makes, changes or deletes by hand."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


class ReadOnlyRows(admin.TabularInline):
    """Rows within another's page, made by nobody's hand either."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


class EntriesInline(ReadOnlyRows):
    """The story, in the order in which we learned it."""

    model = Entry
    fields = ("number", "type", "occurred_at", "recorded_at", "channel", "actor", "cause", "data")
    ordering = ("number",)


@admin.register(Journey)
class JourneyAdmin(ReadOnly):
    """One story."""

    list_display = ("public_id", "opened_at", "entry_count")
    search_fields = ("public_id",)
    ordering = ("-pk",)
    inlines = (EntriesInline,)


@admin.register(Entry)
class EntryAdmin(ReadOnly):
    """What happened last, over all journeys."""

    list_display = ("journey", "number", "type", "occurred_at", "recorded_at", "channel", "actor", "cause")
    list_filter = ("channel", "type")
    list_select_related = ("journey",)
    search_fields = ("journey__public_id", "actor")
    ordering = ("-pk",)


@admin.register(Link)
class LinkAdmin(ReadOnly):
    """Journeys that belong together."""

    list_display = ("earlier", "later", "reason", "linked_at")
    list_select_related = ("earlier", "later")


@admin.register(Task)
class TaskAdmin(ReadOnly):
    """What must follow; those that were given up are for somebody to look at."""

    list_display = ("handler", "key", "status", "due_at", "attempts", "last_error", "finished_at")
    list_filter = ("status", "handler")
    search_fields = ("key", "journey__public_id")
    ordering = ("-pk",)
