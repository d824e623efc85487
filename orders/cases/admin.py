"""Cases in the back office, and the playbooks that say what is done about them."""

from django.contrib import admin

from commerce.backoffice import Editable, ReadOnly, ReadOnlyRows
from orders.cases.models import Case, CaseStep, Handover, Playbook, PlaybookStep


class PlaybookSteps(admin.TabularInline):
    """What is done, by whom, until when."""

    model = PlaybookStep
    extra = 0


@admin.register(Playbook)
class PlaybookAdmin(Editable):
    """What is done about each kind of incident; holds for cases opened from now on."""

    list_display = ("kind", "first_answer_hours", "next_answer_hours", "reply_days")
    inlines = (PlaybookSteps,)


class Steps(ReadOnlyRows):
    """The steps of a case."""

    model = CaseStep
    fields = ("ordinal", "title_es", "team", "due_at", "status", "settled_at", "settled_by")


class Handovers(ReadOnlyRows):
    """Who gave it to whom."""

    model = Handover
    fields = ("from_team", "to_team", "reason", "at", "by")


@admin.register(Case)
class CaseAdmin(ReadOnly):
    """Incidents; they are worked on at the desk."""

    list_display = ("key", "kind", "status", "outcome", "team", "order", "opened_at", "resolve_due", "reply_due")
    list_filter = ("status", "kind", "team", "outcome", "location")
    search_fields = ("key", "order__number")
    ordering = ("-pk",)
    inlines = (Steps, Handovers)


@admin.register(PlaybookStep)
class PlaybookStepAdmin(Editable):
    """Steps of all playbooks: what each team has to do, and how fast."""

    list_display = ("playbook", "ordinal", "title_es", "team", "hours", "is_told")
    list_filter = ("team", "playbook")
    ordering = ("playbook", "ordinal")


@admin.register(Handover)
class HandoverAdmin(ReadOnly):
    """Who gave which case to whom, and why."""

    list_display = ("case", "from_team", "to_team", "reason", "at", "by")
    list_filter = ("from_team", "to_team")
    search_fields = ("case__key",)
    ordering = ("-pk",)


@admin.register(CaseStep)
class CaseStepAdmin(ReadOnly):
    """Steps of all cases: what is late, and with whom."""

    list_display = ("case", "ordinal", "title_es", "team", "status", "due_at")
    list_filter = ("status", "team")
    search_fields = ("case__key",)
    ordering = ("due_at",)
