"""Stand-ins for services of the outside world, so that a demo on a machine without accounts does the whole thing."""

import secrets
import socket
import sys
from pathlib import Path

from commerce.service import ROOT, Program


def stripe(*, shop_url: str, clock: str) -> tuple[Program, dict[str, str]]:
    """A Stripe that moves no money, and the settings that lead to it; raises StandInMissing."""
    if not (ROOT / "tests" / "peers" / "stripe").is_dir():
        raise StandInMissing("the stand-in for Stripe lies in tests/, which is not here")
    port, key, secret = free_port(), f"sk_test_{secrets.token_hex(12)}", f"whsec_{secrets.token_hex(16)}"
    command = [sys.executable, "-m", "tests.peers.stripe", "--port", str(port), "--key", key]
    command += ["--webhook", f"{shop_url}/hooks/stripe/", "--secret", secret]
    command += ["--clock", str(Path(clock))] if clock else []
    settings = {
        "STRIPE_API_KEY": key,
        "STRIPE_API_BASE": f"http://127.0.0.1:{port}",
        "STRIPE_WEBHOOK_SECRET": secret,
    }
    return Program("stripe", command), settings


class StandInMissing(Exception):
    """The files of a stand-in are not installed here."""


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
