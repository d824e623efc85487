"""Turns a skip into a failure where everything must run.

On a laptop without a browser or RabbitMQ a skipped test is honest. On the build machine it would be a hole that nobody
sees, so with MOSTRADOR_REQUIRE_ALL=1 a test with one of these marks either runs or fails.
"""

import os
from collections.abc import Generator

import pytest

REQUIRED_MARKS = ("browser", "rabbitmq", "shared")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report a skip of a marked test as a failure, with the reason it gave."""
    report = yield
    if os.environ.get("MOSTRADOR_REQUIRE_ALL") != "1" or not report.skipped or hasattr(report, "wasxfail"):
        return report
    if marks := [mark for mark in REQUIRED_MARKS if item.get_closest_marker(mark)]:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} is marked {', '.join(marks)} and must run here, but: {reason}"
    return report
