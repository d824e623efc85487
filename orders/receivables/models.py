"""What people owe us: agreements to pay, in one part or several, each with its day."""

from django.db import models
from django.db.models import Q

from commerce.ids import PublicIdField
from orders.models import Order


class Agreement(models.Model):
    """A promise to pay for an order that was placed: by link, by transfer, in parts. Kept, or broken."""

    class Kind(models.TextChoices):
        PAYMENT_LINK = "payment_link"
        BANK_TRANSFER = "bank_transfer"
        INSTALLMENTS = "installments"
        PROMISE = "promise"

    class Status(models.TextChoices):
        OPEN = "open"
        KEPT = "kept"
        BROKEN = "broken"
        ENDED = "ended"

    public_id = PublicIdField()
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="agreements")
    kind = models.CharField(max_length=14, choices=Kind)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=60)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(status="open"), name="one_open_agreement_per_order"),
            models.CheckConstraint(
                condition=Q(status__in=["open", "kept", "broken", "ended"]), name="agreement_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class Installment(models.Model):
    """One part of an agreement: so much until then."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="installments")
    ordinal = models.PositiveSmallIntegerField()
    amount = models.BigIntegerField()
    due_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "ordinal"], name="installment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="installment_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} until {self.due_at:%Y-%m-%d}"
