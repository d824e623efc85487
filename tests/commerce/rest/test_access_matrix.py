"""Every address × method × role, generated from the URL conf: what the table does not open is closed."""

import pytest
from rest_framework.views import APIView

from commerce.channels.models import Role
from commerce.rest.access import Rule
from commerce.rest.doors import DOORS, PERSON, VISITOR
from tests import factories
from tests.commerce.rest.doors import DEVICE, DOORS_FOUND, OWN_DOORS, ROLES, Callers, Door

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def test_every_address_stands_in_the_table_and_the_table_names_no_other() -> None:
    assert {door.name for door in DOORS_FOUND} == set(DOORS)


def test_every_view_of_the_api_asks_the_table() -> None:
    views: list[type[APIView]] = [door.view.cls for door in OWN_DOORS if door.is_api]

    assert [view for view in views if Rule not in view.permission_classes] == []


def test_the_table_knows_no_method_that_its_view_lacks() -> None:
    lacking = [
        (door.name, method)
        for door in OWN_DOORS
        if door.is_api
        for method in DOORS[door.name]
        if not hasattr(door.view.cls, method.lower())
    ]

    assert lacking == []


@pytest.mark.django_db
@pytest.mark.parametrize("door", OWN_DOORS, ids=lambda door: door.name)
def test_a_door_opens_for_whom_the_table_names_and_for_nobody_else(door: Door) -> None:
    callers = Callers(factories.location())

    wrong = [
        f"{role} {method}: {status}"
        for role in ROLES
        for method in METHODS
        if not fits(status := callers.call(role, method, door.path).status_code, door, method, role)
    ]

    assert wrong == []


OF_THEIR_OWN_KEY = {"feed-local-inventory", "feed-stock"}
"""Doors that ask everybody, whoever it is, for a key made for them alone."""


def fits(status: int, door: Door, method: str, role: str) -> bool:
    """Whether an answer is what the table says. Behind an open door the object may be unknown or the body wrong."""
    roles = DOORS[door.name].get("GET" if method == "HEAD" else method)
    if roles is None:
        return status == 405
    if door.name in OF_THEIR_OWN_KEY:
        return status == 401
    known_as = role
    if role == DEVICE:
        known_as = Role.STORE if door.is_api else VISITOR
    if known_as in roles:
        return status < 500 and status not in (401, 403, 405)
    if door.is_api:
        return status == (401 if role == VISITOR else 403)
    return status == (302 if known_as == VISITOR else 404)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "status"), [(VISITOR, 302), (PERSON, 404), (Role.AGENT, 404), (Role.BACK_OFFICE, 200)]
)
def test_the_admin_is_for_the_back_office(role: str, status: int) -> None:
    callers = Callers(factories.location())

    assert callers.call(role, "GET", "/admin/").status_code == status
