"""What there is and where; every unit explained by movements, holds and allocations."""

from django.db import models
from django.db.models import Q

from commerce.catalog.models import Variant
from commerce.channels.models import Location


class Stock(models.Model):
    """The counters of one variant at one location. Written only by inventory.ledger and inventory.holds.

    Available = on_hand − held − allocated − buffer − damaged. On-hand moves only when goods move.
    """

    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="stock")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="stock")
    on_hand = models.IntegerField(default=0)
    held = models.IntegerField(default=0)
    allocated = models.IntegerField(default=0)
    buffer = models.IntegerField(default=0)
    damaged = models.IntegerField(default=0)
    incoming = models.IntegerField(default=0)

    class Meta:
        verbose_name_plural = "stock"
        constraints = [
            models.UniqueConstraint(fields=["variant", "location"], name="stock_once"),
            models.CheckConstraint(
                condition=Q(held__gte=0, allocated__gte=0, buffer__gte=0, damaged__gte=0, incoming__gte=0),
                name="stock_counters_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} at {self.location_id}"


class Movement(models.Model):
    """One row of the ledger: goods moved. The sum of a stock's movements is its on-hand. Append-only by trigger."""

    class Kind(models.TextChoices):
        RECEIVED = "received"
        SOLD = "sold"
        SHIPPED = "shipped"
        COLLECTED = "collected"
        RETURNED = "returned"
        TRANSFERRED_OUT = "transferred_out"
        TRANSFERRED_IN = "transferred_in"
        COUNTED = "counted"
        ADJUSTED = "adjusted"
        DAMAGED = "damaged"
        CORRECTED = "corrected"

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=16, choices=Kind)
    quantity = models.IntegerField(help_text="change of on-hand")
    reason = models.CharField(max_length=120, blank=True)
    demand = models.CharField(max_length=64, blank=True, help_text="what it was for, such as an order line")
    actor = models.CharField(max_length=60)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    key = models.CharField(max_length=120, unique=True, null=True, help_text="makes it happen once")

    class Meta:
        indexes = [models.Index(fields=["stock", "occurred_at"], name="movement_of_stock")]
        constraints = [
            models.CheckConstraint(condition=~Q(kind="adjusted") | ~Q(reason=""), name="adjustment_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity:+}"


class Hold(models.Model):
    """Units kept for a checkout until it ends or the hold expires. Live while it stands here unreleased."""

    class Status(models.TextChoices):
        LIVE = "live"
        ALLOCATED = "allocated"
        RELEASED = "released"

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="holds")
    demand = models.CharField(max_length=64, help_text="whose it is: an order line, a reservation")
    quantity = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.LIVE)
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["demand", "stock"], condition=Q(status="live"), name="hold_live_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="hold_of_something"),
            models.CheckConstraint(condition=Q(status__in=["live", "allocated", "released"]), name="hold_status_known"),
        ]
        indexes = [models.Index(fields=["stock", "expires_at"], condition=Q(status="live"), name="hold_live")]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.demand}"


class Allocation(models.Model):
    """Units promised to an order line at a location, until its fulfillment takes them or it is canceled."""

    class Status(models.TextChoices):
        OPEN = "open"
        CONSUMED = "consumed"
        RELEASED = "released"

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="allocations")
    demand = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    allocated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["demand", "stock"], condition=Q(status="open"), name="allocation_open_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="allocation_of_something"),
            models.CheckConstraint(
                condition=Q(status__in=["open", "consumed", "released"]), name="allocation_status_known"
            ),
        ]
        indexes = [models.Index(fields=["stock"], condition=Q(status="open"), name="allocation_open")]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.demand}"
