"""A canary in every personal field, and then a real dump of the database, as a backup or a thief would have it."""

import json
import logging
import os
import subprocess
from pathlib import Path

import pytest
from django.db import connection

from commerce.embedded_servers import _postgres_bin
from notifications.privacy import erasing
from tests.factories import MONDAY
from tests.notifications.privacy.scene import CANARY, hits, mention, plant, somebody
from tests.notifications.privacy.test_erasing import figures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def dumped() -> str:
    """All of this test's database, as pg_dump writes it."""
    of = connection.settings_dict
    program = _postgres_bin() / "pg_dump"
    where = [f"--host={of['HOST']}", f"--port={of['PORT']}", f"--username={of['USER']}", of["NAME"]]
    password = {"PGPASSWORD": str(of["PASSWORD"])}
    command = [str(program), "--inserts", "--data-only", *where]
    asked = subprocess.run(command, env=os.environ | password, capture_output=True, check=True)
    return asked.stdout.decode()


def files_below(folder: Path) -> list[Path]:
    """Whatever lies in a folder: media, exports, lists."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_nothing_of_an_erased_person_is_in_a_dump_a_log_or_a_file(caplog, capfd, settings, tmp_path) -> None:
    settings.ERASURE_LIST = str(tmp_path / "erasures.jsonl")
    caplog.set_level(logging.DEBUG)
    her = somebody()
    plant([her.pk])
    mention(her)
    before, planted = figures(), hits(dumped())
    caplog.clear()

    erasing.erase(her, at=MONDAY)

    said = capfd.readouterr()
    left = hits(dumped())
    assert len(planted) > 25, "the positive control: the dump of before is full of them"
    assert {line.split()[2] for line in planted} >= {"public.customers_person", "public.notifications_attempt"}
    assert left == []
    assert hits(caplog.text) == hits(said.out) == hits(said.err) == []
    files = files_below(tmp_path) + [log for log in [settings.VAR_DIR / "pg" / "log"] if log.exists()]
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []
    assert json.loads((tmp_path / "erasures.jsonl").read_text())["people"] == [her.public_id]
    assert figures() == before
