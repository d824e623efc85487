"""The servers that start by themselves: real ones, in a folder of their own, used by real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from commerce.embedded_servers import Postgres, Valkey

ROOT = Path(__file__).resolve().parents[2]
USE = """
import sys
from commerce import embedded
print(embedded.database_url(), embedded.broker_url(), flush=True)
sys.stdin.read()
"""

pytestmark = pytest.mark.kill

Start = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A `var` of our own; as root it also lies below a folder that PostgreSQL's account may not enter."""
    environment = {**os.environ, "MOSTRADOR_VAR": str(tmp_path / "var")}
    yield environment
    subprocess.run([sys.executable, "-m", "commerce.embedded", "stop"], cwd=ROOT, env=environment, check=True)


@pytest.fixture
def user(environment: dict[str, str]) -> Iterator[Start]:
    """Start a process that uses both servers until its input ends."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        started.append(
            subprocess.Popen([sys.executable, "-c", USE], cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def postgres(tmp_path: Path) -> Postgres:
    return Postgres(tmp_path / "var" / "pg")


@pytest.fixture
def valkey(tmp_path: Path) -> Valkey:
    return Valkey(tmp_path / "var" / "valkey")


def urls(process: subprocess.Popen[str]) -> list[str]:
    """Wait until the process has both addresses."""
    assert process.stdout is not None
    return process.stdout.readline().split()


def eventually(condition: Callable[[], bool], *, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_processes_that_start_at_once_share_one_server_which_outlives_a_killed_one_and_stops_with_the_last(
    user: Start, postgres: Postgres, valkey: Valkey
) -> None:
    first, second, third = user(), user(), user()
    assert urls(first) == urls(second) == urls(third) == [postgres.url(), f"{valkey.url()}/0"]

    first.kill()
    second.communicate("")
    time.sleep(1.2)
    assert (postgres.answers(), valkey.answers()) == (True, True)

    third.kill()
    assert eventually(lambda: not postgres.alive() and not valkey.alive())


def test_a_killed_server_comes_back_with_its_data(user: Start, postgres: Postgres, valkey: Valkey) -> None:
    urls(user())
    with psycopg.connect(postgres.url()) as connection:
        connection.execute("create table kept as select 7 as number")

    for server in (postgres, valkey):
        os.kill(int(server.pid_file.read_text().split()[0]), signal.SIGKILL)

    assert eventually(lambda: postgres.answers() and valkey.answers())
    with psycopg.connect(postgres.url()) as connection:
        assert connection.execute("select number from kept").fetchone() == (7,)


def test_it_starts_again_after_everything_was_killed(
    user: Start, environment: dict[str, str], postgres: Postgres, valkey: Valkey, tmp_path: Path
) -> None:
    process = user()
    urls(process)
    os.kill(int((tmp_path / "var" / "keeper.pid").read_text()), signal.SIGKILL)
    for server in (postgres, valkey):
        os.kill(int(server.pid_file.read_text().split()[0]), signal.SIGKILL)
    process.kill()

    assert urls(user()) == [postgres.url(), f"{valkey.url()}/0"]
    assert (postgres.answers(), valkey.answers()) == (True, True)


def test_the_database_is_durable_and_lowers_letters_beyond_ascii(user: Start, postgres: Postgres) -> None:
    urls(user())

    with psycopg.connect(postgres.url()) as connection:
        row = connection.execute(
            "select current_setting('fsync'), current_setting('synchronous_commit'),"
            " current_setting('max_connections'), current_setting('deadlock_timeout'), lower('ÁÑ')"
        ).fetchone()
    assert row == ("on", "on", "200", "200ms", "áñ")


def test_stop_stops_under_the_feet_of_a_user(
    user: Start, environment: dict[str, str], postgres: Postgres, valkey: Valkey
) -> None:
    urls(user())

    subprocess.run([sys.executable, "-m", "commerce.embedded", "stop"], cwd=ROOT, env=environment, check=True)
    time.sleep(1)

    assert (postgres.alive(), valkey.alive()) == (False, False)
