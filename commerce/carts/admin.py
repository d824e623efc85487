"""Carts in the admin: to look at. Whoever changes one does it at the desk, where it is priced."""

from django.contrib import admin

from commerce.backoffice import ReadOnly, ReadOnlyRows
from commerce.carts.models import Cart, CartLine, CartMerge, CartOperation, HandOff, ManualDiscount, ParityRun, Wish


class LinesInline(ReadOnlyRows):
    """What lies in it; 0 was removed."""

    model = CartLine
    fields = ("variant", "quantity", "edited_at", "edited_by")


@admin.register(Cart)
class CartAdmin(ReadOnly):
    """Wishes, the last edited first."""

    list_display = ("public_id", "status", "sales_channel", "version", "coupon", "edited_at")
    list_filter = ("status", "sales_channel")
    list_select_related = ("sales_channel", "coupon")
    search_fields = ("public_id", "person__public_id", "journey__public_id")
    ordering = ("-edited_at",)
    inlines = (LinesInline,)


@admin.register(CartLine)
class CartLineAdmin(ReadOnly):
    """Lines of all carts; 0 was removed."""

    list_display = ("cart", "variant", "quantity", "edited_at", "edited_by")
    search_fields = ("cart__public_id", "variant__sku")
    ordering = ("-pk",)


@admin.register(CartOperation)
class CartOperationAdmin(ReadOnly):
    """What each hand did to a line, the last first."""

    list_display = ("cart", "version", "kind", "quantity", "variant", "actor", "channel", "at")
    list_filter = ("kind", "channel")
    search_fields = ("cart__public_id", "variant__sku")
    ordering = ("-pk",)


@admin.register(ManualDiscount)
class ManualDiscountAdmin(ReadOnly):
    """What was taken off by hand, why, and whether a second person has yet to agree."""

    list_display = ("cart", "kind", "value", "reason", "status", "given_by", "given_at")
    list_filter = ("status", "reason")
    search_fields = ("cart__public_id",)
    ordering = ("-pk",)


@admin.register(CartMerge)
class CartMergeAdmin(ReadOnly):
    """Which carts became one, by which rule; agents take a merge back at /api/v1/carts/<id>/unmerge/."""

    list_display = ("cart", "into", "strategy", "merged_at", "merged_by", "undone_at")
    list_filter = ("strategy",)
    search_fields = ("cart__public_id", "into__public_id")
    ordering = ("-pk",)


@admin.register(HandOff)
class HandOffAdmin(ReadOnly):
    """Who handed which cart on, and how far; the codes are stored nowhere."""

    list_display = ("cart", "scope", "uses_left", "made_by", "taken_by", "expires_at", "closes_at", "ended_at")
    list_filter = ("scope",)
    search_fields = ("cart__public_id",)
    exclude = ("digest",)
    ordering = ("-pk",)


@admin.register(ParityRun)
class ParityRunAdmin(ReadOnly):
    """Whether the same basket costs the same in every channel; compared at every change and every night."""

    list_display = ("at", "baskets", "difference_count", "declared_count")
    ordering = ("-pk",)

    @admin.display(description="differences")
    def difference_count(self, run: ParityRun) -> int:
        """How many baskets cost something else somewhere, against our will."""
        return len(run.differences)

    @admin.display(description="declared")
    def declared_count(self, run: ParityRun) -> int:
        """How many differ by a price list or promotion that says why."""
        return len(run.declared)


@admin.register(Wish)
class WishAdmin(ReadOnly):
    """What is saved for later, the last first."""

    list_display = ("variant", "quantity", "person", "saved_at")
    search_fields = ("person__public_id", "variant__sku")
    ordering = ("-pk",)
