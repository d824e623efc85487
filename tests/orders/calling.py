"""Calling the API of orders, as the people of its tests do."""

import json

from django.test import Client

CARTS = "/api/v1/carts/"
EVA = {"email": "eva@example.com", "name": "Eva Sanz"}
HOME = {"recipient": "Eva Sanz", "street": "Calle Mayor, 1", "postal_code": "28013", "city": "Madrid"}


def log_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(client: Client, path: str, body: object = None, **headers):
    return client.post(path, json.dumps({} if body is None else body), content_type="application/json", headers=headers)


def check_out(
    client: Client, cart: str, total: int, *, answered: int = 201, headers: dict | None = None, **body
) -> dict:
    if not {"pickup_location", "address", "address_id"} & body.keys():
        body["pickup_location"] = "centro"
    wanted = {"expected_total": total, "tender": "manual"} | body
    response = post(client, f"{CARTS}{cart}/checkout/", wanted, **(headers or {}))
    assert response.status_code == answered, response.content
    return response.json()
