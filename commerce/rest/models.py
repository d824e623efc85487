"""Answers already given, so that a request may safely be sent again."""

from django.db import models


class IdempotentAnswer(models.Model):
    """What a POST with an Idempotency-Key was answered; written in the transaction of its effect."""

    caller = models.CharField(max_length=80, help_text="whose key it is: an actor, or a cart's holder")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, help_text="empty while the first request still runs")
    body = models.TextField(null=True, help_text="JSON as it was sent: jsonb would put its names in another order")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="idempotent_answer_once")]

    def __str__(self) -> str:
        return self.key


class LimitCount(models.Model):
    """How often somebody knocked at a door within a span of time; in an unlogged table, since a crash may forget it."""

    name = models.CharField(max_length=40)
    subject = models.CharField(max_length=64, help_text="keyed digest of an address")
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(help_text="in the database's own time")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "subject"], name="limit_count_once")]

    def __str__(self) -> str:
        return self.name
