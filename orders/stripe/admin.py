"""Pages, kept cards and disputes in the admin."""

from django.contrib import admin

from commerce.backoffice import ReadOnly
from orders.stripe.models import CardPage, Checkout, Customer, Dispute, KeptCard


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


@admin.register(Customer)
class CustomerAdmin(ReadOnly):
    """Who is known at Stripe, because she asked that a card be kept."""

    list_display = ("public_id", "reference", "created_at", "ended_at")
    search_fields = ("public_id", "reference")
    ordering = ("-pk",)


@admin.register(KeptCard)
class KeptCardAdmin(ReadOnly):
    """Cards that Stripe keeps."""

    list_display = ("reference", "customer", "kept_at", "removed_at")
    list_filter = ("removed_at",)
    search_fields = ("public_id", "reference")
    ordering = ("-pk",)


@admin.register(CardPage)
class CardPageAdmin(ReadOnly):
    """Where shoppers were sent to have a card kept."""

    list_display = ("public_id", "customer", "status", "page", "created_at", "expires_at")
    list_filter = ("status",)
    search_fields = ("public_id", "page")
    ordering = ("-pk",)
