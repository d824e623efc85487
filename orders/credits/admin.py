"""Gift cards and store credit in the admin. Codes are not there: only their last letters are known."""

from django.contrib import admin

from commerce.backoffice import ReadOnly, ReadOnlyRows
from orders.credits.models import Credit, CreditMovement


class Movements(ReadOnlyRows):
    """What explains a balance."""

    model = CreditMovement


@admin.register(Credit)
class CreditAdmin(ReadOnly):
    """Gift cards and store credit with their ledger."""

    list_display = ("public_id", "kind", "code_ending", "person", "balance", "currency", "created_at", "ends_at")
    list_filter = ("kind",)
    search_fields = ("public_id", "code_ending")
    ordering = ("-pk",)
    inlines = (Movements,)


@admin.register(CreditMovement)
class CreditMovementAdmin(ReadOnly):
    """The ledger."""

    list_display = ("credit", "kind", "amount", "payment", "actor", "at")
    list_filter = ("kind",)
    search_fields = ("credit__public_id", "key")
    ordering = ("-pk",)
