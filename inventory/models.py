"""What there is and where; every unit explained by movements, holds and allocations.

Foreign keys have no index of their own where another begins with the same column: what ends every few seconds must
not make an index of all that ever was.
"""

from django.db import models
from django.db.models import F, Q

from commerce.carts.models import Cart
from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.customers.models import Person
from commerce.ids import PublicIdField
from commerce.timeline.models import Journey
from inventory.buffer_models import BufferChange, BufferReason, BufferRule  # noqa: F401 (Django finds them here)


class Stock(models.Model):
    """The counters of one variant at one location. Written only by inventory.ledger and inventory.holds.

    Available = on_hand − held − allocated − buffer − damaged. On-hand moves only when goods move.
    """

    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="stock", db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="stock")
    on_hand = models.IntegerField(default=0)
    held = models.IntegerField(default=0)
    allocated = models.IntegerField(default=0)
    buffer = models.IntegerField(default=0)
    damaged = models.IntegerField(default=0)
    incoming = models.IntegerField(default=0)
    backorder_cap = models.PositiveIntegerField(
        default=0, db_default=0, help_text="so many units may be sold here before they are here; 0: none"
    )
    counted_at = models.DateTimeField(null=True, blank=True, help_text="last count; it has seen all that came before")

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

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="movements", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind)
    quantity = models.IntegerField(help_text="change of on-hand")
    damaged = models.IntegerField(default=0, help_text="change of the damaged units among them")
    counted = models.IntegerField(null=True, help_text="what a count found; its quantity is the difference")
    reason = models.CharField(max_length=120, blank=True)
    demand = models.CharField(max_length=64, blank=True, help_text="what it was for, such as an order line")
    cause = models.CharField(max_length=140, help_text="what led to it: an order line, a paper, a key")
    actor = models.CharField(max_length=60)
    device = models.CharField(
        max_length=60, blank=True, default="", help_text="the till or machine by which it was told"
    )
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    key = models.CharField(max_length=140, unique=True, null=True, help_text="makes it happen once")
    written_in = models.BigIntegerField(db_default=0, editable=False, help_text="the transaction that wrote it")

    class Meta:
        indexes = [
            models.Index(
                fields=["stock", "occurred_at"],
                name="movement_by_time",
                include=["quantity", "damaged", "recorded_at", "kind"],
            ),
            models.Index(fields=["written_in", "id"], name="movement_as_written"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(cause=""), name="movement_has_cause"),
            models.CheckConstraint(condition=~Q(kind="adjusted") | ~Q(reason=""), name="adjustment_has_reason"),
            models.CheckConstraint(
                condition=Q(kind="counted", counted__gte=0) | (~Q(kind="counted") & Q(counted__isnull=True)),
                name="only_a_count_has_counted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity:+}"


class Incoming(models.Model):
    """A line of expected goods: ordered from a supplier, or on the road from another of our own places.

    Written only by inventory.incoming, which keeps the shelf's `incoming` equal to what has not come of its open lines.
    """

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="arrivals", db_index=False)
    reference = models.CharField(max_length=60, help_text="the purchase order's or transfer's number")
    quantity = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0, help_text="more than ordered, where more came")
    expected_at = models.DateTimeField(null=True, blank=True, help_text="nothing is promised of what has no date")
    source = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="of our own: whence"
    )
    via = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="where it is meanwhile"
    )
    ordered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="all has come, or nothing more will")

    class Meta:
        verbose_name_plural = "incoming"
        constraints = [
            models.UniqueConstraint(fields=["stock", "reference"], name="incoming_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="incoming_of_something"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | Q(received__lt=F("quantity")), name="incoming_ends_when_full"
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=True, via__isnull=True) | Q(source__isnull=False, via__isnull=False),
                name="incoming_from_here_is_somewhere",
            ),
        ]
        indexes = [
            models.Index(fields=["stock", "expected_at"], condition=Q(ended_at__isnull=True), name="incoming_open"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.reference}"


class Hold(models.Model):
    """Units kept for a checkout until it ends or the hold expires.

    A hold past its time still stands in `held` until somebody needs its units or the sweeper comes; whoever reads or
    takes stock does not count it (inventory.availability, inventory.holds).
    """

    class Status(models.TextChoices):
        LIVE = "live"
        ALLOCATED = "allocated"
        RELEASED = "released"
        EXPIRED = "expired"
        REPLACED = "replaced"

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="holds", db_index=False)
    demand = models.CharField(max_length=64, help_text="whose it is: an order line, a reservation")
    quantity = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.LIVE)
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    earlier = models.JSONField(null=True, editable=False, help_text="[[extended at, expiry before], …], oldest first")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["demand", "stock"], condition=Q(status="live"), name="hold_live_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="hold_of_something"),
            models.CheckConstraint(
                condition=Q(status="live", ended_at__isnull=True)
                | Q(status__in=["allocated", "released", "expired", "replaced"], ended_at__isnull=False),
                name="hold_status_known",
            ),
        ]
        indexes = [
            models.Index(fields=["stock", "expires_at"], condition=Q(status="live"), name="hold_live"),
            models.Index(
                fields=["demand"], condition=Q(status__in=["allocated", "released", "expired"]), name="hold_ended"
            ),
            models.Index(fields=["stock", "ended_at"], condition=Q(ended_at__isnull=False), name="hold_past"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.demand}"


class Allocation(models.Model):
    """Units promised to an order line at a location, until its fulfillment takes them or it is canceled."""

    class Status(models.TextChoices):
        OPEN = "open"
        CONSUMED = "consumed"
        RELEASED = "released"

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="allocations", db_index=False)
    demand = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    allocated_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["demand", "stock"], condition=Q(status="open"), name="allocation_open_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="allocation_of_something"),
            models.CheckConstraint(
                condition=Q(status="open", ended_at__isnull=True)
                | Q(status__in=["consumed", "released"], ended_at__isnull=False),
                name="allocation_status_known",
            ),
        ]
        indexes = [
            models.Index(fields=["stock"], condition=Q(status="open"), name="allocation_open"),
            models.Index(fields=["stock", "ended_at"], condition=Q(ended_at__isnull=False), name="allocation_past"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.demand}"


class Repair(models.Model):
    """A shelf whose books a fact has broken: below zero, or more promised than there is. Somebody must count it.

    A till's sale is never refused, for the customer has left with the goods; a count that finds too little neither.
    A count closes the repair, once no more is promised than there is.
    """

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="repairs")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stock"], condition=Q(closed_at__isnull=True), name="repair_open_once"),
        ]

    def __str__(self) -> str:
        return f"repair of {self.stock}"


class Reservation(models.Model):
    """Units that somebody asked us to keep: in a store till the evening, or the last ones, once others let them go.

    While it waits it stands in line for its shelf; when it is kept, a hold under its own demand keeps the units.
    """

    class Status(models.TextChoices):
        WAITING = "waiting"
        KEPT = "kept"
        TAKEN = "taken"
        RELEASED = "released"
        EXPIRED = "expired"

    public_id = PublicIdField()
    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="reservations", db_index=False)
    quantity = models.PositiveIntegerField()
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="reservations")
    cart = models.ForeignKey(Cart, null=True, blank=True, on_delete=models.PROTECT, related_name="reservations")
    status = models.CharField(max_length=10, choices=Status)
    channel = models.CharField(max_length=12, default="store", help_text="through which sales channel it was asked")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_of_something"),
            models.CheckConstraint(
                condition=Q(status="waiting", expires_at__isnull=True, ended_at__isnull=True)
                | Q(status="kept", expires_at__isnull=False, ended_at__isnull=True)
                | Q(status__in=["taken", "released", "expired"], ended_at__isnull=False),
                name="reservation_status_known",
            ),
            models.UniqueConstraint(
                fields=["cart", "stock"], condition=Q(status__in=["waiting", "kept"]), name="reservation_of_cart_once"
            ),
        ]
        indexes = [
            models.Index(fields=["stock", "id"], condition=Q(status="waiting"), name="reservation_in_line"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.status}"

    @property
    def demand(self) -> str:
        """Under what its hold stands."""
        return f"reservation:{self.public_id}"


class Backorder(models.Model):
    """Units that were sold before they are here. Who has paid stands in line for the shelf, the earliest payment first.

    What arrives is given to the line in the transaction that brings it (inventory.backorders), in parts if need be.
    """

    class Status(models.TextChoices):
        UNPAID = "unpaid"
        WAITING = "waiting"
        SERVED = "served"
        CANCELED = "canceled"

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="backorders", db_index=False)
    demand = models.CharField(max_length=64, help_text="whose it is: an order line")
    quantity = models.PositiveIntegerField()
    served = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status)
    asked_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True, help_text="the place in line")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, served__lte=F("quantity")), name="backorder_of_something"
            ),
            models.CheckConstraint(
                condition=Q(status="unpaid", paid_at__isnull=True, ended_at__isnull=True, served=0)
                | Q(status="waiting", paid_at__isnull=False, ended_at__isnull=True, served__lt=F("quantity"))
                | Q(status="served", paid_at__isnull=False, ended_at__isnull=False, served=F("quantity"))
                | Q(status="canceled", ended_at__isnull=False),
                name="backorder_status_known",
            ),
            models.UniqueConstraint(
                fields=["demand"], condition=Q(status__in=["unpaid", "waiting", "served"]), name="backorder_once"
            ),
        ]
        indexes = [
            models.Index(fields=["stock", "paid_at", "id"], condition=Q(status="waiting"), name="backorder_in_line"),
            models.Index(fields=["stock"], condition=Q(status="unpaid"), name="backorder_unpaid"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.status}"


class SourcingRule(models.Model):
    """One reason to prefer a place that could serve; a sales channel without any has inventory.rules.DEFAULT."""

    class Kind(models.TextChoices):
        PREFERRED = "preferred", "this location"
        SERVES_ALL = "serves_all", "can serve all lines"
        FEWEST_PARCELS = "fewest_parcels", "fewest parcels"
        MOST_UNITS = "most_units", "has the most of the units"
        NEAREST = "nearest", "nearest to where it goes"
        RANK = "rank", "the location's rank"
        CAPACITY = "capacity", "least waiting work"
        MOST_STOCK = "most_stock", "has the most in stock"

    sales_channel = models.ForeignKey(
        SalesChannel, on_delete=models.CASCADE, related_name="sourcing_rules", db_index=False
    )
    ordinal = models.PositiveSmallIntegerField(help_text="asked in this order; a tie leaves it to the next")
    kind = models.CharField(max_length=14, choices=Kind)
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="which one is preferred"
    )

    class Meta:
        ordering = ["sales_channel", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["sales_channel", "ordinal"], name="sourcing_rule_once"),
            models.CheckConstraint(
                condition=Q(kind="preferred", location__isnull=False)
                | (~Q(kind="preferred") & Q(location__isnull=True)),
                name="only_a_preference_names_a_location",
                violation_error_message="name a location if, and only if, the rule is to prefer one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ordinal}. {self.get_kind_display()}"
