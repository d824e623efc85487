"""The house as a whole: what stands on what, and what every part must have."""

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.db.models import ForeignKey, ManyToManyField

OURS = ("commerce", "inventory", "orders", "notifications")
COMMANDS = sorted(name for name, app in get_commands().items() if app.startswith(OURS))


def test_no_file_is_longer_than_a_person_reads_at_once() -> None:
    folders = [Path(settings.BASE_DIR) / name for name in (*OURS, "tests")]

    files = [path for folder in folders for path in folder.rglob("*.py")]
    too_long = {str(path): lines for path in files if (lines := len(path.read_text().splitlines())) > 400}

    assert files
    assert too_long == {}


def test_every_foreign_key_points_to_an_app_that_stands_earlier() -> None:
    order = [config.label for config in apps.get_app_configs()]

    forward = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models()
        if model.__module__.startswith(OURS)
        for field in (*model._meta.fields, *model._meta.many_to_many)
        if isinstance(field, ForeignKey | ManyToManyField)
        and order.index(field.related_model._meta.app_label) > order.index(model._meta.app_label)
    ]

    assert forward == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name: str) -> None:
    command = load_command_class(get_commands()[name], name)

    assert command.help.strip()
    assert command.create_parser("manage.py", name).format_help()
