"""Promotions and coupons. A coupon is stock: its uses are held, redeemed or released."""

from django.db import models
from django.db.models import F, Q

from commerce.catalog.models import Category, Product, Variant
from commerce.channels.models import Location, SalesChannel
from commerce.customers.models import Person
from commerce.timeline.models import Journey


class Promotion(models.Model):
    """A rule that takes something off. Without a coupon of its own it applies by itself.

    Where it holds in one channel or one place only, it says why. What each kind does stands in
    commerce.promotions.taking, how several get along in commerce.promotions.discount.
    """

    class Kind(models.TextChoices):
        PERCENTAGE = "percentage"
        AMOUNT = "amount"
        FIXED_PRICE = "fixed_price", "fixed price of each unit"
        N_FOR_M = "n_for_m", "N for M, such as 3 for 2"
        BUNDLE = "bundle", "one of each product for a price"
        GIFT = "gift"
        TIERED = "tiered", "percentage that grows with the goods"

    class Level(models.TextChoices):
        LINE = "line"
        ORDER = "order"
        SHIPPING = "shipping"

    name = models.CharField(max_length=100)
    names = models.JSONField(default=dict, blank=True, help_text='translations: {"en": …}')
    kind = models.CharField(max_length=12, choices=Kind)
    applies_to = models.CharField(
        max_length=8, choices=Level, blank=True, help_text="empty: amounts to the order, the others to lines"
    )
    value = models.PositiveBigIntegerField(help_text="basis points of a percentage; else minor units", default=0)
    currency = models.CharField(max_length=3, blank=True, help_text="of whatever is no percentage")
    quantity = models.PositiveSmallIntegerField(null=True, blank=True, help_text="the N of N for M")
    pays = models.PositiveSmallIntegerField(null=True, blank=True, help_text="the M of N for M")
    tiers = models.JSONField(default=list, blank=True, help_text="[[from minor units, basis points], …]")
    gift = models.ForeignKey(Variant, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    maximum = models.PositiveBigIntegerField(null=True, blank=True, help_text="takes off no more than this")
    needs_coupon = models.BooleanField(default=False)
    minimum_total = models.PositiveBigIntegerField(default=0, help_text="minor units of the goods it looks at")
    minimum_quantity = models.PositiveIntegerField(default=0, help_text="units of the goods it looks at")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT)
    products = models.ManyToManyField(Product, blank=True)
    variants = models.ManyToManyField(Variant, blank=True, related_name="+")
    sales_channel = models.ForeignKey(SalesChannel, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True, help_text="why it holds in one channel or place only; shown")
    customer_group = models.CharField(max_length=20, blank=True, help_text="of people; empty: everybody")
    is_first_purchase = models.BooleanField(default=False, help_text="only for somebody's first purchase")
    exclusive_group = models.CharField(max_length=40, blank=True, help_text="of a group only one applies")
    priority = models.SmallIntegerField(default=0, help_text="of an exclusive group the highest goes first")
    combines = models.BooleanField(default=True, help_text="no: applies alone or not at all")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="raised by every change")
    is_active = models.BooleanField(default=True)
    is_scoped = models.BooleanField(default=False, editable=False, help_text="has products or variants; by a trigger")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="percentage", value__lte=10000)
                | (Q(kind__in=["amount", "fixed_price", "bundle"]) & ~Q(currency=""))
                | Q(kind="n_for_m", quantity__isnull=False, pays__isnull=False, pays__gte=1, quantity__gt=F("pays"))
                | Q(kind="gift", gift__isnull=False)
                | (Q(kind="tiered") & ~Q(tiers=[])),
                name="promotion_value_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(applies_to__in=["", "line"])
                | Q(applies_to="order", kind__in=["percentage", "amount", "tiered"])
                | Q(applies_to="shipping", kind__in=["percentage", "amount"]),
                name="promotion_level_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(sales_channel__isnull=True, location__isnull=True) | ~Q(reason=""),
                name="differing_promotion_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="promotion_ends_after_start"
            ),
        ]
        indexes = [
            models.Index(
                fields=["starts_at"],
                condition=Q(is_active=True, needs_coupon=False, is_scoped=False, category__isnull=True),
                name="promotion_for_everything",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PromotionVersion(models.Model):
    """What a promotion said at a version; written by a trigger, and never changed."""

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    terms = models.JSONField()
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["promotion", "version"], name="promotion_version_once")]

    def __str__(self) -> str:
        return f"{self.promotion_id} version {self.version}"


class Coupon(models.Model):
    """A code that opens a promotion, with limited uses over all channels together."""

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="coupons")
    code = models.CharField(max_length=40, help_text="as it is shown")
    folded = models.CharField(max_length=40, unique=True, help_text="as it is compared")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="coupons")
    journey = models.ForeignKey(Journey, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    batch = models.CharField(max_length=40, blank=True, help_text="codes that were generated together")
    sales_channel = models.ForeignKey(
        SalesChannel, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="empty: all channels"
    )
    use_limit = models.PositiveIntegerField(null=True, blank=True, help_text="empty: no limit, and no shared row")
    uses_per_person = models.PositiveIntegerField(null=True, blank=True)
    uses_held = models.PositiveIntegerField(default=0)
    uses_redeemed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(use_limit__isnull=True) | Q(use_limit__gte=F("uses_held") + F("uses_redeemed")),
                name="coupon_uses_within_limit",
            ),
        ]
        indexes = [models.Index(fields=["batch"], condition=~Q(batch=""), name="coupon_of_batch")]

    def __str__(self) -> str:
        return self.code


class CouponLimit(models.Model):
    """How often a coupon may be used in one sales channel, beside its limit over all of them."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="channel_limits")
    sales_channel = models.ForeignKey(SalesChannel, on_delete=models.PROTECT, related_name="+")
    use_limit = models.PositiveIntegerField()
    uses_held = models.PositiveIntegerField(default=0, editable=False)
    uses_redeemed = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["coupon", "sales_channel"], name="coupon_limit_once_per_channel"),
            models.CheckConstraint(
                condition=Q(use_limit__gte=F("uses_held") + F("uses_redeemed")), name="channel_uses_within_limit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} {self.sales_channel_id} {self.use_limit}"


class CouponUse(models.Model):
    """One use of a coupon by one checkout: held, then redeemed or released; expired once given to others."""

    class Status(models.TextChoices):
        HELD = "held"
        REDEEMED = "redeemed"
        RELEASED = "released"
        EXPIRED = "expired"

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="uses")
    demand = models.CharField(max_length=64, help_text="public id of the order that uses it")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sales_channel = models.ForeignKey(
        SalesChannel, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="where it counts"
    )
    turn = models.PositiveIntegerField(null=True, blank=True, help_text="her first, second… use, where it is limited")
    status = models.CharField(max_length=10, choices=Status, default=Status.HELD)
    held_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["coupon", "demand"], name="coupon_used_once_per_demand"),
            models.UniqueConstraint(
                fields=["coupon", "person", "turn"],
                condition=Q(status__in=["held", "redeemed"], turn__isnull=False),
                name="coupon_turn_once_per_person",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["held", "redeemed", "released", "expired"]), name="coupon_use_status_known"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(status="held"), name="coupon_use_live"),
            models.Index(fields=["demand"], name="coupon_use_of_demand"),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} {self.status}"


class Purchase(models.Model):
    """That somebody bought, or is about to: so that what is for a first purchase only is given once to each person."""

    class Status(models.TextChoices):
        HELD = "held"
        BOUGHT = "bought"
        RELEASED = "released"

    demand = models.CharField(max_length=64, unique=True, help_text="public id of the order")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status)
    is_first = models.BooleanField(default=False, help_text="it has the price of a first purchase")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(is_first=True, status__in=["held", "bought"]),
                name="one_first_purchase_per_person",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["held", "bought", "released"]), name="purchase_status_known"
            ),
        ]
        indexes = [models.Index(fields=["person"], condition=Q(status="bought"), name="purchase_of_person")]

    def __str__(self) -> str:
        return f"{self.demand} {self.status}"
