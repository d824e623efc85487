"""What all tests share: the movable clock of their own process."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.plugins.browser", "tests.plugins.rabbitmq", "tests.plugins.required"]


@pytest.fixture(autouse=True)
def own_clock(settings, tmp_path: Path) -> None:
    """Business time is the real one until a test moves it, and only for that test."""
    settings.MOVABLE_CLOCK = str(tmp_path / "clock")
