"""The timeline in the admin: to look at. What happened is never changed, and what must follow is not done by hand."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from commerce import clock
from commerce.backoffice import ReadOnly, ReadOnlyRows
from commerce.timeline import tasks
from commerce.timeline.models import Entry, Journey, Link, Task


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
    search_fields = ("journey__public_id", "actor")
    ordering = ("-pk",)


@admin.register(Link)
class LinkAdmin(ReadOnly):
    """Journeys that belong together."""

    list_display = ("earlier", "later", "reason", "linked_at")


@admin.register(Task)
class TaskAdmin(ReadOnly):
    """What must follow; those that were given up are for somebody to look at, and to begin again with."""

    list_display = ("handler", "key", "status", "due_at", "attempts", "last_error", "finished_at")
    list_filter = ("status", "handler")
    search_fields = ("key", "journey__public_id")
    ordering = ("-pk",)
    actions = ("take_up",)

    @admin.action(description="Begin again with what was given up")
    def take_up(self, request: HttpRequest, rows: QuerySet[Task]) -> None:
        """Each from its first try."""
        taken = sum(tasks.take_up(task, at=clock.now()) for task in rows)
        self.message_user(request, f"{taken} begun again")
