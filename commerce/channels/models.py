"""Where we sell, where stock lies, and who works there."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from commerce.channels.hours import check_days, check_week, check_zone
from commerce.ids import PublicIdField


class Firm(models.Model):
    """Another firm whose shops sell with us: the stock in them is its own, and so are the papers of what it sells."""

    name = models.CharField(max_length=120, unique=True, help_text="as it stands on its documents")
    tax_id = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Location(models.Model):
    """A place where stock lies: warehouse, store, or the road between two of them."""

    class Kind(models.TextChoices):
        WAREHOUSE = "warehouse"
        STORE = "store"
        TRANSIT = "transit"

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind)
    firm = models.ForeignKey(
        Firm, null=True, blank=True, on_delete=models.PROTECT, related_name="locations", help_text="a partner's shop"
    )
    is_active = models.BooleanField(default=True)
    street = models.CharField(max_length=120, blank=True)
    postal_code = models.CharField(max_length=12, blank=True)
    city = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2, default="ES", help_text="ISO 3166-1")
    latitude = models.FloatField(null=True, blank=True, validators=[MinValueValidator(-90.0), MaxValueValidator(90.0)])
    longitude = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(-180.0), MaxValueValidator(180.0)]
    )
    phone = models.CharField(max_length=20, blank=True)
    timezone = models.CharField(max_length=40, default="Europe/Madrid", help_text="IANA name", validators=[check_zone])
    opening_hours = models.JSONField(
        default=dict, blank=True, help_text='{"mon": [["10:00", "21:00"]], …}, local time', validators=[check_week]
    )
    holidays = models.JSONField(
        default=list, blank=True, help_text='closed days: ["2026-12-25", …]', validators=[check_days]
    )
    offers_pickup = models.BooleanField(default=False)
    preparation_minutes = models.PositiveSmallIntegerField(default=60, help_text="until enough was measured")
    measured_minutes = models.PositiveIntegerField(
        null=True, editable=False, help_text="open minutes in which nine of ten of the last pickups were ready"
    )
    pickup_queue = models.PositiveIntegerField(default=0, editable=False, help_text="pickups not ready yet")
    pickups_per_hour = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="what its people manage", validators=[MinValueValidator(1)]
    )

    rank = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="the lower, the earlier it serves; empty: a warehouse 0, a store 1"
    )
    carrier_comes_at = models.TimeField(
        null=True, blank=True, help_text="local time at which parcels are fetched; empty: whenever they are ready"
    )
    transfer_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="what it lacks for a pickup is sent here in so many days; empty: nothing is"
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class SalesChannel(models.Model):
    """Where a purchase is made: web, store, call center, Shopify."""

    class Kind(models.TextChoices):
        WEB = "web"
        STORE = "store"
        CALL_CENTER = "call_center"
        SHOPIFY = "shopify"

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind)
    currency = models.CharField(max_length=3, default="EUR", help_text="ISO 4217")
    country = models.CharField(max_length=2, default="ES", help_text="whose taxes apply, ISO 3166-1")
    hold_minutes = models.PositiveSmallIntegerField(default=20, help_text="how long a checkout holds its stock")
    delivery_fee = models.PositiveBigIntegerField(default=0, help_text="minor units, tax included")
    free_delivery_from = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="minor units of the goods after discounts; empty: never free"
    )
    delivery_days = models.PositiveSmallIntegerField(default=3, help_text="within so many days, Sundays not counted")
    locations = models.ManyToManyField(Location, blank=True, help_text="where its orders may be served from")
    most_parcels = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="an order is not split over more places", validators=[MinValueValidator(1)]
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member of staff does here; what each may reach is in commerce.rest.doors."""

    BACK_OFFICE = "back_office"
    STORE = "store"
    WAREHOUSE = "warehouse"
    AGENT = "agent"


class StaffMember(models.Model):
    """A log-in's role, and the locations it is bound to (back office and agents: none, meaning all)."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_member")
    role = models.CharField(max_length=12, choices=Role)
    locations = models.ManyToManyField(Location, blank=True)
    factor_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="since when a second factor is asked for"
    )

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class SecondFactor(models.Model):
    """An authenticator app that belongs to a log-in of the staff.

    Its secret is stored nowhere: it is computed from the public id and the installation's secret key, so that a stolen
    dump logs nobody in.
    """

    public_id = PublicIdField()
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor")
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, help_text="since when it is asked for")
    last_step = models.BigIntegerField(default=0, help_text="of the last code that was taken: each is used once")

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class RecoveryCode(models.Model):
    """A code to log in with once, when the authenticator app is lost; only its keyed digest is stored."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"


class Device(models.Model):
    """A till, kiosk or machine that calls the API with a key of its own; only the key's digest is stored."""

    public_id = PublicIdField()
    name = models.CharField(max_length=60)
    role = models.CharField(max_length=12, choices=Role)
    location = models.ForeignKey(Location, null=True, blank=True, on_delete=models.PROTECT)
    key_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
