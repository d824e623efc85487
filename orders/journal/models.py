"""The journal of the tills: every fact that a device told us, once, and in what it differed from what we expected."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from commerce.channels.models import Device
from orders.models import Order


class Till(models.Model):
    """What we know of a device as a till. Its row is locked while a batch of it is taken in."""

    device = models.OneToOneField(Device, on_delete=models.PROTECT, related_name="till")
    installation = models.CharField(max_length=64, blank=True, help_text="of its software; the first we heard of")
    highest = models.BigIntegerField(default=0, help_text="the highest number in its own sequence")
    told = models.BigIntegerField(default=0, help_text="how many numbers of its sequence we have")
    heard_at = models.DateTimeField(help_text="its last sign of life")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(told__lte=F("highest")), name="till_told_within_sequence")]

    def __str__(self) -> str:
        return str(self.device)


class Fact(models.Model):
    """One thing a till told: a sale, a return, a void, or how a card payment that it had stored ended.

    Its UUID was made on the device and makes it happen once. `claimed_at` is what the device's clock said, as it was
    sent; `occurred_at` is what we made of it. Facts without a place in the books yet keep what was said.
    """

    class Kind(models.TextChoices):
        SALE = "sale"
        RETURN = "return"
        VOID = "void"
        PAYMENT = "payment"

    class Status(models.TextChoices):
        BOOKED = "booked"
        WAITING = "waiting", "waits for the sale it speaks of"
        QUARANTINED = "quarantined", "set apart until a person, or its till's own key, says that it is one"
        REJECTED = "rejected", "a person said that it is none"

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="facts", db_index=False)
    uuid = models.UUIDField(unique=True)
    sequence = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    of = models.UUIDField(null=True, blank=True, help_text="the sale it speaks of")
    status = models.CharField(max_length=12, choices=Status, default=Status.BOOKED)
    is_apart = models.BooleanField(default=False, db_default=False, help_text="outside its till's own sequence")
    decided_by = models.CharField(max_length=60, blank=True, db_default="", help_text="who booked or rejected it")
    digest = models.CharField(max_length=64, help_text="of what was said")
    said = models.JSONField(null=True, blank=True, help_text="kept until it is booked")
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="facts")
    claimed_at = models.CharField(max_length=40)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    flags = ArrayField(models.CharField(max_length=20), default=list, blank=True, help_text="doubts about it")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device", "sequence"], condition=Q(is_apart=False), name="fact_once_in_sequence"
            ),
            models.CheckConstraint(condition=Q(sequence__gt=0), name="fact_sequence_from_one"),
            models.CheckConstraint(
                condition=~Q(status="quarantined") | Q(is_apart=True), name="quarantined_fact_is_apart"
            ),
            models.CheckConstraint(
                condition=Q(status="booked", said__isnull=True)
                | Q(status__in=["waiting", "quarantined", "rejected"], said__isnull=False),
                name="fact_kept_until_booked",
            ),
        ]
        indexes = [
            models.Index(fields=["of"], condition=Q(of__isnull=False), name="fact_of_sale"),
            models.Index(fields=["device", "recorded_at"], name="fact_of_device"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"


class Roll(models.Model):
    """Which numbers a till that writes files has told of a business day; with the next they may begin anew."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="rolls", db_index=False)
    day = models.CharField(max_length=20, blank=True, help_text="as the file says it")
    numbers = ArrayField(models.BigIntegerField(), help_text="in order")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "day"], name="roll_once_a_day")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.day}"


class TillFile(models.Model):
    """A file that a till wrote: taken in, or set apart with the reason until somebody tries again."""

    class Format(models.TextChoices):
        POSLOG = "poslog", "POSLog (XML)"
        MOSTRADOR = "mostrador", "Mostrador (CSV)"

    class Status(models.TextChoices):
        TAKEN = "taken"
        PARTLY = "partly", "taken but for some lines"
        QUARANTINED = "quarantined"

    name = models.CharField(max_length=100)
    format = models.CharField(max_length=10, choices=Format)
    digest = models.CharField(max_length=64, help_text="of its bytes")
    content = models.BinaryField(help_text="gzip; kept until all of it is taken, for a month at most")
    status = models.CharField(max_length=12, choices=Status, default=Status.QUARANTINED)
    reason = models.CharField(max_length=300, blank=True, help_text="why it, or its first bad line, was not taken")
    lines = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    told_by = models.CharField(max_length=60)
    recorded_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "format"], name="till_file_once")]

    def __str__(self) -> str:
        return f"{self.name}, {self.status}"


class Difference(models.Model):
    """Something that a till did otherwise than we would have. The sale stands as sold; somebody may want to know why.

    Amounts are minor units, of a line or a receipt.
    """

    class Kind(models.TextChoices):
        PRICE = "price"
        ARTICLE = "article", "article that nobody knows"
        TENDER = "tender", "paid something else than the total"
        COUPON_UNKNOWN = "coupon_unknown"
        COUPON_ENDED = "coupon_ended"
        COUPON_OVERUSED = "coupon_overused"
        PROMOTION = "promotion", "promotion that did not run, or runs in another version"
        QUOTE = "quote", "signed quote that does not hold, or another total than it says"
        PERSON = "person", "person whom nobody knows"
        RETURN = "return", "more came back, or was given back, than was left of the sale"

    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="differences")
    line = models.PositiveIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=16, choices=Kind)
    subject = models.CharField(max_length=60, blank=True, help_text="a SKU, a coupon's code, a promotion's number")
    expected = models.BigIntegerField(null=True, blank=True)
    actual = models.BigIntegerField(null=True, blank=True)
    loss = models.BigIntegerField(default=0, help_text="what it cost us; negative: what we gained")
    till_version = models.CharField(max_length=60, blank=True, help_text="of prices or promotion, by which it was sold")
    our_version = models.CharField(max_length=60, blank=True, help_text="which held then")

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
