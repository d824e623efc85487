"""Calling the API of carts, as the people of its tests do."""

import json

from django.test import Client

from commerce.customers.logins import code_of
from commerce.customers.models import LoginCode

CARTS = "/api/v1/carts/"


def log_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def log_in_by_code(client: Client, email: str) -> None:
    """What a shopper does on the pages: her email, then the code that came."""
    client.post("/login/", {"email": email})
    answer = client.post("/login/code/", {"code": code_of(LoginCode.objects.latest("pk"))})
    assert answer.status_code == 302


def post(client: Client, path: str, body: object = None, **headers):
    return client.post(path, json.dumps({} if body is None else body), content_type="application/json", headers=headers)


def put(client: Client, path: str, body: object):
    return client.put(path, json.dumps(body), content_type="application/json")


def opened(client: Client, *lines: tuple[str, int], **body) -> dict:
    wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    response = post(client, CARTS, body | {"lines": wanted})
    assert response.status_code == 201, response.content
    return response.json()
