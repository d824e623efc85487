"""What one member of staff may not do alone: the limits of each role, and what waits for a second person."""

from django.db import models
from django.db.models import Q

from commerce.channels.models import Location, Role
from commerce.ids import PublicIdField
from commerce.timeline.models import Journey


class Limit(models.Model):
    """Up to which amount a role may do something alone, and up to which it may agree to what others ask for."""

    kind = models.CharField(max_length=20, help_text="refund, discount: the names of commerce.wiring.APPROVED")
    role = models.CharField(max_length=12, choices=Role)
    alone = models.BigIntegerField(null=True, blank=True, help_text="minor units; empty: without limit")
    agrees = models.BigIntegerField(null=True, blank=True, help_text="minor units; empty: without limit")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "role"], name="approval_limit_once"),
            models.CheckConstraint(
                condition=(Q(alone=None) | Q(alone__gte=0)) & (Q(agrees=None) | Q(agrees__gte=0)),
                name="approval_limit_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.role}"


class Approval(models.Model):
    """Something that one person asked for and another decides. `facts` is all that is needed to do it then.

    Ids and amounts only: who it is about stands behind its subject.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        GRANTED = "granted"
        REFUSED = "refused"

    public_id = PublicIdField()
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=64, help_text="public id of what it is about")
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="whose staff may see it"
    )
    amount = models.BigIntegerField(help_text="minor units")
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    asked_by = models.CharField(max_length=60)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", decided_by="", decided_at=None)
                | (Q(status__in=["granted", "refused"], decided_at__isnull=False) & ~Q(decided_by="")),
                name="approval_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="granted") | ~Q(decided_by=models.F("asked_by")), name="approval_takes_two"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="approval_of_something"),
        ]
        indexes = [models.Index(fields=["asked_at"], condition=Q(status="open"), name="approval_open")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.status}"
