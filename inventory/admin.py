"""Stock in the admin: to look at, not to type over. Goods are moved by the ledger, which writes down why."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import F, Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from commerce import clock
from commerce.backoffice import Editable, ReadOnly
from commerce.rest.problems import Problem
from inventory import buffers, incoming
from inventory.explaining import with_moved_since
from inventory.models import (
    Allocation,
    Backorder,
    BufferChange,
    BufferReason,
    BufferRule,
    Hold,
    Incoming,
    Movement,
    Repair,
    Reservation,
    SourcingRule,
    Stock,
)

SETTABLE = ("buffer", "backorder_cap")


class OfShelf(ReadOnly):
    """Rows that belong to a shelf, found by SKU, barcode or whose they are."""

    search_fields = ["stock__variant__sku", "stock__variant__barcode", "demand"]
    list_select_related = ["stock__variant", "stock__location"]

    @admin.display(description="SKU", ordering="stock__variant__sku")
    def sku(self, row: Any) -> str:
        """What it is."""
        return row.stock.variant.sku

    @admin.display(ordering="stock__location__name")
    def location(self, row: Any) -> str:
        """Where it lies."""
        return row.stock.location.name


@admin.register(Stock)
class StockAdmin(ReadOnly):
    """Counters; only the buffer and the cap of backorders may be set, and only by themselves."""

    list_display = (
        "sku", "location", "on_hand", "held", "allocated", "buffer", "damaged", "incoming", "free", "why",
    )  # fmt: skip
    list_filter = ("location",)
    search_fields = ("variant__sku", "variant__barcode", "variant__product__title")
    list_select_related = ("variant", "location")
    ordering = ("variant__sku", "location__name")
    fields = (
        "variant", "location", "on_hand", "held", "allocated", "buffer", "damaged", "incoming", "backorder_cap",
        "counted_at",
    )  # fmt: skip
    readonly_fields = tuple(name for name in fields if name not in SETTABLE)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """For what may be set."""
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """With what is free."""
        free = F("on_hand") - F("held") - F("allocated") - F("buffer") - F("damaged")
        return super().get_queryset(request).annotate(free=free)

    def save_model(self, request: HttpRequest, obj: Stock, form: ModelForm, change: bool) -> None:
        """Write these alone: the counters on this page may have moved since it was opened.

        What a smaller buffer frees goes to those in line.
        """
        with transaction.atomic():
            obj.save(update_fields=["backorder_cap"])
            buffers.set_by_hand(obj, at=clock.now())

    @admin.display(description="SKU", ordering="variant__sku")
    def sku(self, row: Stock) -> str:
        """What it is."""
        return row.variant.sku

    @admin.display(ordering="free")
    def free(self, row: Any) -> int:
        """What can be sold."""
        return row.free

    @admin.display(description="")
    def why(self, row: Stock) -> str:
        """What stands behind the numbers, now or as of an instant; and the movements one by one."""
        return format_html(
            '<a href="{}">explain</a> · <a href="{}?stock={}">movements</a>',
            reverse("store-explain", args=[row.location.code, row.variant.sku]),
            reverse("admin:inventory_movement_changelist"),
            row.pk,
        )


@admin.register(Movement)
class MovementAdmin(OfShelf):
    """The ledger."""

    list_display = (
        "occurred_at",
        "sku",
        "location",
        "kind",
        "quantity",
        "counted",
        "moved_since",
        "reason",
        "cause",
        "actor",
        "device",
    )
    list_filter = ("kind", "stock__location")
    search_fields = ["stock__variant__sku", "stock__variant__barcode", "demand", "cause", "key"]
    ordering = ("-occurred_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With how often a count's shelf had moved before it was booked."""
        return with_moved_since(super().get_queryset(request))

    @admin.display(description="moved since")
    def moved_since(self, row: Any) -> int | None:
        """Of a count: whether to look again."""
        return row.moved_since or None


@admin.register(Hold)
class HoldAdmin(OfShelf):
    """What is kept for checkouts, and was."""

    list_display = ("placed_at", "sku", "location", "quantity", "demand", "status", "expires_at", "ended_at")
    list_filter = ("status", "stock__location")
    ordering = ("-pk",)


@admin.register(Allocation)
class AllocationAdmin(OfShelf):
    """What is promised to orders, and was."""

    list_display = ("allocated_at", "sku", "location", "quantity", "demand", "status", "ended_at")
    list_filter = ("status", "stock__location")
    ordering = ("-pk",)


@admin.register(Repair)
class RepairAdmin(OfShelf):
    """Shelves to be counted, because a fact broke their books."""

    list_display = ("opened_at", "sku", "location", "closed_at")
    list_filter = (("closed_at", admin.EmptyFieldListFilter), "stock__location")
    search_fields = ["stock__variant__sku", "stock__variant__barcode"]
    ordering = ("-pk",)


@admin.register(Reservation)
class ReservationAdmin(OfShelf):
    """Units kept for somebody, and those who wait in line for some."""

    list_display = ("sku", "location", "quantity", "status", "asked_at", "expires_at", "ended_at")
    list_filter = ("status",)
    search_fields = ["public_id", "stock__variant__sku", "person__public_id"]
    ordering = ("-pk",)


@admin.register(Incoming)
class IncomingAdmin(OfShelf):
    """What is expected, what has come of it, and when the rest should."""

    list_display = ("expected_at", "sku", "location", "reference", "quantity", "received", "source", "ended_at")
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "stock__location")
    search_fields = ["stock__variant__sku", "stock__variant__barcode", "reference"]
    list_select_related = ["stock__variant", "stock__location", "source"]
    ordering = ("expected_at", "pk")
    actions = ("no_more",)

    @admin.action(description="Nothing more comes of these purchase orders")
    def no_more(self, request: HttpRequest, queryset: QuerySet[Incoming]) -> None:
        """End the orders of these lines, each at its place, by itself; transfers have a list of their own."""
        missing = 0
        for reference, place in sorted(set(queryset.values_list("reference", "stock__location"))):
            try:
                missing += incoming.call_off(reference, location_id=place, at=clock.now())
            except Problem as refusal:
                messages.error(request, f"{reference}: {refusal.detail}")
        messages.success(request, f"{missing} units are not expected any more")


@admin.register(Backorder)
class BackorderAdmin(OfShelf):
    """What was sold before it was here, each shelf's line by payment."""

    list_display = ("sku", "location", "quantity", "served", "status", "paid_at", "ended_at", "demand")
    list_filter = ("status", "stock__location")
    ordering = ("stock", "paid_at", "pk")


@admin.register(SourcingRule)
class SourcingRuleAdmin(Editable):
    """In which order each sales channel looks for a place that serves."""

    list_display = ("sales_channel", "ordinal", "kind", "location")
    list_filter = ("sales_channel",)
    list_select_related = ("sales_channel", "location")


@admin.register(BufferRule)
class BufferRuleAdmin(Editable):
    """Where buffers are reckoned, and within which bounds."""

    list_display = ("location", "floor", "cap")
    search_fields = ("location__code",)
    ordering = ("location",)


@admin.register(BufferReason)
class BufferReasonAdmin(ReadOnly):
    """Why buffers are what they are."""

    list_display = ("stock", "measured", "set_at")
    search_fields = ("stock__variant__sku",)
    ordering = ("-set_at",)


@admin.register(BufferChange)
class BufferChangeAdmin(ReadOnly):
    """What buffers were, from when on."""

    list_display = ("stock", "before", "units", "measured", "set_at")
    search_fields = ("stock__variant__sku",)
    ordering = ("-set_at",)
