"""`python -m tests.peers.stripe --port 12111 --webhook http://127.0.0.1:8000/hooks/stripe/ --secret whsec_…`."""

import argparse
import signal
import threading
from pathlib import Path

from tests.peers.stripe.server import StandIn


def main() -> None:
    """Run until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.peers.stripe", description="A Stripe for tests and the demo")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--key", default="sk_test_standin", help="the API key that is taken")
    parser.add_argument("--webhook", help="where events go")
    parser.add_argument("--secret", action="append", default=[], help="signs events; several while one is rolled")
    parser.add_argument("--clock", type=Path, help="a file with the seconds that business time is ahead")
    options = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with StandIn(port=options.port, key=options.key, clock_file=options.clock) as stand_in:
        if options.webhook:
            stand_in.control("endpoints", url=options.webhook, secrets=options.secret)
        print(f"the stand-in for Stripe answers at {stand_in.url}", flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
