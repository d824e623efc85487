"""Talking with people: what we must tell them, what they told us, and why something was not said."""

from django.db import models
from django.db.models import Q

from commerce.customers.models import ContactPoint, Person
from commerce.ids import PublicIdField
from commerce.photos.models import Photo
from commerce.timeline.models import Journey


class Message(models.Model):
    """One thing we have to tell one person, unique by person, purpose, subject and phase."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        DROPPED = "dropped"
        FAILED = "failed"
        UNKNOWN = "unknown"

    public_id = PublicIdField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="messages")
    journey = models.ForeignKey(Journey, null=True, on_delete=models.PROTECT, related_name="messages")
    entry = models.BigIntegerField(null=True, help_text="id of the timeline entry that made it necessary")
    purpose = models.CharField(max_length=40, help_text="the template's name, such as cart_reminder")
    subject = models.CharField(max_length=64, help_text="public id of what it is about")
    phase = models.CharField(max_length=20, default="1")
    facts = models.JSONField(default=dict, help_text="ids and times the template reads from; no personal data")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="of no use from then on")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "purpose", "subject", "phase"], name="message_once"),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "sent", "dropped", "failed", "unknown"]),
                name="message_status_known",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="waiting"), name="message_waiting")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.public_id}"


class Verdict(models.Model):
    """What was decided just before sending, and why; stored also when nothing is sent."""

    class Decision(models.TextChoices):
        SEND = "send"
        WAIT = "wait"
        DROP = "drop"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="verdicts")
    decision = models.CharField(max_length=5, choices=Decision)
    until = models.DateTimeField(null=True)
    contact_channel = models.CharField(max_length=10, blank=True)
    reasons = models.JSONField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="wait", until__isnull=False) | (~Q(decision="wait") & Q(until__isnull=True)),
                name="waiting_verdict_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.decision


class Attempt(models.Model):
    """One try to say a message over one contact channel; its public id is the key that the provider gets."""

    class Status(models.TextChoices):
        SENDING = "sending"
        ACCEPTED = "accepted"
        DELIVERED = "delivered"
        READ = "read"
        FAILED = "failed"
        UNKNOWN = "unknown"

    public_id = PublicIdField()
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    contact_channel = models.CharField(max_length=10)
    contact_point = models.ForeignKey(ContactPoint, null=True, on_delete=models.PROTECT, related_name="+")
    transport = models.CharField(max_length=20)
    title = models.CharField(max_length=300, blank=True, help_text="an email's subject")
    text = models.TextField(help_text="as the person reads it")
    html = models.TextField(blank=True)
    content = models.JSONField(default=dict, blank=True, help_text="an approved template, and what fills it")
    status = models.CharField(max_length=10, choices=Status, default=Status.SENDING)
    provider_id = models.CharField(max_length=120, blank=True)
    error = models.CharField(max_length=200, blank=True)
    is_permanent = models.BooleanField(default=False, help_text="failed so that this address is not tried again")
    unsubscribe_url = models.URLField(blank=True, help_text="where she ends messages like this one")
    started_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message"],
                condition=Q(status__in=["sending", "accepted", "delivered", "read"]),
                name="one_live_attempt_per_message",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["sending", "accepted", "delivered", "read", "failed", "unknown"]),
                name="attempt_status_known",
            ),
            models.CheckConstraint(
                condition=Q(is_permanent=False) | Q(status="failed"), name="only_failures_are_permanent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_channel} {self.status}"


class Conversation(models.Model):
    """A talk with one person over one contact channel, on a journey."""

    public_id = PublicIdField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="conversations")
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="conversations")
    contact_channel = models.CharField(max_length=10)
    contact_point = models.ForeignKey(ContactPoint, null=True, on_delete=models.PROTECT, related_name="conversations")
    title = models.CharField(max_length=200, blank=True, help_text="the subject line, of a talk by email")
    is_open = models.BooleanField(default=True)
    started_at = models.DateTimeField()
    last_turn_at = models.DateTimeField()
    seen_turn = models.BigIntegerField(
        default=0, help_text="the last of our answers that she has had before her, in a chat"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact_point", "contact_channel"],
                condition=Q(is_open=True),
                name="one_open_conversation_per_address",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class Turn(models.Model):
    """One thing said in a conversation, by the person or by us."""

    class Side(models.TextChoices):
        PERSON = "person"
        HOUSE = "house"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    side = models.CharField(max_length=6, choices=Side)
    text = models.TextField(blank=True)
    photos = models.ManyToManyField(Photo, related_name="turns", blank=True)
    about = models.CharField(max_length=64, blank=True, help_text="public id of what it answers or speaks of")
    is_proven = models.BooleanField(default=True, help_text="false: whoever wrote it may be somebody else")
    actor = models.CharField(max_length=60)
    external_id = models.CharField(max_length=200, blank=True, help_text="the network, and its id of it")
    said_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["recorded_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["external_id"], condition=~Q(external_id=""), name="turn_once"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.pk}"


class Survey(models.Model):
    """A question about one order, or about a case, asked once, and its answer."""

    public_id = PublicIdField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="surveys")
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="surveys")
    order = models.ForeignKey("orders.Order", null=True, on_delete=models.PROTECT, related_name="surveys")
    case = models.ForeignKey("cases.Case", null=True, on_delete=models.PROTECT, related_name="surveys")
    score = models.PositiveSmallIntegerField(null=True, help_text="0 to 10")
    comment = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order"], name="survey_once_per_order"),
            models.UniqueConstraint(fields=["case"], name="survey_once_per_case"),
            models.CheckConstraint(
                condition=Q(order__isnull=False, case__isnull=True) | Q(order__isnull=True, case__isnull=False),
                name="survey_about_one_thing",
            ),
            models.CheckConstraint(condition=Q(score__isnull=True) | Q(score__lte=10), name="survey_score_known"),
        ]

    def __str__(self) -> str:
        return self.public_id


class ErasureRequest(models.Model):
    """That a person is to be forgotten: waits while something with her is open, with the reasons, then done."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        WITHDRAWN = "withdrawn"
        DONE = "done"

    class Hold(models.TextChoices):
        CLAIM = "claim", "a claim is going on"
        FRAUD = "fraud", "fraud is looked into"
        AUTHORITY = "authority", "an authority asks for it"

    public_id = PublicIdField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="erasure_requests")
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    reasons = models.JSONField(default=list, help_text="what stands in the way, in codes, and until when")
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=60)
    channel = models.CharField(max_length=20)
    told_at = models.DateTimeField(null=True, help_text="since when she is being told that it happens now")
    held_until = models.DateTimeField(null=True)
    held_because = models.CharField(max_length=9, choices=Hold, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(status="waiting"), name="one_waiting_erasure_per_person"
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", settled_at__isnull=True)
                | Q(status__in=["withdrawn", "done"], settled_at__isnull=False),
                name="erasure_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.public_id}"
