"""Returns move to a room of their own; what they need of orders, refunds and fulfillments."""

from django.db import migrations, models
from django.db.models import F, Q

BACKFILL = """
UPDATE orders_fulfillment f SET arrived_at = came.at FROM (
    SELECT data ->> 'fulfillment' AS fulfillment, min(occurred_at) AS at FROM timeline_entry
    WHERE type IN ('fulfillment.collected', 'fulfillment.delivered') GROUP BY 1
) AS came WHERE came.fulfillment = f.public_id AND f.status IN ('collected', 'delivered')
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_uncollected"), ("timeline", "0002_append_only")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel("ReturnLine"), migrations.DeleteModel("Return")]
        ),
        migrations.AddField(
            "orderline",
            "returned",
            models.PositiveIntegerField(
                default=0,
                db_default=0,
                help_text="units that came back, or are announced; orders.returns counts them",
            ),
        ),
        migrations.AddConstraint(
            "orderline",
            models.CheckConstraint(condition=Q(returned__lte=F("quantity")), name="returned_within_bought"),
        ),
        migrations.AddField(
            "refund",
            "goes_to",
            models.CharField(
                max_length=8,
                choices=[
                    ("original", "the tender it came from"),
                    ("credit", "her store credit"),
                    ("exchange", "the order that replaces it"),
                ],
                default="original",
            ),
        ),
        migrations.AddField(
            "fulfillment",
            "arrived_at",
            models.DateTimeField(null=True, blank=True, help_text="since when the shopper has it"),
        ),
        migrations.AlterField(
            "todo",
            "kind",
            models.CharField(
                max_length=20,
                choices=[
                    ("dispute", "Dispute"),
                    ("refund_failed", "Refund Failed"),
                    ("drift", "Drift"),
                    ("unknown_money", "Unknown Money"),
                    ("capture_failed", "Capture Failed"),
                    ("agreement_broken", "Agreement Broken"),
                    ("uncollected", "Uncollected"),
                    ("pay_out", "Pay Out"),
                ],
            ),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
    ]
