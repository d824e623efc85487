"""Carts in the admin: to look at. Whoever changes one does it at the desk, where it is priced."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from commerce import clock
from commerce.backoffice import Editable, ReadOnly, ReadOnlyRows, percent
from commerce.carts import previewing
from commerce.carts.models import Cart, CartLine, CartMerge, CartOperation, HandOff, ManualDiscount, Wish
from commerce.promotions.models import Promotion


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


@admin.register(Wish)
class WishAdmin(ReadOnly):
    """What is saved for later, the last first."""

    list_display = ("variant", "quantity", "person", "saved_at")
    search_fields = ("person__public_id", "variant__sku")
    ordering = ("-pk",)


SHOWN = 200
"""Changed prices on the page of a preview."""


@admin.register(Promotion)
class PromotionAdmin(Editable):
    """What takes something off, by itself or with a code. A trigger raises the version and keeps what it said.

    It stands here and not in its own room because a change of it is looked at in baskets first.
    """

    list_display = (
        "name",
        "kind",
        "value",
        "needs_coupon",
        "sales_channel",
        "location",
        "reason",
        "starts_at",
        "ends_at",
    )
    list_filter = ("kind", "needs_coupon", "is_active")
    search_fields = ("name",)
    raw_id_fields = ("products", "variants", "gift")
    readonly_fields = ("version",)
    ordering = ("-pk",)
    change_form_template = "carts/promotion.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form; what it says can be looked at before it is saved."""
        if request.method == "POST" and "_look" in request.POST:
            existing = self.get_object(request, object_id) if object_id else None
            form = self.get_form(request, existing, change=existing is not None)(request.POST, instance=existing)
            if form.is_valid():
                return self.look(request, form, pk=int(object_id) if object_id else None)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def look(self, request: HttpRequest, form: Any, *, pk: int | None) -> HttpResponse:
        """What the change would do, and the button that does it."""
        effect = previewing.look(form.save, existing=pk, at=clock.now())
        said = [(name, value) for name, values in request.POST.lists() for value in values]
        hidden = ("_look", "csrfmiddlewaretoken")
        context = self.admin_site.each_context(request) | {
            "name": form.cleaned_data["name"],
            "effect": effect,
            "units": [(unit, percent(unit.margin_before), percent(unit.margin_after)) for unit in effect.units[:SHOWN]],
            "margins": (percent(effect.margin_before), percent(effect.margin_after)),
            "said": [(name, value) for name, value in said if name not in hidden],
        }
        return render(request, "carts/promotion_preview.html", context)
