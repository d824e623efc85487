"""Stored answers and limits in the back office, without what they say."""

from django.contrib import admin

from commerce.backoffice import ReadOnly
from commerce.rest.models import IdempotentAnswer, LimitCount


@admin.register(IdempotentAnswer)
class IdempotentAnswerAdmin(ReadOnly):
    """Requests that came with a key; what they were answered may hold personal data."""

    list_display = ("caller", "key", "status", "created_at")
    search_fields = ("key",)
    ordering = ("-pk",)
    exclude = ("body",)


@admin.register(LimitCount)
class LimitCountAdmin(ReadOnly):
    """How often somebody knocked, by digests."""

    list_display = ("name", "count", "ends_at")
    list_filter = ("name",)
    ordering = ("-ends_at",)
