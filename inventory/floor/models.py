"""What people of a store do with goods besides selling them: transfers they put together, and why units are missing."""

from django.db import models
from django.db.models import F, Q

from commerce.catalog.models import Variant
from commerce.channels.models import Location
from commerce.ids import PublicIdField


class Transfer(models.Model):
    """Goods that go from one of our places to another, from the first line on a list to the last unit that came.

    What is on the road and what has come of it stands in inventory.Incoming, under the transfer's reference.
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        IN_TRANSIT = "in_transit"
        PARTLY_RECEIVED = "partly_received"
        RECEIVED = "received"
        CANCELED = "canceled"

    public_id = PublicIdField()
    source = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    destination = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_index=False)
    reference = models.CharField(max_length=40, help_text="what stands on its paper; known to both places")
    status = models.CharField(max_length=16, choices=Status, default=Status.DRAFT)
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    expected_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    missing = models.PositiveIntegerField(default=0, help_text="units that never came")
    why_missing = models.CharField(max_length=40, blank=True, help_text="a shrinkage reason's code")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["destination", "reference"], name="transfer_reference_once"),
            models.CheckConstraint(condition=~Q(source=F("destination")), name="transfer_between_two_places"),
            models.CheckConstraint(condition=Q(missing=0) | ~Q(why_missing=""), name="transfer_says_why_missing"),
            models.CheckConstraint(
                condition=Q(status="draft", sent_at__isnull=True, ended_at__isnull=True)
                | Q(status="canceled", sent_at__isnull=True, ended_at__isnull=False)
                | Q(status__in=["in_transit", "partly_received"], sent_at__isnull=False, ended_at__isnull=True)
                | Q(status="received", sent_at__isnull=False, ended_at__isnull=False),
                name="transfer_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference}, {self.status}"


class TransferLine(models.Model):
    """So many units of one variant on a transfer."""

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="lines", db_index=False)
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transfer", "variant"], name="transfer_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="transfer_line_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.variant_id}"


class ShrinkageReason(models.Model):
    """Why units are missing, or turn up: the retailer's own list. Its code stands in the ledger as the reason."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    names = models.JSONField(default=dict, blank=True, help_text='translations: {"en": …}')
    is_active = models.BooleanField(default=True, help_text="no: offered to nobody any more")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name
