"""An open shop with a till."""

import pytest

from tests.orders.journal.sending import TillOf, till
from tests.orders.shop import Shop, open_shop


@pytest.fixture
def shop(db: None) -> Shop:
    """A store and a warehouse with five mugs each."""
    return open_shop()


@pytest.fixture
def caja(shop: Shop) -> TillOf:
    """The store's till."""
    return till(shop.store)
