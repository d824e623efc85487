from django.db import migrations

REFUSE = """
CREATE TRIGGER price_append_only BEFORE UPDATE OR DELETE ON pricing_price
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("pricing", "0002_places_and_quantities"), ("timeline", "0002_append_only")]
    operations = [migrations.RunSQL(REFUSE, "DROP TRIGGER price_append_only ON pricing_price;")]
