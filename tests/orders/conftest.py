"""The shop and the people of the tests of orders."""

import pytest

from tests.factories import location, person, sales_channel, staff, stock, variant, warehouse
from tests.orders.calling import log_in
from tests.orders.shop import Shop, open_shop


@pytest.fixture
def shop(db: None) -> Shop:
    """A store and a warehouse with five mugs each."""
    return open_shop()


@pytest.fixture
def lucia(django_user_model):
    return person("Lucía", email="lucia@example.com", user=django_user_model.objects.create_user("lucia"))


@pytest.fixture
def clerk(shop):
    return log_in(staff("store", shop.store))


@pytest.fixture
def member():
    """The agent herself; she acts for a person by `serving(member, lucia)`."""
    return staff("agent")


@pytest.fixture
def agent(member):
    return log_in(member)


@pytest.fixture
def store():
    return location("centro")


@pytest.fixture
def web(store):
    return sales_channel("web", locations=(store, warehouse()))


@pytest.fixture
def mug(store):
    made = variant(sku="TAZA", price=1250)
    stock(made, store, on_hand=5)
    return made
