"""Units that are kept back of a shelf: by which rule, how many since when, and why."""

from django.db import models

from commerce.channels.models import Location


class BufferRule(models.Model):
    """Says that the buffers of a location are reckoned from its exposure, and within which bounds."""

    location = models.OneToOneField(Location, on_delete=models.PROTECT, related_name="buffer_rule")
    floor, cap = models.PositiveIntegerField(default=0), models.PositiveIntegerField(default=5)

    def __str__(self) -> str:
        return f"{self.floor} to {self.cap} at {self.location}"


class BufferReason(models.Model):
    """Why a shelf's buffer is what it is: what was measured when it was set."""

    stock = models.OneToOneField("inventory.Stock", on_delete=models.PROTECT, related_name="buffer_reason")
    measured, set_at = models.JSONField(help_text="see inventory.buffers.reason_for"), models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.measured} of {self.stock_id}"


class BufferChange(models.Model):
    """From when on a shelf's buffer was so large, or so large for this reason; its past is explained by it."""

    stock = models.ForeignKey(
        "inventory.Stock", on_delete=models.PROTECT, related_name="buffer_changes", db_index=False
    )
    before, units = models.PositiveIntegerField(), models.PositiveIntegerField()
    measured = models.JSONField(null=True, help_text="as in the reason; nothing where somebody set it by hand")
    set_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["stock", "set_at"], name="buffer_by_time")]

    def __str__(self) -> str:
        return f"{self.before} to {self.units} of {self.stock_id}"
