"""What Stripe holds for us: the pages on which people pay, and disputes. No card data, ever."""

from django.db import models
from django.db.models import Q

from orders.models import Payment


class Checkout(models.Model):
    """The Stripe side of one payment: a page or a link to pay on, and the intent that holds the money.

    Written before Stripe is asked, so that whatever Stripe answers finds its row.
    """

    class Kind(models.TextChoices):
        PAGE = "page"
        LINK = "link"

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="stripe")
    kind = models.CharField(max_length=4, choices=Kind, default=Kind.PAGE)
    captures_later = models.BooleanField(default=False, help_text="authorized now, captured at hand-over")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="nobody can pay there after this")
    page = models.CharField(max_length=100, blank=True, help_text="cs_… or plink_…")
    url = models.TextField(blank=True)
    intent = models.CharField(max_length=100, blank=True, help_text="pi_…")
    capture_before = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["page"], condition=~Q(page=""), name="stripe_page_once"),
            models.UniqueConstraint(fields=["intent"], condition=~Q(intent=""), name="stripe_intent_once"),
            models.CheckConstraint(condition=Q(kind__in=["page", "link"]), name="stripe_checkout_kind_known"),
        ]

    def __str__(self) -> str:
        return self.page or f"payment {self.payment_id}"


class Dispute(models.Model):
    """A cardholder asked her bank for the money back; we may answer until `due_by`."""

    reference = models.CharField(max_length=100, unique=True, help_text="dp_…")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=60)
    status = models.CharField(max_length=40, help_text="Stripe's own word")
    due_by = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="stripe_dispute_about_something")]

    def __str__(self) -> str:
        return f"{self.reference} {self.status}"
