"""Tills and what they told, in the admin."""

from django.contrib import admin

from commerce.backoffice import ReadOnly
from orders.journal.models import Difference, Fact, Till


@admin.register(Till)
class TillAdmin(ReadOnly):
    """Devices that sell."""

    list_display = ("device", "heard_at", "told", "highest")
    search_fields = ("device__name",)
    ordering = ("pk",)


@admin.register(Fact)
class FactAdmin(ReadOnly):
    """Every fact that a till told."""

    list_display = ("uuid", "device", "sequence", "kind", "status", "occurred_at", "recorded_at", "flags")
    list_filter = ("status", "kind")
    search_fields = ("uuid", "order__number")
    ordering = ("-pk",)


@admin.register(Difference)
class DifferenceAdmin(ReadOnly):
    """In what sales differ from what we expected."""

    list_display = ("fact", "kind", "line", "subject", "expected", "actual", "loss")
    list_filter = ("kind",)
    search_fields = ("subject", "fact__uuid")
    ordering = ("-pk",)
