from django.db import migrations

REFUSE = """
CREATE TRIGGER document_append_only BEFORE UPDATE OR DELETE ON documents_document
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial"), ("timeline", "0002_append_only")]
    operations = [migrations.RunSQL(REFUSE, "DROP TRIGGER document_append_only ON documents_document;")]
