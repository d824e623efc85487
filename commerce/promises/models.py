"""What people were told with a time in it, and what became of it."""

from django.db import models
from django.db.models import Q

from commerce.channels.models import Location
from commerce.customers.models import ContactPoint, Person
from commerce.ids import PublicIdField
from commerce.timeline.models import Journey


class Promise(models.Model):
    """One thing that one person was promised, until when, by whom, and how she is told if it is in danger.

    It is kept, or she is told before it breaks (then a new one with the new time stands in its place), or it breaks,
    and the reason is on her timeline, or it is wanted no more, and the reason stands here. Written by
    commerce.promises.giving and watching alone.

    An hour at which a carrier thinks to arrive is no promise: it is told as what is expected.
    """

    class Kind(models.TextChoices):
        PICKUP = "pickup"
        DELIVERY = "delivery"
        BACKORDER = "backorder"
        RESERVATION = "reservation"
        CALLBACK = "callback"
        CASE_STEP = "case_step"
        CASE_REPLY = "case_reply"
        COLLECTION = "collection", "kept to be collected"

    class Status(models.TextChoices):
        OPEN = "open"
        KEPT = "kept"
        TOLD = "told", "told before"
        BROKEN = "broken"
        WITHDRAWN = "withdrawn"

    class Reason(models.TextChoices):
        CANCELED = "canceled"
        MOVED = "moved", "promised of the part that took over"
        RETURNED = "returned", "the carrier brings it back"
        NOT_NEEDED = "not_needed", "what it was for is settled"

    class Danger(models.TextChoices):
        STOCK = "stock"
        DELAY = "delay"
        QUEUE = "queue"

    public_id = PublicIdField()
    kind = models.CharField(max_length=12, choices=Kind)
    subject = models.CharField(max_length=64, help_text="public id of what was promised: a fulfillment, a call…")
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="promises")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="promises")
    location = models.ForeignKey(Location, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    carrier = models.CharField(max_length=30, blank=True)
    contact_point = models.ForeignKey(
        ContactPoint, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="where she is told"
    )
    contact_channel = models.CharField(max_length=10, blank=True, help_text="how she is told if it is in danger")
    given_by = models.CharField(max_length=60, help_text="who told her: staff:3, or our system")
    given_in = models.CharField(max_length=20, help_text="the channel in which she was told")
    message = models.CharField(max_length=22, blank=True, help_text="public id of the first message that told her")
    given_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="empty: no day was named")
    look_at = models.DateTimeField(null=True, blank=True, help_text="from when on somebody looks whether it will hold")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    danger = models.CharField(max_length=5, choices=Danger, blank=True)
    expected_at = models.DateTimeField(null=True, blank=True, help_text="what we think now, once it is in danger")
    endangered_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, help_text="when she was told that it will not hold")
    settled_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=10, choices=Reason, blank=True, help_text="why it was withdrawn")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], condition=Q(status="open"), name="promise_open_once"),
            models.CheckConstraint(
                condition=Q(status="open", settled_at__isnull=True)
                | Q(status__in=["kept", "told", "broken", "withdrawn"], settled_at__isnull=False),
                name="promise_status_known",
            ),
            models.CheckConstraint(
                condition=Q(danger="", endangered_at__isnull=True) | (~Q(danger="") & Q(endangered_at__isnull=False)),
                name="promise_danger_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="told") | Q(told_at__isnull=False), name="told_promise_has_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["look_at"], condition=Q(status="open", danger="", look_at__isnull=False), name="promise_look"
            ),
            models.Index(fields=["due_at"], condition=Q(status="open"), name="promise_due"),
            models.Index(fields=["subject"], name="promise_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"
