"""Carts: a wish, priced, that holds nothing until checkout starts."""

from django.db import models
from django.db.models import Q

from commerce.catalog.models import Variant
from commerce.channels.models import SalesChannel
from commerce.customers.models import Person
from commerce.ids import public_id
from commerce.promotions.models import Coupon
from commerce.timeline.models import Journey


class Cart(models.Model):
    """One person's basket over all channels. Every edit raises the version; a stale edit is refused."""

    class Status(models.TextChoices):
        OPEN = "open"
        CHECKING_OUT = "checking_out"
        ORDERED = "ordered"
        MERGED = "merged"

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="carts")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="carts")
    sales_channel = models.ForeignKey(SalesChannel, on_delete=models.PROTECT, help_text="where it was opened")
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    version = models.PositiveIntegerField(default=1)
    coupon = models.ForeignKey(Coupon, null=True, blank=True, on_delete=models.PROTECT, related_name="carts")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["open", "checking_out", "ordered", "merged"]), name="cart_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
                name="cart_merged_into_one",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(status__in=["open", "checking_out"]), name="one_open_cart_per_person"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class CartLine(models.Model):
    """A variant in a cart. Quantity 0 is a removed line: it stays removed when carts meet."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    edited_at = models.DateTimeField()
    edited_by = models.CharField(max_length=60)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["cart", "variant"], name="cart_line_once")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"


class ParityRun(models.Model):
    """One comparison of what a sample of baskets costs in every channel."""

    at = models.DateTimeField()
    published = models.PositiveBigIntegerField(help_text="all versions of prices and promotions together")
    baskets = models.PositiveIntegerField()
    adapters = models.JSONField()
    differences = models.JSONField(help_text="where channels differ against their will, and the rule that caused it")
    declared = models.JSONField(help_text="where they differ by a list or promotion that says why")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {len(self.differences)} differences"
