"""Promises in the back office: which are in danger, which were kept and broken, by store and by carrier."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse

from commerce.backoffice import ReadOnly
from commerce.promises.giving import AT_RISK
from commerce.promises.models import Promise

Status = Promise.Status
COUNTED = {
    "at_risk": Count("pk", filter=AT_RISK),
    "open": Count("pk", filter=Q(status=Status.OPEN)),
    "kept": Count("pk", filter=Q(status=Status.KEPT)),
    "told": Count("pk", filter=Q(status=Status.TOLD)),
    "broken": Count("pk", filter=Q(status=Status.BROKEN)),
}


class InDanger(admin.SimpleListFilter):
    """Those that will not hold, as it looks now."""

    title = "at risk"
    parameter_name = "at_risk"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """One choice."""
        return [("1", "at risk now")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Promise]) -> QuerySet[Promise]:
        """Those that are chosen."""
        return queryset.filter(AT_RISK) if self.value() else queryset


@admin.register(Promise)
class PromiseAdmin(ReadOnly):
    """The ledger, with its sums per place and carrier above."""

    change_list_template = "promises/ledger.html"
    list_display = (
        "due_at", "kind", "subject", "location", "carrier", "status", "reason", "danger", "expected_at", "told_at",
        "given_by", "message",
    )  # fmt: skip
    list_filter = (InDanger, "status", "kind", "danger", "location", "carrier")
    search_fields = ("public_id", "subject", "person__public_id")
    ordering = ("-pk",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, and how many promises each place and carrier keeps."""
        every = Promise.objects.order_by()
        sums = [
            ("Place", every.values_list("location__name").annotate(**COUNTED).order_by("location__name")),
            ("Carrier", every.exclude(carrier="").values_list("carrier").annotate(**COUNTED).order_by("carrier")),
        ]
        heads = [name.replace("_", " ") for name in COUNTED]
        return super().changelist_view(request, {"sums": sums, "heads": heads} | (extra_context or {}))
