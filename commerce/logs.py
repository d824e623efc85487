"""Logs without personal data: where a fault happened and of what kind, never what it was about."""

import logging
import re
import traceback
from types import TracebackType

SECRETS = re.compile(
    r"[^\s/?&=\"'(]+@[^\s/?&=\"')]+"  # email addresses
    r"|\+\d{8,15}\b"  # phone numbers
    r"|(?<=/)[\w-]{30,}(?=/|\b)"  # the secrets of links
)


class Careful(logging.Formatter):
    """One line a record; of an exception its kind and its frames. Its message may quote a person's data: left out."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, with addresses and secrets blotted out."""
        return SECRETS.sub("…", super().format(record))

    def formatException(  # noqa: N802 - logging's own name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """The frames of an exception and of those that led to it, each with its kind."""
        lines: list[str] = []
        problem = ei[1]
        while problem is not None:
            lines += [f"{type(problem).__module__}.{type(problem).__qualname__}"]
            lines += [line.rstrip() for line in traceback.format_tb(problem.__traceback__)]
            problem = problem.__cause__ or problem.__context__
            if problem is not None:
                lines.append("after")
        return "\n".join(lines)
