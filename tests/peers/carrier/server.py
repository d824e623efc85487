"""A stand-in for a carrier: it books parcels, and can refuse, be down, or book and not answer; the same key is one."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LABEL = b"%PDF-1.4\n% a label\n%%EOF\n"


class Carrier:
    """A running stand-in. `faults` are used up one by one: "down", "refuse", "silent" (booked, not answered)."""

    def __init__(self, *faults: str) -> None:
        self.faults = list(faults)
        self.parcels: dict[str, str] = {}
        self.asked: list[str] = []
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                peer.book(self)

            def do_GET(self) -> None:
                peer.look_up(self)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> "Carrier":
        self.thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def book(self, call: BaseHTTPRequestHandler) -> None:
        """One parcel, once for each key."""
        body = json.loads(call.rfile.read(int(call.headers["Content-Length"])))
        key, fault = call.headers["Idempotency-Key"], self.faults.pop(0) if self.faults else ""
        self.asked.append(key)
        if fault == "refuse":
            return self.reply(call, 422, {"error": "address"})
        if fault != "down":
            assert body["reference"] == key
            self.parcels.setdefault(key, f"PK{len(self.parcels) + 1:06}")
        if fault in ("down", "silent"):
            return self.reply(call, 503, {})
        return self.reply(call, 201, self.told(key))

    def look_up(self, call: BaseHTTPRequestHandler) -> None:
        """A parcel by its key."""
        key = call.path.rpartition("/")[2]
        return self.reply(call, 200, self.told(key)) if key in self.parcels else self.reply(call, 404, {})

    def told(self, key: str) -> dict[str, str]:
        """What is said of a parcel."""
        return {"tracking_number": self.parcels[key], "label": base64.b64encode(LABEL).decode()}

    def reply(self, call: BaseHTTPRequestHandler, status: int, said: dict[str, str]) -> None:
        """One answer."""
        body = json.dumps(said).encode()
        call.send_response(status)
        call.send_header("Content-Type", "application/json")
        call.send_header("Content-Length", str(len(body)))
        call.end_headers()
        call.wfile.write(body)
