"""Signed quotes in the admin: to look at."""

from django.contrib import admin

from commerce.backoffice import ReadOnly
from commerce.quotes.models import ShelfLabel, SignedQuote


@admin.register(SignedQuote)
class SignedQuoteAdmin(ReadOnly):
    """Prices that were promised, and the order that used each."""

    list_display = ("code", "sales_channel", "total", "currency", "made_at", "valid_until", "demand")
    list_filter = ("sales_channel",)
    search_fields = ("code", "public_id", "demand")
    ordering = ("-pk",)


@admin.register(ShelfLabel)
class ShelfLabelAdmin(ReadOnly):
    """What hangs on the shelves, store by store."""

    list_display = ("location", "variant", "amount", "was", "lowest", "version", "hung_at")
    list_filter = ("location",)
    search_fields = ("variant__sku",)
    ordering = ("-hung_at",)
