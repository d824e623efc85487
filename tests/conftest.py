"""What all tests share: the movable clock of their own process."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

# A slow moment of the machine is no failure of a property.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

pytest_plugins = ["tests.plugins.browser", "tests.plugins.rabbitmq", "tests.plugins.required"]


def pytest_configure() -> None:
    """WhiteNoise warns where this folder is missing, and warnings are errors here, while tests are collected too."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


DATABASE = {"db", "transactional_db", "live_server"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long and has its own servers, so that one core does not end long after the other.

    The others stay in pytest-django's order: what empties the tables comes after what rolls back. A browser's tests do,
    too, and pytest moves them forward, to have all of one browser together.
    """
    items.sort(key=lambda item: (not is_apart(item), item.get_closest_marker("browser") is not None))


def is_apart(item: pytest.Item) -> bool:
    """Whether a test takes long and leaves the test database alone."""
    needs = DATABASE.intersection(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("slow")) and not needs and not item.get_closest_marker("django_db")


@pytest.fixture(autouse=True)
def own_clock(settings, tmp_path: Path) -> None:
    """Business time is the real one until a test moves it, and only for that test."""
    settings.MOVABLE_CLOCK = str(tmp_path / "clock")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database, which can be dropped at the end: a process that a test killed may still have its session."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session")
def shared() -> Path:
    """The source material that lies beside the checkout; tests that read it are marked `shared`."""
    folder = settings.BASE_DIR.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no ../shared beside this checkout")
    return folder
