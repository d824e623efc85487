"""Links we send: single purpose, expiring, revocable; only the secret's digest is stored."""

from django.db import models


class Link(models.Model):
    """A secret that opens one thing for one purpose, such as restoring a cart."""

    purpose = models.CharField(max_length=30)
    subject = models.CharField(max_length=64, help_text="public id of what it opens")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["purpose", "subject"], name="link_of_subject")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject}"
