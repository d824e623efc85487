"""Telling what happened: a journey as a table that fits a terminal, and where to click next."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from notifications.demo.stage import Stage

Write = Callable[[str], None]
MADRID = ZoneInfo("Europe/Madrid")


def tell_journey(stage: Stage, order: str, *, write: Write) -> None:
    """The timeline of an order's journey, as its API gives it."""
    entries = stage.staff("direccion").get(f"/api/v1/orders/{order}/timeline/")["entries"]
    heads = ("#", "happened", "learned", "channel", "who", "what", "caused by")
    rows = [
        (
            str(entry["number"]),
            moment(entry["occurred_at"]),
            moment(entry["recorded_at"]),
            entry["channel"],
            entry["actor"],
            " ".join((entry["type"], entry["facts"].get("purpose", ""))).strip(),
            str(entry["cause"] or ""),
        )
        for entry in entries
    ]
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    for row in (heads, tuple("-" * width for width in widths), *rows):
        write("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def moment(instant: str) -> str:
    """An instant as people in Madrid read it."""
    return f"{datetime.fromisoformat(instant).astimezone(MADRID):%a %d %b %H:%M}"


def where_to_click(url: str, *, password: str, write: Write) -> None:
    """The doors to walk through, and the demo's log-ins."""
    write("Where to go on:")
    write(f"  {url}/            the shop; log in with any address and find your code at /outbox/")
    write(f"  {url}/store/      a store's counter        tienda-centro")
    write(f"  {url}/desk/       the call center's desk   agente-1")
    write(f"  {url}/outbox/     every message as sent    direccion")
    write(f"  {url}/admin/      the back office          direccion")
    write(f"  {url}/api/docs/   the API")
    write(f"  Staff log in at {url}/staff/login/ with the password {password}")
