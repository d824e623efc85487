from django.db import migrations

# Who bought before counts as somebody who has bought.
NOTE = """
INSERT INTO promotions_purchase (demand, person_id, status, is_first)
SELECT public_id, person_id, 'bought', false FROM orders_order
WHERE person_id IS NOT NULL AND status IN ('placed', 'completed')
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0009_todo_of_cases"),
        ("promotions", "0005_channel_limits_and_purchases"),
    ]
    operations = [migrations.RunSQL(NOTE, migrations.RunSQL.noop)]
