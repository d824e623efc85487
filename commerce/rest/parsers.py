"""JSON in, without surprises: what is ambiguous is refused instead of guessed."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MAX_DEPTH = 20


class TooLarge(APIException):
    """More than any request of ours has to say."""

    status_code = 413
    default_detail = "the body is too large"
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """JSON objects in UTF-8; refuses repeated names, NaN, Infinity, NUL, lone surrogates, deep nesting, other roots."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The body as a dict; raises ParseError with the reason, or TooLarge before anything is parsed."""
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge
        try:
            text = body.decode("utf-8")
            text.encode("utf-8")
            value = json.loads(text, object_pairs_hook=unique_names, parse_constant=refuse, parse_float=finite)
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except RecursionError as problem:
            raise ParseError("the body is nested too deeply") from problem
        except UnicodeError as problem:
            raise ParseError("the body is not valid UTF-8 text") from problem
        except ValueError as problem:
            raise ParseError(f"the body is not valid JSON: {problem}"[:200]) from problem
        if not isinstance(value, dict):
            raise ParseError("the body must be a JSON object")
        look_through(value)
        return value


def unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose names occur once; raises ValueError."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return value


def refuse(constant: str) -> None:
    """NaN and Infinity are no JSON; raises ValueError."""
    raise ValueError(f"{constant} is not a number")


def finite(text: str) -> float:
    """A number that a computer can hold; raises ValueError."""
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return value


def look_through(value: Any) -> None:
    """Walk lists and objects level by level; raises ParseError for deep nesting, and for NUL, which no text holds."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ParseError("the body is nested too deeply")
        inner = [part for whole in level for part in (whole if isinstance(whole, list) else [*whole, *whole.values()])]
        if any(isinstance(part, str) and "\0" in part for part in inner):
            raise ParseError("the body contains a NUL character")
        level = [part for part in inner if isinstance(part, dict | list)]
