"""Orders: what was promised, what was paid, and how it is kept."""

from django.db import models
from django.db.models import F, Q

from commerce.carts.models import Cart
from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.customers.models import ContactPoint, Person, PostalAddress
from commerce.ids import PublicIdField
from commerce.timeline.models import Journey


class Order(models.Model):
    """A promise. Drafted when checkout starts, numbered when it is placed.

    Amounts are minor units, tax included; `quote` keeps the price and promotion versions and reasons it was made with.
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        PLACED = "placed"
        COMPLETED = "completed"
        CANCELED = "canceled"

    class PaymentStatus(models.TextChoices):
        NONE = "none"
        DUE = "due"
        AUTHORIZED = "authorized"
        CAPTURED = "captured"
        PARTLY_REFUNDED = "partly_refunded"
        REFUNDED = "refunded"
        FAILED = "failed"

    public_id = PublicIdField()
    number = models.CharField(max_length=20, unique=True, null=True, help_text="given at placement")
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="orders")
    cart = models.ForeignKey(Cart, null=True, on_delete=models.PROTECT, related_name="orders")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    email = models.ForeignKey(
        ContactPoint, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    phone = models.ForeignKey(
        ContactPoint, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    sales_channel = models.ForeignKey(SalesChannel, on_delete=models.PROTECT, db_index=False)
    location = models.ForeignKey(
        Location,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="the store that sold it",
    )
    pickup_at = models.ForeignKey(
        Location,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="where she will collect it",
    )
    deliver_to = models.ForeignKey(
        PostalAddress, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    currency = models.CharField(max_length=3)
    goods_total = models.BigIntegerField(help_text="before discounts")
    discount_total = models.BigIntegerField(default=0)
    delivery_total = models.BigIntegerField(default=0)
    tax_total = models.BigIntegerField(help_text="contained in the total")
    total = models.BigIntegerField()
    quote = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    payment_status = models.CharField(max_length=16, choices=PaymentStatus, default=PaymentStatus.NONE)
    call_me = models.BooleanField(
        default=False, db_default=False, help_text="call her to agree on a delivery once what she waits for is here"
    )
    till_key = models.CharField(max_length=120, unique=True, null=True, help_text="a till's own id of this sale")
    created_at = models.DateTimeField()
    placed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cart"], condition=~Q(status="canceled"), name="one_order_per_cart"),
            models.CheckConstraint(
                condition=Q(total=F("goods_total") - F("discount_total") + F("delivery_total")),
                name="order_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "placed", "completed", "canceled"]), name="order_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "canceled"]) | Q(number__isnull=False, placed_at__isnull=False),
                name="placed_order_has_number",
            ),
            models.CheckConstraint(
                condition=Q(pickup_at__isnull=True) | Q(deliver_to__isnull=True), name="order_goes_one_way"
            ),
        ]
        # A part of the orders has each of these; the others need no place in its index.
        indexes = [
            models.Index(fields=["person", "-placed_at"], name="order_of_person"),
            models.Index(fields=["email"], condition=Q(email__isnull=False), name="order_of_email"),
            models.Index(fields=["phone"], condition=Q(phone__isnull=False), name="order_of_phone"),
            models.Index(fields=["location"], condition=Q(location__isnull=False), name="order_of_location"),
            models.Index(fields=["pickup_at"], condition=Q(pickup_at__isnull=False), name="order_of_pickup"),
            models.Index(fields=["deliver_to"], condition=Q(deliver_to__isnull=False), name="order_of_address"),
        ]

    def __str__(self) -> str:
        return self.number or self.public_id


class OrderLine(models.Model):
    """What was bought, as it was then. A charge (postage, a fee) has no variant."""

    public_id = PublicIdField()
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", db_index=False)
    ordinal = models.PositiveIntegerField()
    variant = models.ForeignKey(Variant, null=True, on_delete=models.PROTECT, related_name="+")
    sku = models.CharField(max_length=60)
    title = models.CharField(max_length=260)
    quantity = models.PositiveIntegerField()
    unit_price = models.BigIntegerField(help_text="minor units; the line's total is authoritative")
    goods_total = models.BigIntegerField()
    discount = models.BigIntegerField(default=0)
    total = models.BigIntegerField()
    tax = models.BigIntegerField()
    tax_basis_points = models.PositiveIntegerField()
    returned = models.PositiveIntegerField(
        default=0, db_default=0, help_text="units that came back, or are announced; orders.returns counts them"
    )

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["order", "ordinal"], name="order_line_once"),
            models.CheckConstraint(condition=Q(returned__lte=F("quantity")), name="returned_within_bought"),
            models.CheckConstraint(
                condition=Q(total=F("goods_total") - F("discount")), name="order_line_total_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"


class Payment(models.Model):
    """One tender of an order: cash, card terminal, Stripe, gift card…

    `amount` is what was asked for while it is pending, and what we hold or have from then on.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        AUTHORIZED = "authorized"
        CAPTURED = "captured"
        FAILED = "failed"
        CANCELED = "canceled"

    public_id = PublicIdField()
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    tender = models.CharField(max_length=20, help_text="manual, cash, card_terminal, bank_transfer, credit, stripe")
    amount = models.BigIntegerField()
    refunded = models.BigIntegerField(default=0, help_text="given back, or on its way back")
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    reference = models.CharField(max_length=100, blank=True, help_text="the provider's id, or the till's slip")
    captured_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(refunded__gte=0, amount__gte=0, refunded__lte=F("amount")), name="refunds_within_payment"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "authorized", "captured", "failed", "canceled"]),
                name="payment_status_known",
            ),
            models.CheckConstraint(condition=Q(refunded=0) | Q(status="captured"), name="only_captured_is_refunded"),
            models.UniqueConstraint(
                fields=["tender", "reference"], condition=~Q(reference=""), name="payment_reference_once"
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(tender="stripe", status="pending"), name="one_open_attempt_per_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender} {self.amount}"


class Refund(models.Model):
    """Money on its way back, of one payment. Its public id is the key under which a provider is asked."""

    class Status(models.TextChoices):
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    class Reason(models.TextChoices):
        CANCELED = "canceled"
        RETURNED = "returned"
        GOODWILL = "goodwill"
        SURPLUS = "surplus"
        UNSERVED = "unserved"
        OUTSIDE = "outside"
        CHANGED = "changed", "the order costs less now"

    class GoesTo(models.TextChoices):
        ORIGINAL = "original", "the tender it came from"
        CREDIT = "credit", "her store credit"
        EXCHANGE = "exchange", "the order that replaces it"

    public_id = PublicIdField()
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=10, choices=Reason)
    goes_to = models.CharField(max_length=8, choices=GoesTo, default=GoesTo.ORIGINAL)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    reference = models.CharField(max_length=100, blank=True, help_text="the provider's id")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_of_something"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "succeeded", "failed"]), name="refund_status_known"
            ),
            models.UniqueConstraint(fields=["reference"], condition=~Q(reference=""), name="refund_reference_once"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.status}"


class OrderHold(models.Model):
    """Why an order is not prepared for now, whose matter that is, and until when. One of each kind at a time."""

    class Kind(models.TextChoices):
        FRAUD = "fraud", "looks like fraud"
        STOCK = "stock", "something about the goods"
        PAYMENT = "payment", "something about the money"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=10, choices=Kind)
    owner = models.CharField(max_length=60, help_text="whose matter it is: an actor")
    due_at = models.DateTimeField(help_text="by then somebody has decided")
    held_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind"], condition=Q(released_at__isnull=True), name="order_held_once"
            ),
            models.CheckConstraint(condition=Q(due_at__gt=F("held_at")), name="order_hold_has_an_end"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id}"


class Todo(models.Model):
    """Something that a person must look at, and until when. It stays visible until somebody closes it."""

    class Kind(models.TextChoices):
        DISPUTE = "dispute"
        REFUND_FAILED = "refund_failed"
        DRIFT = "drift"
        UNKNOWN_MONEY = "unknown_money"
        CAPTURE_FAILED = "capture_failed"
        AGREEMENT_BROKEN = "agreement_broken"
        UNCOLLECTED = "uncollected"
        UNSERVED = "unserved"
        CALL = "call"
        PARCEL = "parcel"
        PAY_OUT = "pay_out"
        PAYMENT_FAILED_AFTER_HANDOVER = "payment_failed_after_handover"
        OVERSOLD = "oversold", "promised, but a late sale took it"
        TILL_GAP = "till_gap", "numbers of a till are missing"
        TILL_REFUSED = "till_refused", "a till was refused"
        TILL_QUARANTINED = "till_quarantined", "two tills under one name"
        TILL_WAITING = "till_waiting", "a till undid a sale that nobody told of"
        GIVEN_TWICE = "given_twice", "more came back to a till than was left of the sale"
        CASE = "case", "a case is late"
        ORDER_HELD = "order_held", "an order is held for too long"

    kind = models.CharField(max_length=40, choices=Kind)
    subject = models.CharField(max_length=100, help_text="whose matter it is: a public id, or the provider's")
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="todos")
    location = models.ForeignKey(
        Location,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="whose people are to look",
    )
    cause = models.CharField(max_length=200, help_text="what was seen, in ids and amounts")
    due_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="how often nobody answered")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = "to-do"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(closed_at__isnull=True), name="todo_open_once"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(closed_at__isnull=True), name="todo_open")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Fulfillment(models.Model):
    """How goods reach the shopper: collected at a store, or shipped."""

    class Kind(models.TextChoices):
        PICKUP = "pickup"
        SHIPMENT = "shipment"

    class Status(models.TextChoices):
        BACKORDERED = "backordered"
        ALLOCATED = "allocated"
        PICKING = "picking"
        IN_TRANSIT = "in_transit"
        READY = "ready"
        COLLECTED = "collected"
        EXPIRED = "expired"
        HANDED_TO_CARRIER = "handed_to_carrier"
        OUT_FOR_DELIVERY = "out_for_delivery"
        DELIVERED = "delivered"
        FAILED = "failed"
        RETURNED_TO_SENDER = "returned_to_sender"
        CANCELED = "canceled"

    public_id = PublicIdField()
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fulfillments")
    kind = models.CharField(max_length=10, choices=Kind)
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", db_index=False, help_text="where goods leave"
    )
    comes_from = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="sent to the store from"
    )
    status = models.CharField(max_length=20, choices=Status, default=Status.ALLOCATED)
    address = models.ForeignKey(PostalAddress, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    promised_for = models.DateTimeField(null=True, blank=True, help_text="ready, or delivered, by")
    ready_at = models.DateTimeField(null=True, blank=True, help_text="since when a pickup lies ready")
    arrived_at = models.DateTimeField(null=True, blank=True, help_text="since when the shopper has it")
    pickup_code = models.CharField(max_length=12, blank=True)
    carrier = models.CharField(max_length=30, blank=True)
    tracking_number = models.CharField(max_length=60, blank=True)
    expected_at = models.DateTimeField(null=True, blank=True, help_text="the carrier's latest estimate")
    estimated_at = models.DateTimeField(null=True, blank=True, help_text="when the carrier made that estimate")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="pickup", address__isnull=True) | Q(kind="shipment"), name="pickup_has_no_address"
            ),
            models.UniqueConstraint(
                fields=["carrier", "tracking_number"], condition=~Q(tracking_number=""), name="parcel_once"
            ),
        ]
        indexes = [models.Index(fields=["location", "status"], name="fulfillment_of_location")]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class FulfillmentLine(models.Model):
    """How many units of an order line go with a fulfillment."""

    fulfillment = models.ForeignKey(Fulfillment, on_delete=models.PROTECT, related_name="lines", db_index=False)
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="fulfillment_lines")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fulfillment", "order_line"], name="fulfillment_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="fulfillment_line_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.order_line_id}"
