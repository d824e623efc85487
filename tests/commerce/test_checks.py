"""What is wrong with the settings of a public site is told at start, with what to do."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as ours

from commerce.checks import fit_for_the_public

RIGHT = {
    "PRODUCTION": True,
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": ["shop.example.com"],
    "PUBLIC_URL": "https://shop.example.com",
    "EMBEDDED_DATABASE": False,
    "CELERY_BROKER_URL": "amqp://broker",
    "SECURE_SSL_REDIRECT": True,
    "TRUSTED_PROXIES": 1,
}


def told(settings: object, **wrong: object) -> list[str | None]:
    """The ids of what is told about right settings with something wrong in them."""
    for name, value in (RIGHT | wrong).items():
        setattr(settings, name, value)
    found = fit_for_the_public(None)
    assert all(message.hint for message in found)
    return [message.id for message in found]


def test_nothing_is_said_where_all_is_right_or_the_site_is_not_public(settings) -> None:
    assert told(settings) == []
    assert told(settings, PRODUCTION=False, ALLOWED_HOSTS=[], CELERY_BROKER_URL="") == []


@pytest.mark.parametrize(
    ("name", "value", "finding"),
    [
        ("SECRET_KEY", "local-only-x", "E101"),
        ("ALLOWED_HOSTS", [], "E102"),
        ("ALLOWED_HOSTS", ["*"], "W103"),
        ("PUBLIC_URL", "http://shop.example.com", "E104"),
        ("PUBLIC_URL", "https://127.0.0.1:8000", "E104"),
        ("EMBEDDED_DATABASE", True, "E105"),
        ("CELERY_BROKER_URL", "", "E106"),
        ("TRUSTED_PROXIES", 0, "W107"),
    ],
)
def test_each_mistake_is_told(settings, name: str, value: object, finding: str) -> None:
    assert told(settings, **{name: value}) == [f"mostrador.{finding}"]


def test_production_as_the_makefile_describes_it_passes_the_deployment_check() -> None:
    makefile = (ours.BASE_DIR / "Makefile").read_text()
    described = makefile.partition("PRODUCTION := ")[2].partition("\n\n")[0].replace("\\\n", " ").split()
    environment = os.environ | dict(pair.split("=", 1) for pair in described)
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # what browser tests need of this process

    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ours.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
