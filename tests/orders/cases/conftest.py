"""Eva, what she bought, and her case about it."""

import pytest

from commerce.customers.models import Person
from orders.cases import opening
from orders.cases.models import Case
from orders.models import Order
from tests import factories
from tests.orders.cases.stamps import STAMP
from tests.orders.returns.bringing_back import bought
from tests.orders.shop import Shop


@pytest.fixture
def eva() -> Person:
    return factories.person("Eva", email="eva@example.com")


@pytest.fixture
def order(shop: Shop, eva: Person) -> Order:
    return bought(shop, "web", person=eva)


@pytest.fixture
def case(order: Order, eva: Person) -> Case:
    return opening.open_case("damaged", person=eva, order=order, request="Llegó roto", **STAMP)
