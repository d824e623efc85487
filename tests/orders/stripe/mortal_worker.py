"""Workers that take over from each other at once: each is forked from a parent that has loaded all the code.

Run as a program: database, file, and an instant at which the clock stands, if it does. The id of the worker that lives
is in the file; it is killed from outside.
"""

import os
import sys
import time
from datetime import datetime
from pathlib import Path

from django.core.checks import run_checks
from django.db import connection
from django.utils.module_loading import import_string

from commerce.wsgi import application


def load_everything() -> None:
    """Import what the first request or task would, before any child is forked; no connection is left open."""
    assert application
    run_checks()
    connection.close()


def work(at: datetime | None) -> None:
    """Do what is due, for as long as this process is let live."""
    run_due, now = import_string("commerce.timeline.tasks.run_due"), import_string("commerce.clock.now")
    while True:
        if not run_due(at=at or now()):
            time.sleep(0.05)


def fork(file: Path, at: datetime | None) -> None:
    """One child after the other."""
    load_everything()
    while True:
        if not (child := os.fork()):
            work(at)
        told = file.with_suffix(".new")
        told.write_text(str(child))
        told.replace(file)
        os.waitpid(child, 0)


if __name__ == "__main__":
    connection.settings_dict["NAME"] = sys.argv[1]
    fork(Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3]) if len(sys.argv) > 3 else None)
