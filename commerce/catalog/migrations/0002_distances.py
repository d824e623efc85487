from django.contrib.postgres.operations import CreateExtension
from django.db import migrations


class Migration(migrations.Migration):
    """How many letters two words differ by: for searches with a slip of the finger."""

    dependencies = [("catalog", "0001_initial")]
    operations = [CreateExtension("fuzzystrmatch")]
