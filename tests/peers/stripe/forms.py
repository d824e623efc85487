"""Stripe's request bodies: form-encoded with brackets, `line_items[0][price_data][currency]=eur`."""

import re
from typing import Any
from urllib.parse import parse_qsl

from tests.peers.stripe.errors import invalid


def parse(body: str) -> dict[str, Any]:
    """Form fields as nested dicts and lists."""
    nested: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        *path, last = [part for part in re.split(r"[\[\]]+", name) if part]
        inner = nested
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return listed(nested)


def listed(value: Any) -> Any:
    """Dicts whose keys are 0, 1, 2… are lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: listed(item) for key, item in value.items()}
    return [inner[key] for key in sorted(inner, key=int)] if inner and all(key.isdigit() for key in inner) else inner


def whole(fields: dict[str, Any], name: str, *, default: int | None = None, least: int = 1) -> int:
    """A whole number among the fields; raises Refusal."""
    text = fields.get(name)
    if text is None and default is not None:
        return default
    if text is None:
        raise invalid(f"Missing required param: {name}.", "parameter_missing", param=name)
    if not re.fullmatch(r"-?\d{1,15}", str(text)):
        raise invalid(f"Invalid integer: {text}", "parameter_invalid_integer", param=name)
    if int(text) < least:
        message = f"This value must be greater than or equal to {least}."
        raise invalid(message, "parameter_invalid_integer", param=name)
    return int(text)


def known(fields: dict[str, Any], *names: str) -> None:
    """Refuse parameters that this stand-in does not know, so that nothing is silently passed over."""
    if unknown := sorted(set(fields) - set(names) - {"expand"}):
        raise invalid(f"Received unknown parameter: {unknown[0]}", "parameter_unknown", param=unknown[0])
