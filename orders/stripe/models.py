"""What Stripe holds for us: the pages on which people pay, cards that are kept there, and disputes.

No card data, ever: of a card that a shopper asked to be kept, only what she tells it by.
"""

from django.db import models
from django.db.models import Q

from commerce.customers.models import Person
from commerce.ids import PublicIdField
from commerce.timeline.models import Journey
from orders.models import Payment


class Customer(models.Model):
    """Who a person is at Stripe. There is one only once she asked that a card be kept, and Stripe knows no name of it.

    Written before Stripe is asked; ended when she is erased, or when it is gone at Stripe.
    """

    public_id = PublicIdField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="stripe_customers")
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=100, blank=True, help_text="cus_…")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(ended_at=None), name="stripe_customer_once"),
            models.UniqueConstraint(
                fields=["reference"], condition=~Q(reference=""), name="stripe_customer_reference_once"
            ),
        ]

    def __str__(self) -> str:
        return self.reference or f"customer {self.public_id}"


class KeptCard(models.Model):
    """A card that is kept at Stripe because she asked for it, by what she tells it by."""

    public_id = PublicIdField()
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="cards")
    reference = models.CharField(max_length=100, unique=True, help_text="pm_…")
    brand = models.CharField(max_length=30)
    last4 = models.CharField(max_length=4)
    expires = models.CharField(max_length=7, help_text="month and year, 08/2030")
    kept_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.reference


class CardPage(models.Model):
    """A page of Stripe's on which she has a card kept without paying."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        KEPT = "kept"
        ENDED = "ended"

    public_id = PublicIdField()
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="pages")
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="nobody can have a card kept there after this")
    page = models.CharField(max_length=100, blank=True, help_text="cs_…")
    url = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(status="waiting"), name="stripe_card_page_once"),
            models.CheckConstraint(condition=Q(status__in=["waiting", "kept", "ended"]), name="stripe_card_page_known"),
        ]

    def __str__(self) -> str:
        return self.page or f"card page {self.public_id}"


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
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="checkouts")
    keeps_card = models.BooleanField(default=False, help_text="she asked that the card be kept")
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
            models.CheckConstraint(
                condition=Q(keeps_card=False) | Q(customer__isnull=False), name="stripe_card_is_kept_for_somebody"
            ),
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
