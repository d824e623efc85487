"""The HTTP side: one request at a time at the objects, keys and faults around it."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.peers.stripe import checkouts, control, customers, forms, pages, payments, refunds
from tests.peers.stripe.courier import Courier
from tests.peers.stripe.errors import Refusal, invalid
from tests.peers.stripe.faults import Fault, Faults
from tests.peers.stripe.keys import Keys
from tests.peers.stripe.store import Store

ROUTES: tuple[Callable[..., Any], ...] = (checkouts.route, payments.route, refunds.route, customers.route)
SWEEP_SECONDS = 1.0


@dataclass
class Answered:
    """What goes back over the wire."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class LostAnswer(Exception):
    """The work was done, and nobody will hear of it."""


class StandIn:
    """A Stripe of our own: `with StandIn() as stripe: stripe.url`."""

    def __init__(
        self, *, port: int = 0, key: str = "sk_test_standin", clock_file: Path | None = None, livemode: bool = False
    ) -> None:
        self.key = key
        self.store = Store(clock_file=clock_file, livemode=livemode)
        self.keys = Keys()
        self.faults = Faults()
        self.courier = Courier(self.store)
        self.requests: list[tuple[str, str, str]] = []
        self.before_answer: Callable[[str, str], None] = lambda method, path: None
        """Called when the work is done and the answer is not sent yet: the moment in which a client may die."""

        self.lock = threading.RLock()
        self._server = Server(("127.0.0.1", port), self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._ended = threading.Event()

    def __enter__(self) -> "StandIn":
        self.courier.start()
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        threading.Thread(target=self._let_time_pass, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self.courier.close()

    def control(self, name: str, /, **fields: Any) -> Any:
        """A control, without HTTP, for tests in the same process; raises Refusal."""
        if name == "idle":  # waits, so it must not keep others from working
            return control.answer(self, ("idle",), fields)
        with self.lock:
            return public(control.answer(self, tuple(name.split("/")), fields))

    def _let_time_pass(self) -> None:
        while not self._ended.wait(SWEEP_SECONDS):
            with self.lock:
                control.sweep(self.store)

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Answer one request; raises LostAnswer."""
        address = urlsplit(target)
        path = tuple(part for part in address.path.split("/") if part)
        try:
            match path:
                case ("_control", *rest):
                    return as_json(200, self.control("/".join(rest), **json.loads(body or b"{}")))
                case ("c", "pay", session):
                    return self._page(method, session, body)
                case ("l", link):
                    with self.lock:
                        opened = checkouts.visit_link(self.store, self.store.get("payment_link", link), self.url)
                    return Answered(303, b"", {"Location": opened["url"]})
                case ("thanks",):
                    return as_html(200, pages.PAGE.format(title="Thank you", content=""))
                case ("v1", *_):
                    return self._api(method, address.path, address.query, headers, body)
            raise invalid(f"Unrecognized request URL ({method}: {address.path}).", status=404)
        except Refusal as refusal:
            return as_json(refusal.status, refusal.body)

    def _page(self, method: str, session: str, body: bytes) -> Answered:
        with self.lock:
            control.sweep(self.store)
            found = self.store.get("checkout.session", session)
            if method != "POST":
                return as_html(*pages.show(self.store, found))
            card = parse_qs(body.decode()).get("card", ["visa"])[0]
            status, text = pages.press(self.store, found, card)
        return Answered(303, b"", {"Location": text}) if status == 303 else as_html(status, text)

    def _api(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answered:
        if headers.get("Authorization", "") != f"Bearer {self.key}":
            raise Refusal(401, "invalid_request_error", "Invalid API Key provided.")
        key = headers.get("Idempotency-Key", "") if method == "POST" else ""
        self.requests.append((method, path, key))
        fault = self.faults.take(method, path)
        if fault and fault.kind == "limit":
            raise Refusal(429, "invalid_request_error", "Too many requests. Please slow down.", "rate_limit")
        text = body.decode() if method == "POST" else query

        def work() -> tuple[int, Any, bool]:
            return self._work(method, path, text, fault)

        status, content, replayed = self.keys.once(key, (path, text), work) if key else (*work()[:2], False)
        self.before_answer(method, path)
        if fault and fault.kind == "lose_answer":
            raise LostAnswer
        return as_json(status, content, {"Idempotent-Replayed": "true"} if replayed else {})

    def _work(self, method: str, path: str, text: str, fault: Fault | None) -> tuple[int, Any, bool]:
        """Status, body, and whether an idempotency key remembers them."""
        broken = {"error": {"type": "api_error", "message": "Something went wrong on Stripe's end."}}
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
        if fault and fault.kind == "error":
            return 500, broken, False
        with self.lock:
            control.sweep(self.store)
            try:
                fields = forms.parse(text)
                status, content = 200, public(self._find(method, tuple(path.split("/")[2:]), fields))
            except Refusal as refusal:
                if not refusal.stored:
                    raise
                status, content = refusal.status, public(refusal.body)
        if fault and fault.kind == "error_after":
            return 500, broken, True
        return status, content, True

    def _find(self, method: str, path: tuple[str, ...], fields: dict[str, Any]) -> Any:
        match (method, *path):
            case ("GET", "account"):
                return {"id": self.store.account, "object": "account", "charges_enabled": True}
            case ("GET", "events"):
                return self.store.page("event", fields, by=("type",), path="/v1/events")
            case ("GET", "events", identifier):
                return self.store.get("event", identifier)
        for route in ROUTES:
            if (found := route(self.store, method, path, fields, self.url)) is not None:
                return found
        raise invalid(f"Unrecognized request URL ({method}: /v1/{'/'.join(path)}).", status=404)


def public(content: Any) -> Any:
    """A copy of an object as it is now, without what only the stand-in knows."""
    if isinstance(content, dict):
        return {name: public(value) for name, value in content.items() if not name.startswith("_")}
    return [public(item) for item in content] if isinstance(content, list) else content


def as_json(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Answered:
    """An answer of the API."""
    body = json.dumps(public(content)).encode()
    return Answered(status, body, {"Content-Type": "application/json", "Request-Id": "req_standin"} | (headers or {}))


def as_html(status: int, text: str) -> Answered:
    """A page."""
    return Answered(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


class Server(ThreadingHTTPServer):
    """A thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], stand_in: StandIn) -> None:
        self.stand_in = stand_in
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of our trouble."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        """Answer a reader."""
        self._respond(b"")

    def do_DELETE(self) -> None:
        """Answer who deletes."""
        self._respond(b"")

    def do_POST(self) -> None:
        """Answer a writer."""
        self._respond(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _respond(self, body: bytes) -> None:
        try:
            answered = self.server.stand_in.answer(self.command, self.path, self.headers, body)
        except LostAnswer:
            self.close_connection = True
            return
        self.send_response(answered.status)
        for name, value in answered.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answered.body)))
        self.end_headers()
        self.wfile.write(answered.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing; the deliveries have a log of their own."""
