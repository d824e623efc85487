"""How goods can be brought: by which methods, where to, for how much, in which windows of time."""

from datetime import time

from django.db import models
from django.db.models import F, Q

from commerce.ids import PublicIdField
from orders.models import Fulfillment, Order


class Zone(models.Model):
    """Where we deliver: postal codes by how they begin. Of several zones the longest beginning counts."""

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=60)
    country = models.CharField(max_length=2, default="ES", help_text="ISO 3166-1")
    prefixes = models.JSONField(default=list, help_text='["28", "080"]; [""] is the whole country')

    def __str__(self) -> str:
        return self.name


class Method(models.Model):
    """One way of being brought: who drives, how long it takes, until when it still leaves today."""

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=60)
    carrier = models.CharField(max_length=30, blank=True)
    days = models.PositiveSmallIntegerField(default=1, help_text="from hand-over to the door, Sundays not counted")
    cutoff = models.TimeField(default=time(14), help_text="what is ordered later leaves on the next working day")
    has_slots = models.BooleanField(default=False, help_text="brought in a window of time that is agreed")
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Rate(models.Model):
    """What a method costs in a zone, up to a weight and from a value of the goods on; minor units, tax included."""

    method = models.ForeignKey(Method, on_delete=models.PROTECT, related_name="rates")
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="rates")
    up_to_grams = models.PositiveIntegerField(null=True, blank=True, help_text="empty: any weight")
    from_value = models.PositiveBigIntegerField(default=0, help_text="of the goods after discounts")
    fee = models.PositiveBigIntegerField()
    free_from = models.PositiveBigIntegerField(null=True, blank=True, help_text="of the goods; empty: never free")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["method", "zone", "up_to_grams", "from_value"], nulls_distinct=False, name="rate_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method_id} {self.fee}"


class Slot(models.Model):
    """A window of time in which so many parcels can be brought to a zone. Full is full, and late is late."""

    public_id = PublicIdField()
    method = models.ForeignKey(Method, on_delete=models.PROTECT, related_name="slots")
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="slots")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cutoff_at = models.DateTimeField(help_text="until when it can be taken")
    capacity = models.PositiveIntegerField()
    booked = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["method", "zone", "starts_at"], name="slot_once"),
            models.CheckConstraint(condition=Q(booked__lte=F("capacity")), name="slot_not_overbooked"),
            models.CheckConstraint(
                condition=Q(cutoff_at__lte=F("starts_at"), starts_at__lt=F("ends_at")), name="slot_in_order"
            ),
        ]
        indexes = [models.Index(fields=["zone", "starts_at"], name="slot_of_zone")]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"


class Appointment(models.Model):
    """A slot that is taken: by an order while it is checked out, or for one part of it, agreed in a talk."""

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="appointments")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="appointments")
    fulfillment = models.ForeignKey(
        Fulfillment, null=True, blank=True, on_delete=models.PROTECT, related_name="appointments"
    )
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=60)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "fulfillment"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="appointment_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slot}"


class Booking(models.Model):
    """A parcel that a carrier is asked to take. Its public id is the key under which it is asked, and looked up.

    Whether a carrier that did not answer has booked it is unclear; it is looked up before it is asked again.
    """

    class Status(models.TextChoices):
        ASKED = "asked"
        BOOKED = "booked"
        REFUSED = "refused"

    public_id = PublicIdField()
    fulfillment = models.ForeignKey(Fulfillment, on_delete=models.PROTECT, related_name="bookings")
    carrier = models.CharField(max_length=30)
    status = models.CharField(max_length=8, choices=Status, default=Status.ASKED)
    tracking_number = models.CharField(max_length=60, blank=True)
    label = models.BinaryField(default=bytes, help_text="PDF, as the carrier made it")
    error = models.CharField(max_length=100, blank=True)
    is_unclear = models.BooleanField(default=False, help_text="it was asked, and nobody knows what became of it")
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True, help_text="when the carrier last said, or was asked")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fulfillment"], condition=Q(status__in=["asked", "booked"]), name="booking_once"
            ),
            models.CheckConstraint(
                condition=Q(status="asked", settled_at__isnull=True)
                | Q(status="booked", settled_at__isnull=False) & ~Q(tracking_number="")
                | Q(status="refused", settled_at__isnull=False),
                name="booking_status_known",
            ),
        ]
        indexes = [models.Index(fields=["heard_at"], condition=Q(status="booked"), name="booking_heard")]

    def __str__(self) -> str:
        return f"{self.carrier} {self.status}"
