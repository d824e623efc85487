"""What Shopify has of our shelves, as far as we know."""

from django.db import models
from django.db.models import Q

from inventory.models import Stock


class Level(models.Model):
    """One of our shelves as Shopify keeps it. Written only by inventory.shopify.pushing, but for the names.

    `pending` is a quantity on its way: while nobody knows whether Shopify heard it, the very same call is sent again.
    """

    stock = models.OneToOneField(Stock, on_delete=models.PROTECT, related_name="shopify_level")
    item = models.CharField(max_length=100, help_text="gid://shopify/InventoryItem/…")
    place = models.CharField(max_length=100, help_text="gid://shopify/Location/…")
    seen = models.IntegerField(null=True, blank=True, editable=False, help_text="what Shopify had when we last knew")
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    pending = models.IntegerField(null=True, blank=True, editable=False)
    key = models.CharField(max_length=40, blank=True, editable=False, help_text="of the call that is on its way")
    oversold = models.PositiveIntegerField(
        default=0, editable=False, help_text="units that Shopify sold and we had not any more"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "place"], name="shopify_level_once"),
            models.CheckConstraint(
                condition=Q(pending__isnull=True) | Q(seen__isnull=False), name="shopify_change_from_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} at {self.place}"

    @property
    def demand(self) -> str:
        """Under what units are held that Shopify has sold."""
        return f"shopify:{self.pk}"
