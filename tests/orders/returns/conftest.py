"""The shop of the tests of returns, whose books are audited after each."""

import pytest

from tests.audits import violations
from tests.orders.returns.bringing_back import AUDITS


@pytest.fixture(autouse=True)
def audited(db):
    yield
    assert violations(*AUDITS) == []
