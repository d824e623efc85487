"""Prices in the admin: a new price is set, an old one is history."""

import csv
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.forms import ModelForm
from django.forms.utils import from_current_timezone
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from commerce import clock
from commerce.backoffice import Editable, OnceSet, percent
from commerce.csv_files import Unreadable
from commerce.pricing import price_csv
from commerce.pricing.models import Price, PriceList, TaxRate
from commerce.pricing.prices import NoTaxRate, tax_rate
from commerce.pricing.publishing import Change, set_prices


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


def exported(chosen: PriceList, *, at: datetime) -> HttpResponse:
    """The prices of a list as a file."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{chosen.code}-{chosen.version}.csv"'
    writer = csv.writer(answer)
    writer.writerow(price_csv.COLUMNS)
    writer.writerows(price_csv.export(chosen, at=at))
    return answer


def previewed(content: str, chosen: PriceList, *, at: datetime) -> tuple[price_csv.PriceFile, list[Change]]:
    """A file and what it would change; raises Unreadable, NoTaxRate. Margins are reckoned with the country's rate."""
    country = chosen.sales_channel.country if chosen.sales_channel else "ES"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "prices.csv"
        file.write_text(content, encoding="utf-8")
        found = price_csv.parse_file(file, price_list=chosen)
    rate = tax_rate(country=country, at=at)
    return found, price_csv.changes(found, price_list=chosen, tax_basis_points=rate, at=at)


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
    change_form_template = "pricing/price_list.html"

    def get_urls(self) -> list[URLPattern]:
        """Besides Django's: the prices of a list as a file, and what a file would change."""
        ours = path("<int:pk>/prices/", self.admin_site.admin_view(self.prices), name="pricing_prices")
        return [ours, *super().get_urls()]

    def prices(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A list as CSV; or a file that is looked at first, and published by a second button."""
        chosen, at = get_object_or_404(PriceList, pk=pk), clock.now()
        if request.method != "POST":
            return exported(chosen, at=at)
        uploaded = request.FILES.get("file")
        content = uploaded.read().decode("utf-8", "replace") if uploaded else request.POST.get("content", "")
        try:
            found, changes = previewed(content, chosen, at=at)
        except (Unreadable, NoTaxRate) as problem:
            messages.error(request, str(problem))
            return redirect("admin:pricing_pricelist_change", pk)
        if "publish" in request.POST and not found.faults:
            price_csv.publish(found, price_list=chosen, at=at)
            messages.success(request, f"{len(changes)} prices changed, published as version {chosen.version}")
            return redirect("admin:pricing_pricelist_change", pk)
        context = self.admin_site.each_context(request) | {
            "list": chosen,
            "content": content,
            "faults": found.faults,
            "changes": [(change, percent(change.margin_before), percent(change.margin_after)) for change in changes],
            "below": sum(change.sells_below_cost for change in changes),
        }
        return render(request, "pricing/preview.html", context)

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
