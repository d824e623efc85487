"""Limits are set here; approvals are decided on their own page, by the function that does what was asked for."""

from django.contrib import admin

from commerce.approvals.models import Approval, Limit
from commerce.backoffice import Editable, ReadOnly


@admin.register(Limit)
class LimitAdmin(Editable):
    """How far each role goes."""

    list_display = ("kind", "role", "alone", "agrees")
    list_filter = ("kind", "role")
    ordering = ("kind", "role")


@admin.register(Approval)
class ApprovalAdmin(ReadOnly):
    """What waited for a second person, and who decided."""

    list_display = ("public_id", "kind", "amount", "currency", "reason", "status", "asked_by", "asked_at", "decided_by")
    list_filter = ("kind", "status")
    search_fields = ("public_id", "subject")
    ordering = ("-pk",)
