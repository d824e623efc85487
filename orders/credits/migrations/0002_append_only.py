from django.db import migrations

REFUSE = """
CREATE TRIGGER credit_movement_append_only BEFORE UPDATE OR DELETE ON credits_creditmovement
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("credits", "0001_initial"), ("timeline", "0002_append_only")]
    operations = [migrations.RunSQL(REFUSE, "DROP TRIGGER credit_movement_append_only ON credits_creditmovement;")]
