"""Transfers and shrinkage in the admin."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from commerce import clock
from commerce.backoffice import Editable, ReadOnly, ReadOnlyRows
from inventory.floor import shrinkage
from inventory.floor.models import ShrinkageReason, Transfer, TransferLine

MEASURED = timedelta(days=90)


class TransferLines(ReadOnlyRows):
    """What stands on it."""

    model = TransferLine


@admin.register(Transfer)
class TransferAdmin(ReadOnly):
    """Goods between two places of ours, and what never came of them."""

    list_display = (
        "reference",
        "source",
        "destination",
        "status",
        "made_at",
        "sent_at",
        "ended_at",
        "missing",
        "why_missing",
    )
    list_filter = ("status", "source", "destination")
    search_fields = ("reference", "lines__variant__sku")
    inlines = (TransferLines,)
    ordering = ("-pk",)


@admin.register(TransferLine)
class TransferLineAdmin(ReadOnly):
    """What stands on all transfers."""

    list_display = ("transfer", "variant", "quantity")
    list_select_related = ("transfer", "variant")
    search_fields = ("transfer__reference", "variant__sku")
    ordering = ("-pk",)


@admin.register(ShrinkageReason)
class ShrinkageReasonAdmin(Editable):
    """Why units are missing; above the list, what each reason cost each place."""

    list_display = ("code", "name", "is_active", "position")
    change_list_template = "floor/shrinkage.html"

    def get_readonly_fields(self, request: HttpRequest, obj: ShrinkageReason | None = None) -> tuple[str, ...]:
        """The code stands in the ledger: it stays."""
        return ("code",) if obj else ()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, under its figures."""
        since = clock.now() - MEASURED
        extra = {"figures": shrinkage.figures(since), "since": since}
        return super().changelist_view(request, (extra_context or {}) | extra)
