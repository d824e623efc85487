"""What the outside world told us, kept raw and once; and what it calls our things."""

from django.db import models


class InboundEvent(models.Model):
    """One webhook as it came. Stored before anything else happens, answered at once, handled later by a task.

    The body may hold personal data: it is emptied after the retention time, the row stays so that a replay is known.
    """

    class Status(models.TextChoices):
        RECEIVED = "received"
        HANDLED = "handled"
        IGNORED = "ignored"
        FAILED = "failed"

    provider = models.CharField(max_length=30)
    external_id = models.CharField(max_length=200, help_text="the provider's id of this delivery or event")
    received_at = models.DateTimeField()
    body = models.BinaryField()
    status = models.CharField(max_length=10, choices=Status, default=Status.RECEIVED)
    reason = models.CharField(max_length=200, blank=True, help_text="why it was ignored or failed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "external_id"], name="inbound_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.external_id}"


class ExternalId(models.Model):
    """What an outside system calls one of our things; the public or natural id of ours stands as text."""

    system = models.CharField(max_length=30)
    kind = models.CharField(max_length=30)
    external_id = models.CharField(max_length=200)
    ours = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "kind", "external_id"], name="external_id_once"),
        ]
        indexes = [models.Index(fields=["kind", "ours"], name="external_id_of_ours")]

    def __str__(self) -> str:
        return f"{self.system} {self.kind} {self.external_id}"
