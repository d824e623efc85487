"""Shopify's levels in the back office: which of our shelves is which, and what Shopify was last known to have."""

from django.contrib import admin

from inventory.shopify.models import Level


@admin.register(Level)
class LevelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The names are given here; the quantities are the sync's own."""

    list_display = ("stock", "item", "place", "seen", "seen_at", "pending", "oversold")
    list_select_related = ("stock__variant", "stock__location")
    readonly_fields = ("seen", "seen_at", "pending", "oversold")
    raw_id_fields = ("stock",)
    search_fields = ("item", "stock__variant__sku")
