"""Answers already given, so that a request may safely be sent again."""

from django.db import models


class IdempotentAnswer(models.Model):
    """What a POST with an Idempotency-Key was answered; written in the transaction of its effect."""

    caller = models.CharField(max_length=80, help_text="whose key it is: an actor, or a cart's holder")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, help_text="empty while the first request still runs")
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="idempotent_answer_once")]

    def __str__(self) -> str:
        return self.key
