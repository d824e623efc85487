"""Agreements to pay in the admin."""

from django.contrib import admin

from commerce.backoffice import ReadOnly, ReadOnlyRows
from orders.receivables.models import Agreement, Installment


class Installments(ReadOnlyRows):
    """The parts of an agreement."""

    model = Installment


@admin.register(Agreement)
class AgreementAdmin(ReadOnly):
    """Who promised to pay what, until when."""

    list_display = ("public_id", "order", "kind", "status", "made_at", "made_by", "closed_at")
    list_filter = ("kind", "status")
    search_fields = ("public_id", "order__number")
    ordering = ("-pk",)
    inlines = (Installments,)


@admin.register(Installment)
class InstallmentAdmin(ReadOnly):
    """What is due when."""

    list_display = ("agreement", "ordinal", "amount", "due_at", "paid_at")
    search_fields = ("agreement__public_id",)
    ordering = ("-pk",)
