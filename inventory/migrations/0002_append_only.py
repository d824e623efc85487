from django.db import migrations

REFUSE = """
CREATE TRIGGER movement_append_only BEFORE UPDATE OR DELETE ON inventory_movement
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial"), ("timeline", "0002_append_only")]
    operations = [migrations.RunSQL(REFUSE, "DROP TRIGGER movement_append_only ON inventory_movement;")]
