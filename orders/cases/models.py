"""Incidents: what went wrong for somebody, what is done about it by whom until when, and the clocks that run."""

from django.db import models
from django.db.models import Q

from commerce.channels.models import Location
from commerce.customers.models import ContactPoint, Person
from commerce.ids import PublicIdField
from commerce.photos.models import Photo
from commerce.timeline.models import Journey
from orders.models import Order
from orders.returns.models import Return


class Kind(models.TextChoices):
    """What can go wrong."""

    DAMAGED = "damaged", "came damaged"
    WRONG_ITEM = "wrong_item"
    MISSING_PART = "missing_part"
    LATE = "late"
    NOT_RECEIVED = "not_received"
    BILLING = "billing"
    COMPLAINT = "complaint", "complaint (PQR)"
    OTHER = "other"


class Team(models.TextChoices):
    """Who can have a case or a step of it in hand."""

    AGENT = "agent", "call center"
    STORE = "store"
    WAREHOUSE = "warehouse"
    CARRIER = "carrier"


class Playbook(models.Model):
    """What is done about a kind of incident. Changed here, it holds for cases that are opened from then on.

    Hours are business hours of the place; days are working days.
    """

    kind = models.CharField(max_length=14, choices=Kind, unique=True)
    first_answer_hours = models.PositiveSmallIntegerField(default=4)
    next_answer_hours = models.PositiveSmallIntegerField(default=8)
    reply_days = models.PositiveSmallIntegerField(default=15, help_text="Spanish Ley 10/2025: 15, undue charges 5")

    class Meta:
        ordering = ["kind"]

    def __str__(self) -> str:
        return self.kind


class PlaybookStep(models.Model):
    """One step: who does it, and how many business hours after the case was opened at the latest."""

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="steps")
    ordinal = models.PositiveSmallIntegerField()
    title_es = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    team = models.CharField(max_length=10, choices=Team)
    hours = models.PositiveSmallIntegerField()
    is_told = models.BooleanField(default=True, help_text="whether the person sees this step and hears when it is done")

    class Meta:
        ordering = ["ordinal"]
        constraints = [models.UniqueConstraint(fields=["playbook", "ordinal"], name="playbook_step_once")]

    def __str__(self) -> str:
        return self.title_en


class Case(models.Model):
    """An incident of one person, on a journey. The request is hers, word for word, as she told it first.

    `key` is said aloud and stands in every message about it. `answered_at` is our first answer; `answer_due` the next.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    class Outcome(models.TextChoices):
        SOLVED = "solved"
        REPLACED = "replaced"
        REFUNDED = "refunded"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn", "taken back by the person"

    public_id = PublicIdField()
    key = models.CharField(max_length=12, unique=True)
    kind = models.CharField(max_length=14, choices=Kind)
    status = models.CharField(max_length=6, choices=Status, default=Status.OPEN)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="cases")
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="cases")
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="cases")
    location = models.ForeignKey(
        Location, null=True, on_delete=models.PROTECT, related_name="+", help_text="whose hours count, who sees it"
    )
    contact_point = models.ForeignKey(
        ContactPoint, null=True, on_delete=models.PROTECT, related_name="+", help_text="where she wants to be told"
    )
    opened_in = models.CharField(max_length=14, help_text="the contact or sales channel it was told in")
    request = models.TextField(blank=True)
    photos = models.ManyToManyField(Photo, related_name="cases", blank=True)
    returns = models.ManyToManyField(Return, related_name="cases", blank=True)
    team = models.CharField(max_length=10, choices=Team, default=Team.AGENT)
    opened_at = models.DateTimeField()
    first_answer_due = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer_due = models.DateTimeField(null=True, help_text="since she wrote last, until we have answered")
    resolve_due = models.DateTimeField()
    reply_due = models.DateTimeField(help_text="by law")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=["open", "closed"]), name="case_status_known"),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False) & ~Q(outcome="")
                | Q(status="open", closed_at__isnull=True, outcome=""),
                name="closed_case_has_time_and_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["resolve_due"], condition=Q(status="open"), name="case_open"),
            models.Index(fields=["order"], condition=Q(status="open"), name="case_open_of_order"),
        ]

    def __str__(self) -> str:
        return self.key


class CaseStep(models.Model):
    """A step of one case, copied from the playbook when the case was opened."""

    class Status(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        SKIPPED = "skipped", "not needed"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    ordinal = models.PositiveSmallIntegerField()
    title_es = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    team = models.CharField(max_length=10, choices=Team)
    is_told = models.BooleanField()
    due_at = models.DateTimeField()
    status = models.CharField(max_length=7, choices=Status, default=Status.PENDING)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["case", "ordinal"], name="case_step_once"),
            models.CheckConstraint(
                condition=Q(status="pending", settled_at__isnull=True)
                | Q(status__in=["done", "skipped"], settled_at__isnull=False),
                name="settled_case_step_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.title_en


class Handover(models.Model):
    """Who gave a case to whom, and why: each is an entry on the timeline, too, without the words."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="handovers")
    from_team = models.CharField(max_length=10, choices=Team)
    to_team = models.CharField(max_length=10, choices=Team)
    to_location = models.ForeignKey(
        Location,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="which store or warehouse; none: whoever works in such a place",
    )
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.CharField(max_length=60)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.from_team} → {self.to_team}"
