"""People and the ways to reach them. All personal data of the house lies here or in messages, never on the timeline."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commerce.ids import PublicIdField
from commerce.timeline.models import Journey


class Person(models.Model):
    """Somebody we deal with. A user logs in, a person may not.

    `root` is the person this one was found to be (itself, unless merged). A merge moves nothing: addresses, orders and
    consents stay where they came in, and are read over all people of one root, so that a split is exact.
    """

    public_id = PublicIdField()
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="person"
    )
    root = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    given_name = models.CharField(max_length=60, blank=True)
    family_name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=5, default="es")
    country = models.CharField(max_length=2, default="ES")
    timezone = models.CharField(max_length=40, default="Europe/Madrid", help_text="where she is, IANA name")
    named_at = models.DateTimeField(null=True, blank=True, help_text="when she said her name; null: as she was met")
    named_in = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text="in which sales channel"
    )
    group = models.CharField(max_length=20, blank=True)
    preferred_contact_channel = models.CharField(max_length=10, blank=True)
    preferred_hours = models.JSONField(null=True, blank=True, help_text='["18:00", "20:00"], her own time')
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}".strip() or self.public_id

    @property
    def root_pk(self) -> int:
        """The id under which everything about her is read."""
        return self.root_id or self.pk


class Merge(models.Model):
    """The finding that two people are one, with its evidence; ended by a split, never deleted.

    Edges that hold connect people without a circle; whoever hangs together is read under one root.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merges")
    into = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    evidence = models.CharField(max_length=120)
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=60)
    split_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(person=models.F("into")), name="merge_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} → {self.into_id}"


class ContactPoint(models.Model):
    """A way to reach or to know somebody, normalized: lower-case email, E.164 phone, another system's own id of her."""

    class Kind(models.TextChoices):
        EMAIL = "email"
        PHONE = "phone"
        WHATSAPP = "whatsapp"
        INSTAGRAM = "instagram"
        MESSENGER = "messenger"
        X = "x"
        LOYALTY = "loyalty", "loyalty card"
        SHOPIFY = "shopify"
        STRIPE = "stripe"
        DEVICE = "device"
        CHAT = "chat", "a browser that chats"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="contact_points", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    value = models.CharField(max_length=254)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_how = models.CharField(max_length=30, blank=True)
    given_at = models.DateTimeField(null=True, blank=True, help_text="when she last said that it holds; null: once")
    given_in = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text="in which sales channel"
    )
    created_at = models.DateTimeField()
    weighed_at = models.DateTimeField(null=True, editable=False, help_text="when others with it were last looked for")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "value"], name="contact_point_once_per_person"),
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=models.Q(verified_at__isnull=False),
                name="verified_contact_point_of_one",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "value"], name="contact_point_value"),
            models.Index(fields=["id"], condition=models.Q(weighed_at__isnull=True), name="contact_point_unweighed"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class BlockedAddress(models.Model):
    """An address that tells nothing about who gives it, such as the till's own email: it finds and joins nobody."""

    kind = models.CharField(max_length=10, choices=ContactPoint.Kind)
    value = models.CharField(max_length=254, help_text="in its one spelling")
    reason = models.CharField(max_length=80)

    class Meta:
        verbose_name_plural = "blocked addresses"
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="blocked_address_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Suggestion(models.Model):
    """Two people who may be one, for somebody to decide; nothing is merged by it alone."""

    class Status(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        NEVER = "never", "never the same"

    one = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    evidence = models.JSONField(help_text="what speaks for it, in codes of commerce.customers.matching")
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    merge = models.ForeignKey(Merge, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="suggestion_once"),
            models.CheckConstraint(condition=models.Q(one__lt=models.F("other")), name="suggestion_of_two"),
            models.CheckConstraint(
                condition=models.Q(status__in=["open", "accepted", "rejected", "never"]),
                name="suggestion_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status="open", decided_at__isnull=True)
                | (~models.Q(status="open") & models.Q(decided_at__isnull=False)),
                name="suggestion_decided_once",
            ),
        ]
        indexes = [models.Index(fields=["found_at"], condition=models.Q(status="open"), name="suggestion_open")]

    def __str__(self) -> str:
        return f"{self.one_id} – {self.other_id}: {self.status}"


class PostalAddress(models.Model):
    """Where she lives or wants things sent; kept with where and when it was entered."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="addresses")
    label = models.CharField(max_length=40, blank=True)
    recipient = models.CharField(max_length=120)
    street = models.CharField(max_length=120)
    postal_code = models.CharField(max_length=12)
    city = models.CharField(max_length=60)
    country = models.CharField(max_length=2, default="ES")
    phone = models.CharField(max_length=20, blank=True)
    entered_at = models.DateTimeField()
    entered_in = models.CharField(max_length=20, help_text="the sales channel it was given in")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="when she said again that it is right")
    removed_at = models.DateTimeField(null=True, blank=True, help_text="kept for the orders that went there")

    class Meta:
        verbose_name_plural = "postal addresses"

    def __str__(self) -> str:
        return f"{self.label or self.city} {self.pk}"


class Consent(models.Model):
    """One explicit choice: this address, over this contact channel, for this purpose. The latest choice counts."""

    class Purpose(models.TextChoices):
        REMINDER = "reminder"
        MARKETING = "marketing"
        SURVEY = "survey"
        RESTOCK = "restock"

    contact_point = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, related_name="consents")
    contact_channel = models.CharField(max_length=10)
    purpose = models.CharField(max_length=10, choices=Purpose)
    granted = models.BooleanField()
    chosen_at = models.DateTimeField()
    wording = models.CharField(max_length=40, help_text="version of the text she agreed to")
    method = models.CharField(max_length=40, help_text="how: account page, till, reply, link in a message")

    class Meta:
        indexes = [
            models.Index(fields=["contact_point", "contact_channel", "purpose", "-chosen_at"], name="consent_latest")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} by {self.contact_channel}: {'yes' if self.granted else 'no'}"


class Taste(models.Model):
    """What she said of her tastes, or staff noted; or that she wants one forgotten which shows elsewhere.

    A row stays with whoever of the merged people it came from, so that a split gives each her own again.
    """

    class Kind(models.TextChoices):
        SIZE = "size", _("size")
        LIKES = "likes", _("likes")
        AVOIDS = "avoids", _("avoids")
        OTHER = "other", _("good to know")

    class Source(models.TextChoices):
        SAID = "said", _("she said so")
        NOTED = "noted", _("noted by staff")
        TALK = "talk", _("from a talk with her")
        BOUGHT = "bought", _("from what she bought")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tastes")
    kind = models.CharField(max_length=6, choices=Kind)
    value = models.CharField(max_length=80)
    source = models.CharField(max_length=6, choices=Source)
    entered_at = models.DateTimeField()
    entered_in = models.CharField(max_length=20, help_text="the sales channel it was told in")
    entered_by = models.CharField(max_length=60)
    removed_at = models.DateTimeField(null=True, blank=True, help_text="not shown from then on, wherever it shows")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(source__in=["said", "noted"]) | models.Q(removed_at__isnull=False),
                name="taste_that_shows_elsewhere_is_kept_only_as_forgotten",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["size", "likes", "avoids", "other"]), name="taste_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class LoginCode(models.Model):
    """A short code sent to prove that an address is hers: for one browser, ten minutes, some tries, one use.

    The code itself is stored nowhere: it is computed from the public id and the installation's secret key.
    """

    public_id = PublicIdField()
    contact_point = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, related_name="login_codes")
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="+")
    given_name = models.CharField(max_length=60, blank=True, help_text="as given with this request")
    language = models.CharField(max_length=5, default="es")
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.public_id


class Reading(models.Model):
    """Who among the staff read a person's data, when and what for."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="readings")
    actor = models.CharField(max_length=60)
    what = models.CharField(max_length=40)
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.actor} read {self.what}"


class Serving(models.Model):
    """That an agent acts for a person: since when, how she showed who she is, and what for.

    Without one, her data is not opened and nothing is done in her name.
    """

    class Proof(models.TextChoices):
        NUMBER = "number", _("the number of an order of hers")
        CODE = "code", _("the code of a pickup of hers")
        TALK = "talk", _("she writes to us from an address that is hers")
        CART = "cart", _("the code of her cart, which she made when logged in")
        NONE = "none", _("none: the back office looks into something")

    class Reason(models.TextChoices):
        ORDER = "order", _("to order for her")
        QUESTION = "question", _("she has a question")
        CHANGE = "change", _("to change or return something")
        COMPLAINT = "complaint", _("something went wrong")
        REQUEST = "request", _("she asks about her data")

    public_id = PublicIdField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="servings")
    actor = models.CharField(max_length=60)
    proof = models.CharField(max_length=6, choices=Proof)
    reason = models.CharField(max_length=9, choices=Reason)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gte=models.F("began_at")), name="serving_ends_later"),
        ]
        indexes = [models.Index(fields=["person", "actor", "ends_at"], name="serving_of_person")]

    def __str__(self) -> str:
        return f"{self.actor} for {self.person_id}"
