"""Documents with numbers: receipts, invoices, credit notes. What was issued stays as it is."""

from django.db import models
from django.db.models import Q

from commerce.ids import PublicIdField
from orders.models import Order, Refund


class Series(models.Model):
    """A row of numbers without gaps: the last one given stands here, and is given with its document or not at all."""

    code = models.CharField(max_length=20, unique=True, help_text="begins every number, such as R2026")
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return self.code


class Document(models.Model):
    """A paper about an order. `facts` are what it says in figures; who she is stands with the person, not here."""

    class Kind(models.TextChoices):
        CONFIRMATION = "confirmation"
        RECEIPT = "receipt"
        INVOICE = "invoice"
        CREDIT_NOTE = "credit_note"

    public_id = PublicIdField()
    kind = models.CharField(max_length=12, choices=Kind)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="documents")
    number = models.PositiveIntegerField()
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="documents")
    refund = models.OneToOneField(Refund, null=True, blank=True, on_delete=models.PROTECT, related_name="document")
    issued_at = models.DateTimeField()
    facts = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="document_number_once"),
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=Q(kind__in=["confirmation", "invoice"]),
                name="document_of_order_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="credit_note", refund__isnull=False) | (~Q(kind="credit_note") & Q(refund=None)),
                name="credit_note_has_refund",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The number as it is printed: R2026-000042."""
        return f"{self.series.code}-{self.number:06d}"
