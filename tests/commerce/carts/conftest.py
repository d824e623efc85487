"""The people and sales channels of the tests of carts."""

import pytest

from tests.commerce.carts.calling import log_in
from tests.factories import person, sales_channel, staff


@pytest.fixture
def lucia(django_user_model):
    return person("Lucía", user=django_user_model.objects.create_user("lucia"))


@pytest.fixture
def member():
    """The agent herself; she acts for a person by `serving(member, lucia)`."""
    return staff("agent")


@pytest.fixture
def agent(member):
    return log_in(member)


@pytest.fixture
def open_channels():
    for kind in ("web", "store", "call_center"):
        sales_channel(kind)
