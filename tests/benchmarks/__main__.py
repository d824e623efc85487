"""`make bench`: measure the running service over HTTP, and bare SQL on the same server in the same run.

Every figure is what was measured, with machine and date, also when it is bad. CPU per operation is steady on a noisy
machine; operations per second are not.
"""

import argparse
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> None:
    """Build the shop, start the service, run each load, print table and JSON."""
    options = arguments()
    os.environ["MOSTRADOR_VAR"] = str(ROOT / "var" / "bench")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commerce.settings")
    os.environ.setdefault("STRIPE_WEBHOOK_SECRET", "whsec_bench")
    os.environ.setdefault("STRIPE_API_KEY", "sk_test_bench")
    django.setup()

    from tests.benchmarks import suite  # noqa: PLC0415 (needs the settings above)

    rows = suite.run(
        port=options.port,
        each=options.each,
        only=options.only,
        people=options.people,
        stock_rows=options.stock_rows,
        movements=options.movements,
        say=say,
    )
    report = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": suite.described(),
        "rows": rows,
    }
    path = ROOT / "var" / "bench.json"
    path.write_text(json.dumps(report, indent=2))
    print(table(report))
    print(f"\nThe same as JSON: {path.relative_to(ROOT)}")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--each", type=int, default=40, help="operations of each of the 16 clients")
    parser.add_argument("--only", default="", help="only loads whose name holds this")
    parser.add_argument("--people", type=int, default=0, help="look people up among so many (takes minutes)")
    parser.add_argument("--stock-rows", type=int, default=1_000_000, help="of the large shop; 0: leave it out")
    parser.add_argument("--movements", type=int, default=5_000_000, help="of the large shop")
    return parser.parse_args()


def say(line: str) -> None:
    """Progress, apart from the result."""
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


def table(report: dict[str, Any]) -> str:
    """The report as a Markdown table."""
    lines = [
        f"Measured {report['measured_at']} on {report['machine']}; clients, web and database share it.",
        "",
        "| what | operations | per second | CPU ms web | CPU ms PostgreSQL | CPU ms together | median ms | p99 ms |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in report["rows"]:
        cells = [
            row["what"],
            f"{row['operations']:,}",
            f"{row['per_second']:,.0f}",
            *(f"{row[key]:.2f}" if row[key] is not None else "–" for key in ("cpu_web", "cpu_database", "cpu")),
            *(f"{row[key]:.1f}" if row[key] is not None else "–" for key in ("median", "p99")),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
