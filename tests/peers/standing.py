"""A small HTTP server of this process, as the smaller stand-ins need one."""

import json
import threading
from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class Peer(ABC):
    """A running stand-in: `with Carrier() as carrier: carrier.url`."""

    def __init__(self) -> None:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                peer.answer(self)

            def do_GET(self) -> None:
                peer.answer(self)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @abstractmethod
    def answer(self, call: BaseHTTPRequestHandler) -> None:
        """One request."""

    def reply(self, call: BaseHTTPRequestHandler, status: int, said: dict[str, object]) -> None:
        """One answer."""
        body = json.dumps(said).encode()
        call.send_response(status)
        call.send_header("Content-Type", "application/json")
        call.send_header("Content-Length", str(len(body)))
        call.end_headers()
        call.wfile.write(body)
