"""Signed quotes: a price that was promised for exactly these goods, wherever it is shown."""

from django.db import models
from django.db.models import F, Q

from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.customers.models import Person
from commerce.ids import PublicIdField
from commerce.promotions.models import Coupon
from commerce.timeline.models import Journey


class SignedQuote(models.Model):
    """A quote as it was told, good once until it ends. Its code is read aloud, its token is proven without us."""

    public_id = PublicIdField()
    code = models.CharField(max_length=12, unique=True, help_text="as it is read aloud and typed")
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="signed_quotes")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="empty: whoever shows it"
    )
    sales_channel = models.ForeignKey(SalesChannel, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    coupon = models.ForeignKey(Coupon, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField(help_text="minor units, without delivery")
    quote = models.JSONField(help_text="lines, reasons and versions as they were told")
    made_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    demand = models.CharField(max_length=64, blank=True, help_text="public id of the order that uses it")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(total__gte=0), name="signed_quote_not_negative"),
            models.CheckConstraint(condition=Q(valid_until__gt=F("made_at")), name="signed_quote_ends_later"),
            models.UniqueConstraint(fields=["demand"], condition=~Q(demand=""), name="one_signed_quote_per_order"),
        ]

    def __str__(self) -> str:
        return self.code


class ShelfLabel(models.Model):
    """What the label says that hangs on a shelf: where it is no longer the price, another must be printed."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField(help_text="minor units, tax included")
    was = models.BigIntegerField(null=True, blank=True, help_text="the higher price it is compared with")
    lowest = models.BigIntegerField(null=True, blank=True, help_text="of the 30 days before a reduction")
    unit_price = models.BigIntegerField(null=True, blank=True, help_text="of a kilogram, liter…, where it is told")
    version = models.CharField(max_length=60, help_text="price list and version that it was computed from")
    hung_at = models.DateTimeField()
    hung_by = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["location", "variant"], name="one_label_on_a_shelf")]

    def __str__(self) -> str:
        return f"{self.location_id} {self.variant_id}"
