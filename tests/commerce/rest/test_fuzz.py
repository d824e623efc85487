"""Requests made up from the API's own description, right ones and wrong ones: none may be a fault of ours."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from commerce.wsgi import application
from tests import factories
from tests.commerce.rest.doors import API_DOORS, Callers, Door
from tests.commerce.rest.test_bad_input import OPEN_TO

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 20
TOKEN = "t" * 32

OPERATIONS = [
    pytest.param(door, method, role, id=f"{method} {door.name}")
    for door in API_DOORS
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    for role in [next((role for role in OPEN_TO if method in door.methods_for(role)), "")]
    if role
]


@cache
def described() -> Any:
    """The API as it describes itself over HTTP."""
    return schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)


@pytest.fixture
def one_connection(db: None) -> Iterator[None]:
    """Requests leave the test's connection open, as Django's own test client has it."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize(("door", "method", "role"), OPERATIONS)
def test_no_request_is_a_fault_of_ours_and_every_answer_is_as_described(door: Door, method: str, role: str) -> None:
    factories.variant(sku="TAZA")
    session = Callers(factories.location()).sessions.get(role, "")
    headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
    operation = described()[door.described][method]
    made_up = st.one_of(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

    @given(case=made_up)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: schemathesis.Case) -> None:
        before = transaction.savepoint()
        try:
            case.call_and_validate(checks=CHECKS, headers=headers)
        finally:
            transaction.savepoint_rollback(before)

    ask()
