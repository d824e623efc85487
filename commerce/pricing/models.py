"""Prices: lists, prices and taxes. What something costs here and now is asked of commerce.quotes."""

from django.db import models
from django.db.models import F, Q

from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.money import LARGEST_PRICE


class PriceList(models.Model):
    """Prices in one currency. Unified means one list for all; which list goes first stands in commerce.pricing.prices.

    A list for one channel or one place makes them differ from the others: it says why, and that is shown.
    """

    code = models.SlugField(max_length=40, unique=True)
    currency = models.CharField(max_length=3)
    tax_included = models.BooleanField(default=True)
    sales_channel = models.ForeignKey(
        SalesChannel, null=True, blank=True, on_delete=models.PROTECT, help_text="empty: all channels"
    )
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="empty: all places"
    )
    customer_group = models.CharField(max_length=20, blank=True, help_text="of people; empty: everybody")
    reason = models.CharField(max_length=200, blank=True, help_text="why this channel or place differs; shown")
    timezone = models.CharField(max_length=40, default="Europe/Madrid", help_text="IANA name; of the times given here")
    starts_at = models.DateTimeField(null=True, blank=True, help_text="empty: has always applied")
    ends_at = models.DateTimeField(null=True, blank=True, help_text="empty: has no end")
    rank = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, help_text="raised by every change of its prices")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sales_channel__isnull=True, location__isnull=True) | ~Q(reason=""),
                name="differing_price_list_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="price_list_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Price(models.Model):
    """What one unit of a variant costs on a list, from an instant on; the latest that has begun applies.

    Rows are only added (a trigger refuses the rest), so that what was quoted stays explained: at version 7 of a list,
    the rows up to version 7 were known.
    """

    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, related_name="prices")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="prices")
    amount = models.BigIntegerField(help_text="minor units")
    compare_at = models.BigIntegerField(null=True, blank=True, help_text="minor units")
    min_quantity = models.PositiveIntegerField(default=1, help_text="from so many units on")
    starts_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1, help_text="of the list, since this row")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "variant", "min_quantity", "starts_at", "version"], name="price_starts_once"
            ),
            models.CheckConstraint(condition=Q(min_quantity__gte=1), name="price_from_one_unit"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="price_not_negative"),
            models.CheckConstraint(
                condition=Q(amount__lte=LARGEST_PRICE) & (Q(compare_at=None) | Q(compare_at__lte=LARGEST_PRICE)),
                name="price_not_huge",
            ),
            models.CheckConstraint(
                condition=Q(compare_at__isnull=True) | Q(compare_at__gt=F("amount")), name="compare_at_is_higher"
            ),
        ]
        indexes = [models.Index(fields=["variant", "price_list", "-starts_at"], name="price_latest")]

    def __str__(self) -> str:
        return f"{self.variant_id} {self.amount}"


class TaxRate(models.Model):
    """The rate of a place for a category of goods, from a day on: of a country, or of a part of one that differs."""

    country = models.CharField(max_length=6, help_text="ISO 3166-1 (ES), or 3166-2 for a part of it (ES-CN)")
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
