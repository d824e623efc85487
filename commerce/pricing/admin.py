"""Prices in the admin: a new price is set, an old one is history."""

from typing import Any

from django.contrib import admin
from django.db.models import F
from django.forms import ModelForm
from django.http import HttpRequest

from commerce.backoffice import Editable, ReadOnly
from commerce.pricing.importing import set_prices
from commerce.pricing.models import Price, PriceList, TaxRate


class OnceSet(ReadOnly):
    """Rows that are added, and then stay: they say what applied from an instant on."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever is let in here."""
        return True


@admin.register(PriceList)
class PriceListAdmin(Editable):
    """Which prices apply where, and which list goes first."""

    list_display = ("code", "currency", "tax_included", "sales_channel", "rank", "is_active", "version")
    readonly_fields = ("version",)

    def save_model(self, request: HttpRequest, obj: PriceList, form: ModelForm, change: bool) -> None:
        """Raises the version, which every quote names."""
        super().save_model(request, obj, form, change)
        if change:
            PriceList.objects.filter(pk=obj.pk).update(version=F("version") + 1)


@admin.register(Price)
class PriceAdmin(OnceSet):
    """What a variant costs from an instant on."""

    list_display = ("variant", "price_list", "amount", "compare_at", "starts_at")
    list_filter = ("price_list",)
    search_fields = ("variant__sku", "variant__barcode", "variant__product__title")
    raw_id_fields = ("variant",)
    ordering = ("-pk",)

    def save_model(self, request: HttpRequest, obj: Price, form: ModelForm, change: Any) -> None:
        """Sets the price by the same function as an import."""
        set_prices(obj.price_list, {obj.variant_id: (obj.amount, obj.compare_at)}, at=obj.starts_at)
        obj.pk = Price.objects.get(price_list=obj.price_list, variant=obj.variant_id, starts_at=obj.starts_at).pk


@admin.register(TaxRate)
class TaxRateAdmin(OnceSet):
    """A country's rates, from a day on."""

    list_display = ("country", "category", "basis_points", "starts_at")
    list_filter = ("country", "category")
    ordering = ("country", "category", "-starts_at")
