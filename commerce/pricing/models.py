"""Prices: lists, prices and taxes. What something costs here and now is asked of commerce.quotes."""

from django.db import models
from django.db.models import F, Q

from commerce.catalog.models import Variant
from commerce.channels.models import SalesChannel


class PriceList(models.Model):
    """Prices in one currency. The list that applies with the highest rank wins; unified means one list for all."""

    code = models.SlugField(max_length=40, unique=True)
    currency = models.CharField(max_length=3)
    tax_included = models.BooleanField(default=True)
    sales_channel = models.ForeignKey(
        SalesChannel, null=True, blank=True, on_delete=models.PROTECT, help_text="empty: all channels"
    )
    reason = models.CharField(max_length=200, blank=True, help_text="why this channel differs; shown")
    rank = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, help_text="raised by every change of its prices")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sales_channel__isnull=True) | ~Q(reason=""), name="differing_price_list_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Price(models.Model):
    """What one unit of a variant costs on a list, from an instant on; the latest that has begun applies."""

    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, related_name="prices")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="prices")
    amount = models.BigIntegerField(help_text="minor units")
    compare_at = models.BigIntegerField(null=True, blank=True, help_text="minor units")
    starts_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["price_list", "variant", "starts_at"], name="price_starts_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="price_not_negative"),
            models.CheckConstraint(
                condition=Q(compare_at__isnull=True) | Q(compare_at__gt=F("amount")), name="compare_at_is_higher"
            ),
        ]
        indexes = [models.Index(fields=["variant", "price_list", "-starts_at"], name="price_latest")]

    def __str__(self) -> str:
        return f"{self.variant_id} {self.amount}"


class TaxRate(models.Model):
    """A country's rate for a category of goods, from a day on."""

    country = models.CharField(max_length=2)
    category = models.CharField(max_length=20, default="standard")
    basis_points = models.PositiveIntegerField(help_text="21 % is 2100")
    starts_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["country", "category", "starts_at"], name="tax_rate_starts_once"),
            models.CheckConstraint(condition=Q(basis_points__lte=10000), name="tax_rate_below_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.category} {self.basis_points / 100:g} %"
