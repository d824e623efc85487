"""The reasons that most retailers begin with; the list is theirs to change."""

from django.db import migrations

REASONS = (
    ("theft", "robo", "theft"),
    ("broken", "rotura", "broken"),
    ("expired", "caducado", "expired"),
    ("own_use", "uso propio", "used by ourselves"),
    ("lost_on_the_road", "perdido en el camino", "lost on the road"),
    ("supplier", "faltaba en la entrega", "missing in a delivery"),
    ("miscounted", "recuento erróneo", "counted wrongly"),
    ("found", "encontrado", "found"),
)


def begin(apps, schema_editor):
    """Write them down; a retailer who has a reason of that code keeps it."""
    reason = apps.get_model("floor", "ShrinkageReason")
    reason.objects.bulk_create(
        [
            reason(code=code, name=spanish, names={"en": english}, position=position)
            for position, (code, spanish, english) in enumerate(REASONS)
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("floor", "0001_initial")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
