"""The one timeline: what happened (Entry, on a Journey) and what must follow from it (Task)."""

from django.db import models

from commerce.ids import PublicIdField


class Journey(models.Model):
    """One story, opened by whatever happens first: a message, a cart, a till sale, a complaint.

    It has no person: cart, order and case carry both, and what a person sees is the union of hers.
    """

    public_id = PublicIdField()
    entry_count = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.public_id


class Link(models.Model):
    """Two journeys that turned out to belong together. Journeys never merge."""

    earlier = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="+")
    later = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=100)
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["earlier", "later"], name="journey_link_once"),
            models.CheckConstraint(condition=~models.Q(earlier=models.F("later")), name="journey_link_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.earlier_id} – {self.later_id}"


class Entry(models.Model):
    """One happening. Append-only (a trigger refuses UPDATE and DELETE); ids and facts, never personal data."""

    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="entries", db_index=False)
    number = models.PositiveIntegerField(help_text="1, 2, 3… within the journey, without gaps, as we learned it")
    type = models.CharField(max_length=60)
    occurred_at = models.DateTimeField(help_text="when it happened, by the clock of whoever saw it")
    recorded_at = models.DateTimeField(help_text="when we learned it")
    channel = models.CharField(max_length=20, help_text="sales or contact channel it came through")
    actor = models.CharField(max_length=60, help_text="who did it, as kind:id, such as staff:3")
    cause = models.BigIntegerField(null=True, help_text="id of the entry that led to this one")
    data = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "number"], name="entry_number_once_per_journey")]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.number} {self.type}"


class Task(models.Model):
    """One thing that must follow, now or when it is due. Claimed by state, under a lease.

    Tasks of one lane (a journey and a handler) run in their order. A task that keeps failing holds up its own lane only
    until it is given up; tasks not yet due hold up nobody.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        CANCELED = "canceled"
        GIVEN_UP = "given_up"

    handler = models.CharField(max_length=120, help_text="dotted name of the function that does it")
    journey = models.ForeignKey(Journey, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    entry = models.BigIntegerField(null=True, help_text="id of the entry it follows from")
    key = models.CharField(max_length=120, help_text="one pending task per handler and key, so that it can be moved")
    data = models.JSONField(default=dict)
    due_at = models.DateTimeField(help_text="in business time")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, help_text="in the database's own time, after a failure")
    lease = models.UUIDField(null=True, help_text="fencing id of the worker that has it")
    leased_until = models.DateTimeField(null=True, help_text="in the database's own time")
    last_error = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["handler", "key"], condition=models.Q(status="pending"), name="task_once_per_key"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "done", "canceled", "given_up"]), name="task_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(lease__isnull=True, leased_until__isnull=True)
                | models.Q(lease__isnull=False, leased_until__isnull=False),
                name="task_lease_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(status="pending", finished_at__isnull=True)
                | (~models.Q(status="pending") & models.Q(finished_at__isnull=False)),
                name="task_finished_at_its_end",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(status="pending"), name="task_due"),
            # Said in other words than the two above, so that a look for what is pending on one journey can use this one
            # only: while little is pending PostgreSQL takes them for equally good, and keeps the plan when it is much.
            models.Index(
                fields=["journey", "handler", "id"], condition=models.Q(finished_at__isnull=True), name="task_lane"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handler} {self.key}"
