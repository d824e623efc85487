"""Promotions and coupons. A coupon is stock: its uses are held, redeemed or released."""

from django.db import models
from django.db.models import F, Q

from commerce.catalog.models import Category, Product
from commerce.customers.models import Person
from commerce.timeline.models import Journey


class Promotion(models.Model):
    """A rule that takes something off. Without a coupon of its own it applies by itself."""

    class Kind(models.TextChoices):
        PERCENTAGE = "percentage"
        AMOUNT = "amount"

    name = models.CharField(max_length=100)
    names = models.JSONField(default=dict, blank=True, help_text='translations: {"en": …}')
    kind = models.CharField(max_length=12, choices=Kind)
    value = models.PositiveBigIntegerField(help_text="basis points, or minor units")
    currency = models.CharField(max_length=3, blank=True, help_text="of an amount")
    needs_coupon = models.BooleanField(default=False)
    minimum_total = models.PositiveBigIntegerField(default=0, help_text="minor units of the goods it looks at")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT)
    products = models.ManyToManyField(Product, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="raised by every change")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="percentage", value__lte=10000) | (Q(kind="amount") & ~Q(currency="")),
                name="promotion_value_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="promotion_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Coupon(models.Model):
    """A code that opens a promotion, with limited uses over all channels together."""

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="coupons")
    code = models.CharField(max_length=40, help_text="as it is shown")
    folded = models.CharField(max_length=40, unique=True, help_text="as it is compared")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="coupons")
    journey = models.ForeignKey(Journey, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    use_limit = models.PositiveIntegerField(null=True, blank=True, help_text="empty: no limit, and no shared row")
    uses_per_person = models.PositiveIntegerField(null=True, blank=True)
    uses_held = models.PositiveIntegerField(default=0)
    uses_redeemed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(use_limit__isnull=True) | Q(use_limit__gte=F("uses_held") + F("uses_redeemed")),
                name="coupon_uses_within_limit",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CouponUse(models.Model):
    """One use of a coupon by one checkout: held, then redeemed or released; expired once given to others."""

    class Status(models.TextChoices):
        HELD = "held"
        REDEEMED = "redeemed"
        RELEASED = "released"
        EXPIRED = "expired"

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="uses")
    demand = models.CharField(max_length=64, help_text="public id of the order that uses it")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    turn = models.PositiveIntegerField(null=True, blank=True, help_text="her first, second… use, where it is limited")
    status = models.CharField(max_length=10, choices=Status, default=Status.HELD)
    held_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["coupon", "demand"], name="coupon_used_once_per_demand"),
            models.UniqueConstraint(
                fields=["coupon", "person", "turn"],
                condition=Q(status__in=["held", "redeemed"], turn__isnull=False),
                name="coupon_turn_once_per_person",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["held", "redeemed", "released", "expired"]), name="coupon_use_status_known"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(status="held"), name="coupon_use_live"),
            models.Index(fields=["demand"], name="coupon_use_of_demand"),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} {self.status}"
