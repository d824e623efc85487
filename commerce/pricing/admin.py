"""Prices in the admin: a new price is set, an old one is history."""

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F
from django.forms import ModelForm
from django.forms.utils import from_current_timezone
from django.http import HttpRequest
from django.utils import timezone

from commerce.backoffice import Editable, OnceSet
from commerce.pricing.models import Price, PriceList, TaxRate
from commerce.pricing.publishing import set_prices


class PriceListForm(ModelForm):
    """The times of a list are typed in its own zone; those that a clock change skips or doubles are refused."""

    class Meta:
        model = PriceList
        fields = (
            "code",
            "currency",
            "tax_included",
            "sales_channel",
            "location",
            "customer_group",
            "reason",
            "timezone",
            "starts_at",
            "ends_at",
            "rank",
            "is_active",
        )

    def clean(self) -> dict[str, Any]:
        """Reads the times in the list's zone; raises ValidationError."""
        cleaned = super().clean() or self.cleaned_data
        try:
            zone = ZoneInfo(cleaned.get("timezone") or "")
        except (ZoneInfoNotFoundError, ValueError) as problem:
            raise ValidationError({"timezone": "this is no IANA time zone"}) from problem
        for field in ("starts_at", "ends_at"):
            if typed := cleaned.get(field):
                with timezone.override(zone):
                    cleaned[field] = from_current_timezone(typed.replace(tzinfo=None))
        return cleaned


@admin.register(PriceList)
class PriceListAdmin(Editable):
    """Which prices apply where, and which list goes first."""

    form = PriceListForm

    list_display = (
        "code",
        "currency",
        "tax_included",
        "sales_channel",
        "location",
        "customer_group",
        "reason",
        "rank",
        "is_active",
        "version",
    )
    readonly_fields = ("version",)

    def save_model(self, request: HttpRequest, obj: PriceList, form: ModelForm, change: bool) -> None:
        """Raises the version, which every quote names."""
        super().save_model(request, obj, form, change)
        if change:
            PriceList.objects.filter(pk=obj.pk).update(version=F("version") + 1)


@admin.register(Price)
class PriceAdmin(OnceSet):
    """What a variant costs from an instant on."""

    list_display = ("variant", "price_list", "min_quantity", "amount", "compare_at", "starts_at", "version")
    exclude = ("version",)
    list_filter = ("price_list",)
    search_fields = ("variant__sku", "variant__barcode", "variant__product__title")
    raw_id_fields = ("variant",)
    ordering = ("-pk",)

    def save_model(self, request: HttpRequest, obj: Price, form: ModelForm, change: Any) -> None:
        """Sets the price by the same function as an import."""
        set_prices(
            obj.price_list,
            {obj.variant_id: (obj.amount, obj.compare_at)},
            min_quantity=obj.min_quantity,
            at=obj.starts_at,
        )
        same = Price.objects.filter(price_list=obj.price_list, variant=obj.variant_id, min_quantity=obj.min_quantity)
        obj.pk = same.filter(starts_at__lte=obj.starts_at).latest("starts_at", "version").pk


@admin.register(TaxRate)
class TaxRateAdmin(OnceSet):
    """A country's rates, from a day on."""

    list_display = ("country", "category", "basis_points", "starts_at")
    list_filter = ("country", "category")
    ordering = ("country", "category", "-starts_at")
