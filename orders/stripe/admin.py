"""Pages and disputes in the admin."""

from django.contrib import admin

from commerce.backoffice import ReadOnly
from orders.stripe.models import Checkout, Dispute


@admin.register(Checkout)
class CheckoutAdmin(ReadOnly):
    """Where shoppers were asked to pay."""

    list_display = ("payment", "kind", "page", "intent", "captures_later", "created_at", "expires_at", "capture_before")
    list_filter = ("kind",)
    search_fields = ("payment__public_id", "page", "intent")
    ordering = ("-pk",)


@admin.register(Dispute)
class DisputeAdmin(ReadOnly):
    """What cardholders contest."""

    list_display = ("reference", "payment", "amount", "currency", "reason", "status", "due_by", "closed_at")
    list_filter = ("status",)
    search_fields = ("reference", "payment__public_id")
    ordering = ("-pk",)
