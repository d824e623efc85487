"""A bar that shows how far a command has come."""

import sys
import time
from typing import TextIO


class Progress:
    """Draws one line again and again on a terminal; elsewhere, such as in a log, one line per tenth."""

    def __init__(self, what: str, stream: TextIO | None = None) -> None:
        self.what, self.stream, self.shown, self.began = what, stream or sys.stderr, -1, time.monotonic()

    def show(self, done: int, total: int) -> None:
        """So many of all are done."""
        live = self.stream.isatty()
        percent = 100 * done // max(total, 1)
        step = percent if live else percent - percent % 10
        if step == self.shown:
            return
        self.shown = step
        rate = done / max(time.monotonic() - self.began, 0.001)
        start, end = ("\r", "\n" if percent >= 100 else "") if live else ("", "\n")
        bar = f"[{'#' * (percent // 4):<25}] {percent:3d} %  {done:,} of {total:,}  {rate:,.0f}/s"
        self.stream.write(f"{start}{self.what} {bar}{end}")
        self.stream.flush()
