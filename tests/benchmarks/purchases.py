"""A whole purchase over HTTP: a new cart with a line, and its checkout with a manual tender."""

from collections.abc import Callable

from tests.benchmarks.clients import Client
from tests.benchmarks.shop import VARIANTS


def buy(client: Client, sku: str, number: int) -> None:
    """One visitor buys one unit, to be collected in a store."""
    cart = client.send("POST", "/api/v1/carts/", {"lines": [{"sku": sku, "quantity": 1}]}, expect=201)
    client.send(
        "POST",
        f"/api/v1/carts/{cart['id']}/checkout/",
        {
            "expected_total": cart["total"],
            "pickup_location": "b-store-0",
            "email": f"visitor{number}@example.com",
            "tender": "manual",
        },
        expect=201,
    )


def hot(client: Client, number: int) -> None:
    """Everybody wants the same thing."""
    buy(client, "B-0", number)


def spread(client: Client, number: int) -> None:
    """Everybody wants something else."""
    buy(client, f"B-{number % VARIANTS}", number)


def product(client: Client, number: int) -> None:
    """A product with price and stock."""
    client.send("GET", f"/api/v1/products/b-{number % VARIANTS}/")


def edit_carts() -> Callable[[Client, int], None]:
    """Each visitor changes the quantity in a cart of her own."""
    carts: dict[int, str] = {}

    def edit(client: Client, number: int) -> None:
        owner = id(client)
        if owner not in carts:
            made = client.send("POST", "/api/v1/carts/", {"lines": [{"sku": "B-1", "quantity": 1}]}, expect=201)
            carts[owner] = made["id"]
        client.send("PUT", f"/api/v1/carts/{carts[owner]}/lines/B-1/", {"quantity": 1 + number % 9})

    return edit


def watch_carts() -> Callable[[Client, int], None]:
    """Each viewer asks whether another hand changed the cart she looks at, and hears that none did."""
    carts: dict[int, tuple[str, str]] = {}

    def watch(client: Client, number: int) -> None:
        owner = id(client)
        if owner not in carts:
            made = client.send("POST", "/api/v1/carts/", {"lines": [{"sku": "B-1", "quantity": 1}]}, expect=201)
            carts[owner] = made["id"], f'"{made["version"]}-{made["status"]}"'
        public_id, tag = carts[owner]
        client.send("GET", f"/api/v1/carts/{public_id}/", headers={"If-None-Match": tag}, expect=304)

    return watch
