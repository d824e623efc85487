"""The processes of a one-machine installation: started together, watched, and stopped together.

A larger installation runs the same commands under its own supervisor, on as many machines as it likes.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STOP_TIMEOUT = 8.0
LONGEST_PAUSE = 30.0
SETTLED = 60.0  # seconds after which a process that dies is not suspected of dying again at once
LARGE_LOG = 10_000_000
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class ServiceError(RuntimeError):
    """The service cannot run here, or did not come up."""


@dataclass
class Program:
    """One process that must always run, and what is known of its present life."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restart_at: float = 0.0
    pause: float = field(default=1.0)


class Service:
    """Web, worker, beat and relay under one hand.

    `run()` stays until `stop()` or the end of the block; `start()` runs the same loop in the background, and leaving
    the `with` block stops it.
    """

    def __init__(
        self,
        *,
        port: int,
        say: Callable[[str], None],
        host: str = "127.0.0.1",
        var: Path | None = None,
        environment: Mapping[str, str] | None = None,
        besides: Sequence[Program] = (),
    ) -> None:
        self.url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 (compared, not bound)
        self._environment = environment
        self._say = say
        self._var = var or ROOT / "var"
        self._stopping = False  # no Event: set by a signal handler, its lock could be held by what was interrupted
        self._thread: threading.Thread | None = None
        self._programs = [*besides, *programs(host=host, port=port, var=self._var)]

    def __enter__(self) -> "Service":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Run in the background until `stop()`."""
        self._thread = threading.Thread(target=self._watch, name="service")
        self._thread.daemon = True
        self._thread.start()

    def run(self) -> None:
        """Run in the foreground until `stop()` is called from a signal handler."""
        self._watch()

    def stop(self) -> None:
        """Ask everything to end, and wait for that if it runs in the background."""
        self._stopping = True
        if self._thread:
            self._thread.join()

    def wait_until_healthy(self, *, timeout: float = 60) -> None:
        """Return when the web server answers."""
        deadline = time.monotonic() + timeout
        while not self.healthy():
            if time.monotonic() > deadline or self._stopping:
                raise ServiceError(f"{self.url}/healthz does not answer; the logs are in {self._var / 'log'}")
            time.sleep(0.1)

    def healthy(self) -> bool:
        """Tell whether the health page answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:  # noqa: S310 (our own address)
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def _watch(self) -> None:
        """Keep every program running until it is time to stop.

        All children are started by this one thread, because on Linux a child is tied to the life of the thread that
        made it.
        """
        try:
            announced = False
            while not self._stopping:
                for program in self._programs:
                    self._look_after(program)
                if not announced and self.healthy():
                    announced = True
                    self._say(f"web      answers at {self.url}")
                time.sleep(0.1)
        finally:
            self._end_all()

    def _look_after(self, program: Program) -> None:
        """Start a program that does not run, unless it died so recently that it would only die again."""
        now = time.monotonic()
        if program.process is None:
            if now >= program.restart_at:
                self._launch(program)
        elif program.process.poll() is not None:
            _kill_group(program.process)  # what it left behind would hold its port or do its work twice
            program.pause = 1.0 if now - program.started > SETTLED else min(program.pause * 2, LONGEST_PAUSE)
            program.restart_at = now + program.pause
            how = _how_it_ended(program.process.returncode)
            log = self._log(program)
            self._say(f"{program.name:8} {how}, starts again in {program.pause:.0f} s; its log is {log}")
            program.process = None

    def _launch(self, program: Program) -> None:
        log = self._log(program)
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > LARGE_LOG:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as file:
            program.process = subprocess.Popen(
                program.command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent if _libc else None,
            )
        program.started = time.monotonic()
        self._say(f"{program.name:8} started (process {program.process.pid})")

    def _end_all(self) -> None:
        """Ask every program to end, then make it."""
        running = [program.process for program in self._programs if program.process]
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + STOP_TIMEOUT
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.0, deadline - time.monotonic()))
            _kill_group(process)
            process.wait()
        self._say("stopped")

    def _log(self, program: Program) -> Path:
        return self._var / "log" / f"{program.name}.log"


def require_free_port(host: str, port: int) -> None:
    """Fail before anything starts: the web server alone would be restarted for ever."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServiceError(
                f"port {port} on {host} cannot be used ({error.strerror}); set PORT to another"
            ) from error


def programs(*, host: str, port: int, var: Path) -> list[Program]:
    """Return what a one-machine installation runs."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    python = sys.executable
    granian = [python, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    respawn = ["--respawn-failed-workers", "--workers-kill-timeout", "5"]
    celery = [python, "-m", "celery", "-A", "commerce"]
    beat_file = str(var / "beat-schedule")
    return [
        Program(
            "web",
            [*granian, "--workers", str(cores), "--blocking-threads", "2", *respawn, "commerce.wsgi:application"],
        ),
        Program("worker", [*celery, "worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "WARNING"]),
        # No pid file: one left behind by a power cut would keep beat from starting.
        Program("beat", [*celery, "beat", "--schedule", beat_file, "--pidfile", "", "--loglevel", "WARNING"]),
        Program("relay", [python, "manage.py", "relay"]),
    ]


def _die_with_parent() -> None:
    """Let the kernel end this child when its parent is gone, even by SIGKILL."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End whatever is left of a program: itself, and the workers that it made."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _how_it_ended(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
