"""A RabbitMQ of the tests' own, on free ports, with everything it writes in one temporary folder."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

# Debian's wrapper of the same name insists on the system's data folder and account.
PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


@pytest.fixture(scope="session")
def rabbitmq_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL of RABBITMQ_URL, or of a server that is started for this test run."""
    if configured := os.environ.get("RABBITMQ_URL"):
        yield configured
        return
    program = str(PROGRAM) if PROGRAM.exists() else shutil.which("rabbitmq-server")
    if not program:
        pytest.skip("no rabbitmq-server is installed, and RABBITMQ_URL is not set")
    folder = tmp_path_factory.mktemp("rabbitmq")
    port, between_nodes, names = _free_ports(3)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(names),
        "RABBITMQ_NODENAME": f"mostrador{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(between_nodes),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "no-environment"),
        "RABBITMQ_CONFIG_FILE": str(folder / "no-configuration"),
    }
    with (folder / "said").open("w") as said:
        server = subprocess.Popen([program], env=environment, stdout=said, stderr=said, start_new_session=True)
    try:
        _wait_until_it_answers(server, port, folder / "said")
        yield f"amqp://guest:guest@127.0.0.1:{port}//"
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        _stop_name_server(names)


def _wait_until_it_answers(server: "subprocess.Popen[bytes]", port: int, said: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
                link.sendall(b"AMQP\x00\x00\x09\x01")
                if link.recv(1):
                    return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"RabbitMQ did not start: {said.read_text()[-2000:]}")


def _stop_name_server(port: int) -> None:
    """Stop Erlang's name server, which became a daemon; it refuses until it has seen that its node is gone."""
    for _ in range(40):
        if not subprocess.run(["epmd", "-port", str(port), "-kill"], capture_output=True, check=False).returncode:
            return
        time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
