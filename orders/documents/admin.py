"""Documents in the admin."""

from django.contrib import admin

from commerce.backoffice import ReadOnly
from orders.documents.models import Document, Series


@admin.register(Document)
class DocumentAdmin(ReadOnly):
    """Every paper that was issued."""

    list_display = ("title", "kind", "order", "issued_at")
    list_filter = ("kind",)
    search_fields = ("public_id", "order__number")
    ordering = ("-pk",)


@admin.register(Series)
class SeriesAdmin(ReadOnly):
    """Rows of numbers."""

    list_display = ("code", "last_number")
    search_fields = ("code",)
    ordering = ("code",)
