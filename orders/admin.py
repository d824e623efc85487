"""Orders in the admin: looked at here, changed by use cases. What a person must look at stands first."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from commerce import clock
from commerce.backoffice import ReadOnly, ReadOnlyRows
from commerce.rest.authentication import actor_of
from commerce.rest.problems import Problem
from commerce.rest.selling import channel_of
from commerce.timeline.actors import Actor
from orders import cancel, pickups, todos
from orders.models import (
    Fulfillment,
    FulfillmentLine,
    Order,
    OrderHold,
    OrderLine,
    Payment,
    Refund,
    Todo,
)
from orders.sourced import why_here


def one_by_one(request: HttpRequest, rows: QuerySet[Any], use_case: Callable[..., object]) -> None:
    """Do the same with every row that was chosen; what is refused is told, and holds up no other."""
    done = 0
    for row in rows.order_by("pk"):
        try:
            use_case(row, by=actor_of(request), channel=channel_of(request), at=clock.now())
            done += 1
        except Problem as refusal:
            messages.error(request, f"{row}: {refusal.detail}")
    messages.success(request, f"{done} done")


@admin.register(Todo)
class TodoAdmin(ReadOnly):
    """Disputes, refunds that failed, money that differs from Stripe's, agreements that were broken."""

    list_display = ("kind", "cause", "order", "due_at", "opened_at", "closed_at", "closed_by")
    list_filter = ("kind", ("closed_at", admin.EmptyFieldListFilter))
    search_fields = ("subject", "order__number", "cause")
    ordering = ("closed_at", "due_at", "pk")
    actions = ("close",)

    @admin.action(description="Close: somebody has dealt with it")
    def close(self, request: HttpRequest, queryset: QuerySet[Todo]) -> None:
        """Take matters off the list."""
        by = Actor("user", str(request.user.pk))
        closed = sum(todos.close_todo(todo.kind, todo.subject, by=by, at=clock.now()) for todo in queryset)
        messages.success(request, f"{closed} closed")


class Lines(ReadOnlyRows):
    """What was bought."""

    model = OrderLine
    fields = ("ordinal", "sku", "title", "quantity", "unit_price", "discount", "total", "tax")


class Payments(ReadOnlyRows):
    """How it was paid."""

    model = Payment
    fields = ("tender", "amount", "refunded", "status", "reference", "captured_at")


class Fulfillments(ReadOnlyRows):
    """How it reaches her."""

    model = Fulfillment
    fields = ("kind", "location", "why", "status", "promised_for", "carrier", "tracking_number")
    readonly_fields = ("why",)

    @admin.display(description="why there")
    def why(self, part: Fulfillment) -> str:
        """By which rules its place was chosen."""
        return dict(why_here([part])).get(part.pk, "")


@admin.register(Order)
class OrderAdmin(ReadOnly):
    """Promises."""

    list_display = ("number", "status", "payment_status", "sales_channel", "total", "currency", "placed_at")
    list_filter = ("status", "payment_status", "sales_channel")
    search_fields = ("number", "public_id", "lines__public_id")
    ordering = ("-pk",)
    inlines = (Lines, Payments, Fulfillments)
    actions = ("take_back",)

    @admin.action(description="Cancel: nobody prepares it yet, and its money goes back")
    def take_back(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """Cancel orders, each by itself."""
        one_by_one(request, queryset, cancel.cancel)


@admin.register(OrderHold)
class OrderHoldAdmin(ReadOnly):
    """Orders that are held back, whose matter that is, and until when."""

    list_display = ("order", "kind", "owner", "due_at", "held_at", "released_at", "released_by")
    list_filter = ("kind", ("released_at", admin.EmptyFieldListFilter))
    search_fields = ("order__number", "owner")
    ordering = ("released_at", "due_at")


@admin.register(Payment)
class PaymentAdmin(ReadOnly):
    """Every tender of every order."""

    list_display = ("public_id", "order", "tender", "amount", "refunded", "currency", "status", "captured_at")
    list_filter = ("tender", "status")
    search_fields = ("public_id", "reference", "order__number")
    ordering = ("-pk",)


@admin.register(Refund)
class RefundAdmin(ReadOnly):
    """Money on its way back."""

    list_display = ("public_id", "payment", "amount", "reason", "status", "created_at", "settled_at")
    list_filter = ("status", "reason")
    search_fields = ("public_id", "reference", "payment__order__number")
    ordering = ("-pk",)


@admin.register(Fulfillment)
class FulfillmentAdmin(ReadOnly):
    """Pickups and parcels."""

    list_display = ("public_id", "order", "kind", "location", "status", "promised_for", "carrier", "tracking_number")
    list_filter = ("kind", "status", "location")
    search_fields = ("public_id", "order__number", "tracking_number")
    ordering = ("-pk",)
    actions = ("pick", "ready")

    @admin.action(description="Start picking")
    def pick(self, request: HttpRequest, queryset: QuerySet[Fulfillment]) -> None:
        """Somebody takes the goods from their shelves."""
        one_by_one(request, queryset.select_related("order"), pickups.start_picking)

    @admin.action(description="Ready: the shopper is told a code")
    def ready(self, request: HttpRequest, queryset: QuerySet[Fulfillment]) -> None:
        """The goods wait for the shopper."""
        one_by_one(request, queryset.select_related("order"), pickups.mark_ready)


for model, shown in (
    (OrderLine, ("order", "sku", "title", "quantity", "total")),
    (FulfillmentLine, ("fulfillment", "order_line", "quantity")),
):
    searched = ("sku",) if model is not FulfillmentLine else ("order_line__sku",)
    admin.site.register(model, ReadOnly, list_display=shown, search_fields=searched, ordering=("-pk",))
