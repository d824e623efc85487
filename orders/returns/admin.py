"""Returns in the back office, and the versions of their policy."""

from django.contrib import admin

from commerce.backoffice import ReadOnly, ReadOnlyRows
from orders.returns.models import PolicyVersion, Return, ReturnLine


class Lines(ReadOnlyRows):
    """What came back."""

    model = ReturnLine
    fields = ("ordinal", "sku", "quantity", "reason", "condition", "total", "fee")


@admin.register(Return)
class ReturnAdmin(ReadOnly):
    """Goods that come back."""

    list_display = ("public_id", "code", "order", "status", "outcome", "way", "location", "total", "returned_at")
    list_filter = ("status", "outcome", "way", "location")
    search_fields = ("public_id", "code", "order__number", "till_key")
    ordering = ("-pk",)
    inlines = (Lines,)


@admin.register(ReturnLine)
class ReturnLineAdmin(ReadOnly):
    """What came back, by condition: what goes to the supplier stands here."""

    list_display = ("returned", "sku", "quantity", "reason", "condition", "total", "fee")
    list_filter = ("condition", "reason")
    search_fields = ("sku", "returned__code")
    ordering = ("-pk",)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnly):
    """What was promised when; `manage.py return_policy` publishes a version."""

    list_display = ("version", "starts_at", "published_at", "published_by")
    search_fields = ("version",)
    ordering = ("-starts_at",)
