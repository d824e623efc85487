"""The processes of a one-machine installation, run for real against the test's own PostgreSQL."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["web", "worker", "beat", "relay"]

pytestmark = [pytest.mark.kill, pytest.mark.slow]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serve(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`manage.py serve` with a `var` of its own, and so with servers of its own."""
    outside = ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL")
    kept = {name: value for name, value in os.environ.items() if name not in outside}
    environment = {**kept, "MOSTRADOR_VAR": str(tmp_path / "var"), "PYTHONUNBUFFERED": "1"}
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port)], cwd=ROOT, env=environment, stdout=said
        )
        yield process
        if process.poll() is None:
            process.terminate()
        process.wait()
    subprocess.run([sys.executable, "-m", "commerce.embedded", "stop"], cwd=ROOT, env=environment, check=True)


def eventually(condition: Callable[[], bool], *, seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    return condition()


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def started(tmp_path: Path, name: str) -> list[int]:
    """Return the process ids that one program has had so far."""
    said = (tmp_path / "said").read_text()
    return [int(pid) for pid in re.findall(rf"^{name} +started \(process (\d+)\)", said, flags=re.MULTILINE)]


def family(leader: int) -> list[int]:
    """Return the living processes of a program: itself and the workers that it made."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = stat.read_text().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(group) == leader and state != "Z":
            found.append(int(stat.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_it_serves_restarts_what_dies_and_stops_in_time_without_leaving_anybody(
    serve: subprocess.Popen[str], tmp_path: Path, port: int
) -> None:
    assert eventually(lambda: answers(port))
    assert eventually(lambda: all(started(tmp_path, name) for name in NAMES))
    killed = {name: started(tmp_path, name)[0] for name in NAMES}

    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: all(len(started(tmp_path, name)) == 2 for name in NAMES))
    assert eventually(lambda: answers(port))
    assert [family(pid) for pid in killed.values()] == [[], [], [], []]

    asked = time.monotonic()
    serve.send_signal(signal.SIGINT)
    assert serve.wait(timeout=20) == 0
    assert time.monotonic() - asked < 10
    assert [family(started(tmp_path, name)[-1]) for name in NAMES] == [[], [], [], []]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a killed supervisor leaves its children")
def test_a_killed_supervisor_takes_everybody_with_it(serve: subprocess.Popen[str], tmp_path: Path, port: int) -> None:
    assert eventually(lambda: answers(port))
    children = [started(tmp_path, name)[0] for name in NAMES]

    serve.kill()

    assert eventually(lambda: not any(family(pid) for pid in children), seconds=15)


def test_a_port_in_use_is_told_at_once(tmp_path: Path, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        done = subprocess.run(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert (
        done.stderr.strip()
        == f"CommandError: port {port} on 127.0.0.1 cannot be used (Address already in use); set PORT to another"
    )
