"""An open shop with a till."""

import pytest

from tests.orders.journal.sending import TillOf, till
from tests.orders.shop import Shop


@pytest.fixture
def caja(shop: Shop) -> TillOf:
    """The store's till."""
    return till(shop.store)
