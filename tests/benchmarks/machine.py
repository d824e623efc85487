"""What was measured on, and how much processor time its processes have used so far."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def describe() -> str:
    """The machine in one line."""
    model = next(
        (line.split(":", 1)[1].strip() for line in read("/proc/cpuinfo").splitlines() if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    return (
        f"{os.cpu_count()} cores, {model}, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def read(path: str) -> str:
    """A small file's text, or nothing."""
    try:
        return Path(path).read_text()
    except OSError:
        return ""


@dataclass(frozen=True)
class Processes:
    """CPU seconds used so far by the web processes and by PostgreSQL."""

    web: float
    database: float

    def since(self, earlier: "Processes") -> "Processes":
        """What was used between two readings."""
        return Processes(self.web - earlier.web, self.database - earlier.database)


class NoAccounting(Exception):
    """This system does not tell the processor time of other processes under /proc."""


def used(root: int, postmaster: int) -> Processes:
    """Processor time so far, user and system, of the web server's tree and of PostgreSQL's with ended children."""
    if not Path("/proc/self/stat").exists():
        raise NoAccounting("CPU per operation is read from /proc, which only Linux has")
    children: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or not (stat := read(f"{folder}/stat")):
            continue
        fields = stat.rsplit(")", 1)[1].split()
        children.setdefault(int(fields[1]), []).append(int(folder.name))
        # utime, stime, and those of children that have ended
        ticks[int(folder.name)] = sum(int(f) for f in fields[11:15])

    def tree(pid: int) -> int:
        return ticks.get(pid, 0) + sum(tree(child) for child in children.get(pid, []))

    return Processes(web=tree(root) / TICKS, database=tree(postmaster) / TICKS)
