"""Money that people left with us: gift cards and store credit, every cent explained by a ledger."""

from django.db import models
from django.db.models import Q

from commerce.customers.models import Person
from commerce.ids import PublicIdField
from orders.models import Payment


class Credit(models.Model):
    """A gift card (whoever has the code may spend it) or a person's store credit.

    Of a code only the digest is kept. The balance is written only together with its ledger.
    """

    class Kind(models.TextChoices):
        GIFT_CARD = "gift_card"
        STORE_CREDIT = "store_credit"

    public_id = PublicIdField()
    kind = models.CharField(max_length=12, choices=Kind)
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="credits")
    code_digest = models.CharField(max_length=64, unique=True, null=True, editable=False)
    code_ending = models.CharField(max_length=4, blank=True)
    currency = models.CharField(max_length=3)
    balance = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(balance__gte=0), name="credit_not_overdrawn"),
            models.CheckConstraint(
                condition=Q(kind="gift_card", code_digest__isnull=False)
                | Q(kind="store_credit", code_digest__isnull=True, person__isnull=False),
                name="gift_card_has_code_and_store_credit_a_person",
            ),
            models.UniqueConstraint(
                fields=["person", "currency"], condition=Q(kind="store_credit"), name="store_credit_of_person_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} …{self.code_ending}" if self.code_ending else self.kind


class CreditMovement(models.Model):
    """One row of the ledger; the sum of a credit's movements is its balance. Append-only by trigger."""

    class Kind(models.TextChoices):
        ISSUED = "issued"
        SPENT = "spent"
        GIVEN_BACK = "given_back"
        CORRECTED = "corrected"

    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=Kind)
    amount = models.BigIntegerField(help_text="change of the balance, minor units")
    payment = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, unique=True, help_text="makes it happen once")
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="credit_movement_of_something")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount:+}"
