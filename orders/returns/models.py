"""What comes back, and the versions of the policy by which it is taken."""

from django.db import models
from django.db.models import F, Q

from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.customers.models import Person
from commerce.ids import PublicIdField
from commerce.timeline.models import Journey
from orders.models import Order, OrderLine


class PolicyVersion(models.Model):
    """One version of the return policy. What was published stays as it is: a trigger refuses every change."""

    version = models.CharField(max_length=20, unique=True)
    starts_at = models.DateTimeField(unique=True, help_text="holds for what is bought from then on")
    terms = models.JSONField(help_text="see orders.returns.policy.Policy")
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=60)

    class Meta:
        ordering = ["starts_at"]

    def __str__(self) -> str:
        return self.version


class Return(models.Model):
    """Goods that come back, with or without the order they were bought in; its life stands in orders.returns.lifecycle.

    `policy` is the version it was judged by. `total` is what is given back, `fee` what was kept of it.
    """

    class Status(models.TextChoices):
        STARTED = "started"
        REQUESTED = "requested"
        RECEIVED = "received"
        INSPECTED = "inspected"
        SETTLED = "settled"
        CANCELED = "canceled"

    class Way(models.TextChoices):
        STORE = "store", "brought to a store"
        POST = "post", "sent by post"

    class Outcome(models.TextChoices):
        REFUND = "refund", "money back"
        CREDIT = "credit", "store credit"
        EXCHANGE = "exchange"

    public_id = PublicIdField()
    code = models.CharField(max_length=12, unique=True, null=True, help_text="on the label, and said at the counter")
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="returns")
    replacement = models.OneToOneField(Order, null=True, on_delete=models.PROTECT, related_name="replaces")
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="returns")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="returns")
    sales_channel = models.ForeignKey(SalesChannel, on_delete=models.PROTECT, help_text="where it was started")
    location = models.ForeignKey(
        Location, null=True, on_delete=models.PROTECT, related_name="+", help_text="where it came in"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.STARTED)
    way = models.CharField(max_length=5, choices=Way, blank=True, db_default="")
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True, db_default="")
    policy = models.CharField(max_length=20, blank=True, db_default="")
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField(default=0, help_text="given back, minor units")
    fee = models.BigIntegerField(default=0, db_default=0, help_text="kept, minor units")
    till_key = models.CharField(max_length=120, unique=True, null=True)
    started_at = models.DateTimeField(null=True)
    sent_ahead_at = models.DateTimeField(null=True, help_text="the replacement left before the goods were back")
    returned_at = models.DateTimeField(null=True, help_text="since when it is settled")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["started", "requested", "received", "inspected", "settled", "canceled"]),
                name="return_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="settled", returned_at__isnull=False)
                | (~Q(status="settled") & Q(returned_at__isnull=True)),
                name="settled_return_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["received", "inspected", "settled"]) | Q(location__isnull=False),
                name="received_return_has_place",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["started", "canceled"])
                | Q(till_key__isnull=False)
                | (~Q(way="") & ~Q(outcome="")),
                name="requested_return_says_how",
            ),
            models.CheckConstraint(condition=Q(fee__gte=0), name="return_fee_not_negative"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status="started"), name="one_started_return_of_order"
            ),
        ]
        indexes = [
            models.Index(fields=["status"], condition=~Q(status__in=["settled", "canceled"]), name="return_open")
        ]

    def __str__(self) -> str:
        return self.code or self.public_id


class ReturnLine(models.Model):
    """What comes back. A charge given back (postage) has no variant.

    `total` is what was paid for these units, their share of every discount taken off; `fee` is kept of it.
    """

    class Reason(models.TextChoices):
        UNWANTED = "unwanted", "does not want it"
        TOO_SMALL = "too_small"
        TOO_LARGE = "too_large"
        DAMAGED = "damaged", "came damaged"
        WRONG = "wrong", "is not what was ordered"
        FAULTY = "faulty", "does not work"

    class Condition(models.TextChoices):
        SELLABLE = "sellable"
        OPENED = "opened", "sellable, but opened"
        DAMAGED = "damaged"
        TO_SUPPLIER = "to_supplier", "goes to the supplier"
        REFUSED = "refused", "not taken: goes back to the shopper"

    returned = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="lines")
    ordinal = models.PositiveIntegerField()
    variant = models.ForeignKey(Variant, null=True, on_delete=models.PROTECT, related_name="+")
    order_line = models.ForeignKey(OrderLine, null=True, on_delete=models.PROTECT, related_name="return_lines")
    sku = models.CharField(max_length=60)
    quantity = models.PositiveIntegerField()
    reason = models.CharField(max_length=10, choices=Reason, blank=True, db_default="")
    wants = models.ForeignKey(
        Variant, null=True, on_delete=models.PROTECT, related_name="+", help_text="what she wants for it"
    )
    condition = models.CharField(max_length=12, choices=Condition, blank=True, db_default="")
    total = models.BigIntegerField()
    fee = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["returned", "ordinal"], name="return_line_once"),
            models.CheckConstraint(
                condition=Q(fee=0) | Q(fee__gt=0, fee__lte=F("total")), name="fee_within_return_line"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"
