"""How many sale lines per second a retailer's history goes in with, through the command that users have."""

import csv
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LINES = 20_000


def measure(say: Callable[[str], None]) -> dict[str, Any]:
    """Import a made-up history of 20,000 lines, and again the same file, which must change nothing."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.csv"
        write(file)
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "manage.py", "import_sales", str(file), "--format", "online-retail"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        seconds = time.perf_counter() - started
    return {
        "what": "imported sale lines (whole command)",
        "operations": LINES,
        "per_second": LINES / seconds,
        "cpu_web": None,
        "cpu_database": None,
        "cpu": None,
        "median": None,
        "p99": None,
    }


def write(file: Path) -> None:
    """A history in the shape of the online-retail file; a new one each time, so that every line is new."""
    chance = random.Random()
    first = chance.randrange(10**6, 10**8)
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(
            ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
        )
        for line in range(LINES):
            sku = 20000 + chance.randrange(3000)
            writer.writerow(
                [
                    first + line // 12,
                    sku,
                    f"THING {sku}",
                    chance.randrange(1, 12),
                    "2011-03-01 09:30:00",
                    f"{sku % 900 / 100 + 0.5:.2f}",
                    f"{12000 + (line // 12) % 900}.0",
                    "United Kingdom",
                ]
            )
