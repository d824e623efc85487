"""Wiring that points nowhere is found at start, not when the first order is placed."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from commerce import wiring


@register()
def wiring_points_somewhere(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Every dotted name in commerce.wiring can be imported, and no entry both starts and stops a task."""
    names = [follow.handler for follows in wiring.FOLLOWS.values() for follow in follows]
    names += [handler for handlers in wiring.STOPS.values() for handler in handlers]
    names += [name for pair in wiring.INBOX.values() for name in pair]
    names += wiring.APPROVED.values()
    names += [*wiring.AUDITS, *wiring.FORECASTS.values(), wiring.BACKORDER_SERVED, wiring.DEMANDS]
    problems: list[CheckMessage] = []
    for name in dict.fromkeys(names):
        try:
            import_string(name)
        except ImportError:
            problems.append(Error(f"commerce.wiring names {name}, which does not exist", id="mostrador.E001"))
    for entry_type in wiring.FOLLOWS.keys() & wiring.STOPS.keys():
        both = {follow.handler for follow in wiring.FOLLOWS[entry_type]} & set(wiring.STOPS[entry_type])
        problems += [Error(f"{entry_type} both starts and stops {name}", id="mostrador.E002") for name in sorted(both)]
    return problems
