"""Carts in the admin: to look at. Whoever changes one does it at the desk, where it is priced."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from commerce import clock
from commerce.backoffice import Editable, ReadOnly, ReadOnlyRows, percent
from commerce.carts import previewing
from commerce.carts.models import Cart, CartLine, CartMerge, CartOperation, HandOff, ManualDiscount, Wish
from commerce.pricing.admin import PriceListAdmin
from commerce.pricing.models import PriceList
from commerce.promotions.admin import PromotionAdmin
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


class LookedAtFirst(Editable):
    """What prices come from: a change of it is looked at in prices, baskets and margins before it is saved."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form; what it says can be looked at before it is saved."""
        if request.method == "POST" and "_look" in request.POST:
            before, edited = (self.get_object(request, object_id) if object_id else None for _ in range(2))
            form = self.get_form(request, edited, change=edited is not None)(request.POST, instance=edited)
            if form.is_valid():
                return self.look(request, form, before=before)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def look(self, request: HttpRequest, form: Any, *, before: Any) -> HttpResponse:
        """What the change would do, and the button that does it."""
        effect = previewing.look(form.save, before=before, at=clock.now())
        said = [(name, value) for name, values in request.POST.lists() for value in values]
        hidden = ("_look", "csrfmiddlewaretoken")
        context = self.admin_site.each_context(request) | {
            "name": str(form.instance),
            "effect": effect,
            "units": [(unit, percent(unit.margin_before), percent(unit.margin_after)) for unit in effect.units[:SHOWN]],
            "margins": (percent(effect.margin_before), percent(effect.margin_after)),
            "said": [(name, value) for name, value in said if name not in hidden],
        }
        return render(request, "carts/preview.html", context)


# Their rooms lie below the carts in which a change of them is looked at.
admin.site.unregister([Promotion, PriceList])


@admin.register(Promotion)
class LookedAtPromotionAdmin(LookedAtFirst, PromotionAdmin):
    """Promotions, looked at first."""

    change_form_template = "carts/promotion.html"


@admin.register(PriceList)
class LookedAtPriceListAdmin(LookedAtFirst, PriceListAdmin):
    """Price lists, looked at first: their time, place, group and rank, as their prices are by the file's own page."""

    change_form_template = "carts/price_list.html"
