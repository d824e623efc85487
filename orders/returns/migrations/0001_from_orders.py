"""The tables of returns as they stood in orders, under their new names."""

import django.db.models.deletion
from django.db import migrations, models

import commerce.ids

RENAME = """
ALTER TABLE orders_return RENAME TO returns_return;
ALTER TABLE orders_returnline RENAME TO returns_returnline;
"""
BACK = """
ALTER TABLE returns_return RENAME TO orders_return;
ALTER TABLE returns_returnline RENAME TO orders_returnline;
"""


def to(model: str, **options: object) -> models.ForeignKey:
    """A foreign key as all of these are."""
    return models.ForeignKey(model, on_delete=django.db.models.deletion.PROTECT, **options)


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("orders", "0006_returns_have_a_room"),
        ("timeline", "0002_append_only"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(RENAME, BACK)],
            state_operations=[
                migrations.CreateModel(
                    "Return",
                    [
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                        (
                            "public_id",
                            models.CharField(
                                default=commerce.ids.public_id, editable=False, max_length=22, unique=True
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("total", models.BigIntegerField(help_text="given back, minor units")),
                        ("till_key", models.CharField(max_length=120, null=True, unique=True)),
                        ("returned_at", models.DateTimeField()),
                        ("journey", to("timeline.journey", related_name="returns")),
                        ("location", to("channels.location", related_name="+")),
                        ("order", to("orders.order", null=True, related_name="returns")),
                        ("person", to("customers.person", null=True, related_name="returns")),
                        ("sales_channel", to("channels.saleschannel")),
                    ],
                ),
                migrations.CreateModel(
                    "ReturnLine",
                    [
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                        ("ordinal", models.PositiveIntegerField()),
                        ("sku", models.CharField(max_length=60)),
                        ("quantity", models.PositiveIntegerField()),
                        ("total", models.BigIntegerField()),
                        ("order_line", to("orders.orderline", null=True, related_name="return_lines")),
                        ("returned", to("returns.return", related_name="lines")),
                        ("variant", to("catalog.variant", null=True, related_name="+")),
                    ],
                    options={"ordering": ["ordinal"]},
                ),
                migrations.AddConstraint(
                    "returnline",
                    models.UniqueConstraint(fields=["returned", "ordinal"], name="return_line_once"),
                ),
            ],
        )
    ]
