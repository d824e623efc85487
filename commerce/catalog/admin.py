"""The catalog in the back office. Its texts come from imports; what is sold is decided here."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from commerce.backoffice import ReadOnly, ReadOnlyRows
from commerce.catalog.models import Category, Picture, Product, Variant

Status = Product.Status


class VariantInline(ReadOnlyRows):
    """What can be bought of it."""

    model = Variant
    fields = ("sku", "barcode", "options", "position", "is_active", "backorder_limit")


class PictureInline(ReadOnlyRows):
    """How it looks."""

    model = Picture
    fields = ("source", "alt", "variant", "position")
    raw_id_fields = ("variant",)


@admin.register(Product)
class ProductAdmin(ReadOnly):
    """Products with their variants."""

    list_display = ("title", "handle", "category", "vendor", "status")
    list_filter = ("status", "category")
    search_fields = ("title", "handle", "variants__sku", "variants__barcode")
    inlines = (VariantInline, PictureInline)
    actions = ("sell", "archive")

    @admin.action(description="Sell")
    def sell(self, request: HttpRequest, rows: QuerySet[Product]) -> None:
        """Offer them from now on."""
        rows.update(status=Status.ACTIVE)

    @admin.action(description="Sell no more")
    def archive(self, request: HttpRequest, rows: QuerySet[Product]) -> None:
        """Offer them no longer."""
        rows.update(status=Status.ARCHIVED)


@admin.register(Variant)
class VariantAdmin(ReadOnly):
    """What can be bought, counted and scanned."""

    list_display = ("sku", "product", "barcode", "is_active", "backorder_limit")
    list_filter = ("is_active",)
    search_fields = ("sku", "barcode", "product__title")
    actions = ("sell", "withdraw")

    @admin.action(description="Sell")
    def sell(self, request: HttpRequest, rows: QuerySet[Variant]) -> None:
        """Offer them from now on."""
        rows.update(is_active=True)

    @admin.action(description="Sell no more")
    def withdraw(self, request: HttpRequest, rows: QuerySet[Variant]) -> None:
        """Offer them no longer."""
        rows.update(is_active=False)


@admin.register(Category)
class CategoryAdmin(ReadOnly):
    """The shelves of the catalog."""

    list_display = ("path", "slug")
    search_fields = ("path",)


@admin.register(Picture)
class PictureAdmin(ReadOnly):
    """Pictures of products."""

    list_display = ("product", "source", "position")
    search_fields = ("product__title", "source")
