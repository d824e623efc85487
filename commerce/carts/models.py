"""Carts: a wish, priced, that holds nothing until checkout starts."""

from django.db import models
from django.db.models import Q

from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.customers.models import Person
from commerce.ids import PublicIdField
from commerce.promotions.models import Coupon
from commerce.quotes.models import SignedQuote
from commerce.timeline.models import Journey


class Cart(models.Model):
    """One person's basket over all channels. Every edit raises the version; edits of several hands are merged."""

    class Status(models.TextChoices):
        OPEN = "open"
        CHECKING_OUT = "checking_out"
        ORDERED = "ordered"
        MERGED = "merged"

    public_id = PublicIdField()
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="carts")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="carts")
    sales_channel = models.ForeignKey(
        SalesChannel, on_delete=models.PROTECT, db_index=False, help_text="where it was opened"
    )
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    version = models.PositiveIntegerField(default=1)
    coupon = models.ForeignKey(
        Coupon, null=True, blank=True, on_delete=models.PROTECT, related_name="carts", db_index=False
    )
    coupon_version = models.PositiveIntegerField(default=0, db_default=0, help_text="with which the code last changed")
    signed_quote = models.ForeignKey(
        SignedQuote,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="carts",
        db_index=False,
        help_text="whose price it has",
    )
    by_hand = models.ForeignKey(
        "ManualDiscount",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="given by a clerk",
    )
    location = models.ForeignKey(
        Location,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="the store it is bought in",
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["open", "checking_out", "ordered", "merged"]), name="cart_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
                name="cart_merged_into_one",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(status__in=["open", "checking_out"]), name="one_open_cart_per_person"
            ),
        ]
        # Most carts have none of these, and a cart's row is written often.
        indexes = [
            models.Index(fields=["coupon"], condition=Q(coupon__isnull=False), name="cart_of_coupon"),
            models.Index(fields=["signed_quote"], condition=Q(signed_quote__isnull=False), name="cart_of_quote"),
            models.Index(fields=["by_hand"], condition=Q(by_hand__isnull=False), name="cart_of_hand"),
            models.Index(fields=["location"], condition=Q(location__isnull=False), name="cart_of_location"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="cart_of_merge"),
        ]

    def __str__(self) -> str:
        return self.public_id


class CartLine(models.Model):
    """A variant in a cart. Quantity 0 is a removed line: it stays removed when carts meet."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines", db_index=False)
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    edited_at = models.DateTimeField()
    edited_by = models.CharField(max_length=60)
    base_version = models.PositiveIntegerField(
        default=0, db_default=0, help_text="with which it was last written as a whole: opened, merged; 0: never"
    )
    base_quantity = models.PositiveIntegerField(default=0, db_default=0, help_text="what it held then")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["cart", "variant"], name="cart_line_once")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"


class CartOperation(models.Model):
    """One edit of one line by one hand, as it was asked for; `settled()` says what all of them together mean."""

    class Kind(models.TextChoices):
        ADD = "add"
        SET = "set"
        REMOVE = "remove"

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="operations", db_index=False)
    key = models.CharField(max_length=64, null=True, blank=True, help_text="the client's own id of it")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=6, choices=Kind)
    quantity = models.PositiveIntegerField()
    seen = models.PositiveIntegerField(help_text="the version that its author had before her eyes")
    version = models.PositiveIntegerField(help_text="the version that it made")
    hand = models.CharField(max_length=22, blank=True, help_text="which of several browsers or devices")
    actor = models.CharField(max_length=60)
    channel = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "key", "variant"], name="cart_operation_once"),
            models.UniqueConstraint(fields=["cart", "version", "variant"], name="cart_operation_in_order"),
            models.CheckConstraint(condition=Q(kind__in=["add", "set", "remove"]), name="cart_operation_kind_known"),
            models.CheckConstraint(condition=Q(seen__lt=models.F("version")), name="cart_operation_saw_the_past"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity} × {self.variant_id}"


class ManualDiscount(models.Model):
    """What a clerk or agent takes off a cart by hand, and why. Beyond her limit a second person must agree."""

    class Kind(models.TextChoices):
        PERCENTAGE = "percentage"
        AMOUNT = "amount"

    class Reason(models.TextChoices):
        DAMAGED = "damaged"
        LAST_PIECE = "last_piece"
        PRICE_MATCH = "price_match"
        GOODWILL = "goodwill"

    class Status(models.TextChoices):
        WAITING = "waiting"
        APPLIES = "applies"
        REMOVED = "removed"

    public_id = PublicIdField()
    cart = models.ForeignKey(Cart, on_delete=models.PROTECT, related_name="discounts")
    kind = models.CharField(max_length=12, choices=Kind)
    value = models.PositiveBigIntegerField(help_text="basis points of a percentage, else minor units")
    reason = models.CharField(max_length=12, choices=Reason)
    status = models.CharField(max_length=8, choices=Status)
    maximum = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="minor units: takes off no more, whatever the cart holds later"
    )
    given_by = models.CharField(max_length=60)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(value__gte=1), name="manual_discount_takes_something_off"),
            models.CheckConstraint(condition=~Q(reason=""), name="manual_discount_has_reason"),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "applies", "removed"]), name="manual_discount_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cart_id} {self.kind} {self.value}"


class HandOff(models.Model):
    """A cart shown to another hand by a short code or a QR: for looking, editing or paying, and not for long."""

    class Scope(models.TextChoices):
        VIEW = "view"
        EDIT = "edit"
        PAY = "pay"

    public_id = PublicIdField()
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="hand_offs")
    scope = models.CharField(max_length=4, choices=Scope)
    digest = models.CharField(max_length=64, null=True, unique=True, help_text="of the code, while it is good")
    uses_left = models.PositiveSmallIntegerField(default=1)
    made_by = models.CharField(max_length=60)
    taken_by = models.CharField(max_length=82, blank=True, help_text="who and which hand took it last")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="when the code stops being good")
    closes_at = models.DateTimeField(help_text="when those who took it lose the cart again")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=["view", "edit", "pay"]), name="hand_off_scope_known"),
            models.CheckConstraint(condition=Q(closes_at__gte=models.F("expires_at")), name="hand_off_closes_last"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.public_id}"


class CartMerge(models.Model):
    """That a cart ended in another one, by which rule, and what that one held before: so it can be taken back."""

    class Strategy(models.TextChoices):
        LATEST = "latest"
        SUM = "sum"
        LARGER = "larger"
        HERS = "hers"
        NEW = "new"

    cart = models.ForeignKey(Cart, on_delete=models.PROTECT, related_name="merges")
    into = models.ForeignKey(Cart, on_delete=models.PROTECT, related_name="taken_in")
    strategy = models.CharField(max_length=6, choices=Strategy)
    version = models.PositiveIntegerField(help_text="of the surviving cart, that the merge made")
    lines_before = models.JSONField(help_text="of the surviving cart: variant → quantity, edited at, edited by")
    coupon_before = models.ForeignKey(Coupon, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    signed_quote_before = models.ForeignKey(
        SignedQuote, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by_hand_before = models.ForeignKey(
        ManualDiscount, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=60)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cart"], condition=Q(undone_at=None), name="cart_merged_once"),
            models.CheckConstraint(
                condition=Q(strategy__in=["latest", "sum", "larger", "hers", "new"]), name="cart_merge_strategy_known"
            ),
            models.CheckConstraint(condition=~Q(cart=models.F("into")), name="cart_merge_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.cart_id} → {self.into_id}"


class Wish(models.Model):
    """Something saved for later: a person's, or that of a browser until somebody logs in there."""

    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="wishes")
    visitor = models.CharField(max_length=22, blank=True, help_text="which browser's, while nobody is known")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "wishes"
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, visitor="") | (Q(person__isnull=True) & ~Q(visitor="")),
                name="wish_of_one",
            ),
            models.UniqueConstraint(fields=["person", "variant"], name="wish_once_per_person"),
            models.UniqueConstraint(
                fields=["visitor", "variant"], condition=Q(person=None), name="wish_once_per_visitor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"


class ParityRun(models.Model):
    """One comparison of what a sample of baskets costs in every channel."""

    at = models.DateTimeField()
    published = models.PositiveBigIntegerField(help_text="all versions of prices and promotions together")
    baskets = models.PositiveIntegerField()
    adapters = models.JSONField()
    differences = models.JSONField(help_text="where channels differ against their will, and the rule that caused it")
    declared = models.JSONField(help_text="where they differ by a list or promotion that says why")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {len(self.differences)} differences"
