"""Tills and what they told, in the admin."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import DatabaseError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from commerce import clock
from commerce.backoffice import OnceSet, ReadOnly
from commerce.pages import refusal
from commerce.rest.authentication import actor_of
from commerce.rest.problems import Problem
from orders.journal import apart, deciding, files
from orders.journal.models import Difference, Fact, Roll, Till, TillFile
from orders.sales_import import ImportRuns


@admin.register(Till)
class TillAdmin(ReadOnly):
    """Devices that sell."""

    list_display = ("device", "heard_at", "told", "highest")
    search_fields = ("device__name",)
    ordering = ("pk",)


@admin.register(Roll)
class RollAdmin(ReadOnly):
    """Which numbers tills that write files have told of a day."""

    list_display = ("device", "day")
    search_fields = ("device__name",)
    ordering = ("device", "day")


@admin.register(Fact)
class FactAdmin(ReadOnly):
    """Every fact that a till told."""

    list_display = ("uuid", "device", "sequence", "kind", "status", "occurred_at", "recorded_at", "flags", "decided_by")
    list_filter = ("status", "kind")
    search_fields = ("uuid", "order__number")
    ordering = ("-pk",)
    actions = ("book", "reject")

    @admin.action(description="Book it: it happened")
    def book(self, request: HttpRequest, rows: QuerySet[Fact]) -> None:
        """Book what was set apart, or waits for a sale of another store."""
        self.decide(request, rows, deciding.book, "booked")

    @admin.action(description="Reject it: it never happened")
    def reject(self, request: HttpRequest, rows: QuerySet[Fact]) -> None:
        """Keep it as it was told, and never book it."""
        self.decide(request, rows, apart.reject, "rejected")

    def decide(self, request: HttpRequest, rows: QuerySet[Fact], decide: Callable[..., None], word: str) -> None:
        """Decide about each, and say what became of it."""
        for fact in rows.order_by("sequence", "pk"):
            try:
                decide(fact, by=actor_of(request), at=clock.now())
            except (Problem, DatabaseError) as problem:
                said = refusal(problem) if isinstance(problem, Problem) else "somebody has just told of it"
                messages.error(request, f"{fact}: {said}")
            else:
                messages.success(request, f"{fact}: {word}")


@admin.register(Difference)
class DifferenceAdmin(ReadOnly):
    """In what sales differ from what we expected."""

    list_display = ("fact", "kind", "line", "subject", "expected", "actual", "loss", "till_version", "our_version")
    list_filter = ("kind",)
    search_fields = ("subject", "fact__uuid")
    ordering = ("-pk",)


class Upload(forms.ModelForm):  # type: ignore[type-arg]
    """A file as somebody chose it."""

    file = forms.FileField(help_text=f"up to {files.MOST // 1_000_000} MB")

    class Meta:
        model = TillFile
        fields = ("format",)

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > files.MOST:
            raise forms.ValidationError(f"A file may have {files.MOST // 1_000_000} MB; send it in parts.")
        return file


@admin.register(TillFile)
class TillFileAdmin(OnceSet):
    """Files of tills: sent here, and tried again where they could not be read."""

    form = Upload
    list_display = ("name", "format", "status", "reason", "lines", "rejected", "recorded_at", "tried_at")
    list_filter = ("status", "format")
    search_fields = ("name", "digest")
    ordering = ("-pk",)
    actions = ("try_again",)
    exclude = ("content",)

    def get_fields(self, request: HttpRequest, obj: TillFile | None = None) -> tuple[str, ...]:
        """A new one is chosen; of a known one is shown what became of it."""
        return (*self.list_display, "told_by", "digest") if obj else ("format", "file")

    def save_model(self, request: HttpRequest, obj: TillFile, form: ModelForm, change: bool) -> None:
        """Take the file in; the same file again is the row that stands there already."""
        upload = form.cleaned_data["file"]
        kept = files.take_in(upload, name=upload.name, format=obj.format, by=actor_of(request), at=clock.now())
        obj.pk = kept.pk
        self.say(request, kept)

    @admin.action(description="Try again")
    def try_again(self, request: HttpRequest, rows: QuerySet[TillFile]) -> None:
        """Read these files once more; what was booked is not booked twice."""
        for kept in rows.order_by("pk"):
            try:
                self.say(request, files.again(kept, by=actor_of(request), at=clock.now()))
            except Problem as problem:
                messages.error(request, f"{kept.name}: {refusal(problem)}")
            except ImportRuns as problem:
                messages.error(request, f"{kept.name}: {problem}")

    def say(self, request: HttpRequest, kept: TillFile) -> None:
        """What became of a file."""
        if kept.status == TillFile.Status.TAKEN:
            messages.success(request, f"{kept.name}: {kept.lines} lines taken")
        else:
            messages.warning(request, f"{kept.name}: {kept.get_status_display()}; {kept.reason}")
