"""Who waits to be told, in the back office: to look at."""

from django.contrib import admin

from commerce.backoffice import ReadOnly
from inventory.alerts.models import Alert


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    """Everybody who asked to be told when something is back."""

    list_display = ("asked_at", "variant", "location", "contact_channel", "status", "told_at", "ended_at")
    list_filter = ("status", "location")
    search_fields = ("public_id", "variant__sku", "person__public_id")
    ordering = ("-pk",)
