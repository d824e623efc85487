"""Signed quotes in the admin: to look at."""

from django.contrib import admin

from commerce.backoffice import ReadOnly
from commerce.quotes.models import SignedQuote


@admin.register(SignedQuote)
class SignedQuoteAdmin(ReadOnly):
    """Prices that were promised, and the order that used each."""

    list_display = ("code", "sales_channel", "total", "currency", "made_at", "valid_until", "demand")
    list_filter = ("sales_channel",)
    search_fields = ("code", "public_id", "demand")
    ordering = ("-pk",)
