"""What no door may stumble over: every row of bad input against every door of the API that takes a body."""

import json
from functools import cache
from time import perf_counter
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from commerce.channels.models import Role
from commerce.rest.doors import PERSON, VISITOR
from tests import factories
from tests.commerce.rest.doors import API_DOORS, Callers, Door

JSON = "application/json"
BODIES = {
    "empty": b"",
    "null": b"null",
    "array": b"[]",
    "number": b"1",
    "string": b'"x"',
    "cut off": b'{"a": ',
    "10 MB": b'{"a": "' + b"x" * 10_000_000 + b'"}',
    "depth 10,000": b'{"a": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "depth 30": b'{"a": ' + b"[" * 30 + b"]" * 30 + b"}",
    "the same name twice": b'{"a": 1, "a": 2}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "1e400": b'{"a": 1e400}',
    "5,000 digits": b'{"a": ' + b"9" * 5_000 + b"}",
    "lone surrogate": b'{"a": "\\ud800"}',
    "NUL byte": b'{"a": "\x00"}',
    "NUL escaped": b'{"a": "\\u0000"}',
    "NUL in a name": b'{"\\u0000": 1}',
    "invalid UTF-8": b'{"a": "\xff"}',
    "BOM": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "two values": b"{} {}",
    "comment": b"{} // x",
}
CONTENT_TYPES = [
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
]
WRONG_VALUES = [
    None,
    True,
    -1,
    0,
    0.5,
    2**31,
    2**63,
    10**30,
    "",
    "1",
    "x" * 10_000,
    "\u202e\ufffe",
    [],
    [[]],
    {},
    {"a": 1},
]
OPEN_TO = (VISITOR, PERSON, *Role.values)

WRITES = [
    (door, method, role)
    for door in API_DOORS
    for method in ("POST", "PUT", "PATCH")
    for role in [next((role for role in OPEN_TO if method in door.methods_for(role)), "")]
    if role
]
READS = [(door, role) for door in API_DOORS for role in OPEN_TO if "GET" in door.methods_for(role)]


def name_of(value: object) -> str | None:
    """A door by its name, for pytest."""
    return value.name if isinstance(value, Door) else None


@pytest.fixture
def callers(db: None) -> Callers:
    """Clients of every role."""
    return Callers(factories.location())


def code_of(answer: object) -> str:
    """The stable code of a refusal, or nothing where it is no problem details."""
    if answer["Content-Type"] != "application/problem+json":
        return ""
    return json.loads(answer.content).get("code", "")


@pytest.mark.parametrize(("door", "method", "role"), WRITES, ids=name_of)
def test_a_body_that_is_no_json_object_is_refused_with_a_code(
    door: Door, method: str, role: str, callers: Callers
) -> None:
    wrong = []
    for name, body in BODIES.items():
        answer = callers.call(role, method, door.path, data=body, content_type=JSON)
        if not is_clear(answer):
            wrong.append(f"{name}: {answer.status_code} {answer.content[:200]!r}")

    assert wrong == []


@pytest.mark.parametrize(("door", "method", "role"), WRITES, ids=name_of)
def test_another_content_type_is_refused_with_a_code(door: Door, method: str, role: str, callers: Callers) -> None:
    wrong = []
    for content_type in CONTENT_TYPES:
        answer = callers.call(role, method, door.path, data=b'{"a": 1}', content_type=content_type)
        if not is_clear(answer):
            wrong.append(f"{content_type}: {answer.status_code}")

    assert wrong == []


@pytest.mark.parametrize(("door", "method", "role"), WRITES, ids=name_of)
def test_wrong_values_in_every_field_are_refused_with_a_code(
    door: Door, method: str, role: str, callers: Callers
) -> None:
    fields = fields_of(door, method)

    wrong = []
    for value in WRONG_VALUES:
        for body in [dict.fromkeys(fields, value), {"status": value}, {"is_staff": value}]:
            answer = callers.call(role, method, door.path, data=json.dumps(body), content_type=JSON)
            if answer.status_code >= 500 or (answer.status_code >= 400 and not code_of(answer)):
                wrong.append(f"{body!r:.80}: {answer.status_code}")

    assert wrong == []


@pytest.mark.parametrize(("door", "role"), READS, ids=name_of)
def test_a_parameter_that_is_unknown_or_given_twice_is_refused(door: Door, role: str, callers: Callers) -> None:
    for query in ("is_staff=1", "person__user__password=x", "a=1&a=2", "ordering=password"):
        answer = callers.call(role, "GET", f"{door.path}?{query}")

        assert (answer.status_code, code_of(answer)) == (400, "invalid")


@pytest.mark.parametrize(("door", "role"), READS, ids=name_of)
def test_nul_in_an_address_is_refused(door: Door, role: str, callers: Callers) -> None:
    answers = [callers.call(role, "GET", door.path + addition) for addition in ("%00/", "?q=%00")]

    assert [(answer.status_code, code_of(answer)) for answer in answers] == [(404, "not_found"), (400, "invalid")]


def test_ten_megabytes_are_refused_before_they_are_parsed(callers: Callers) -> None:
    door, method, role = WRITES[0]

    begun = perf_counter()
    answer = callers.call(role, method, door.path, data=BODIES["10 MB"], content_type=JSON)

    assert answer.status_code == 413
    assert perf_counter() - begun < 1


def test_an_unknown_address_of_the_api_is_a_problem_too(callers: Callers) -> None:
    answer = callers.call(VISITOR, "GET", "/api/v1/nothing/")

    assert (answer.status_code, code_of(answer)) == (404, "not_found")


def is_clear(answer: object) -> bool:
    """A refusal with a code; or an answer, where a door takes no body and so does not read it."""
    return answer.status_code < 400 or (answer.status_code < 500 and code_of(answer) != "")


@cache
def description() -> dict[str, Any]:
    """The API as it describes itself."""
    return SchemaGenerator().get_schema(public=True)


def fields_of(door: Door, method: str) -> list[str]:
    """The fields of a door's body, as its own description names them."""
    path = door.described
    body = description()["paths"][path][method.lower()].get("requestBody")
    if body is None:
        return []
    name = body["content"][JSON]["schema"]["$ref"].rsplit("/", 1)[-1]
    return list(description()["components"]["schemas"][name].get("properties", []))
