"""Who asked to be told when something is back, and where she could have it."""

from django.db import models
from django.db.models import Q

from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.customers.models import ContactPoint, Person
from commerce.ids import PublicIdField
from commerce.timeline.models import Journey
from inventory.models import Reservation


class Alert(models.Model):
    """One person wants to know when one unit of something is back: at a store, or where it can be brought from.

    It is told once, when a unit is kept for her (inventory.line): as many are told as there are units.
    """

    class Status(models.TextChoices):
        WAITING = "waiting"
        TOLD = "told"
        WITHDRAWN = "withdrawn"

    public_id = PublicIdField()
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="alerts", db_index=False)
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="empty: brought home"
    )
    sales_channel = models.ForeignKey(SalesChannel, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="alerts")
    contact_point = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, related_name="alerts")
    contact_channel = models.CharField(max_length=10)
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="+")
    reservation = models.OneToOneField(
        Reservation, null=True, blank=True, on_delete=models.PROTECT, related_name="alert", help_text="the unit kept"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="waiting", told_at__isnull=True, reservation__isnull=True, ended_at__isnull=True)
                | Q(status="told", told_at__isnull=False, reservation__isnull=False, ended_at__isnull=True)
                | Q(status="withdrawn", told_at__isnull=True, reservation__isnull=True, ended_at__isnull=False),
                name="alert_status_known",
            ),
            models.UniqueConstraint(
                fields=["contact_point", "variant", "sales_channel", "location"],
                condition=Q(status="waiting"),
                nulls_distinct=False,
                name="alert_once",
            ),
        ]
        indexes = [models.Index(fields=["variant", "id"], condition=Q(status="waiting"), name="alert_in_line")]

    def __str__(self) -> str:
        return f"{self.public_id} {self.status}"
