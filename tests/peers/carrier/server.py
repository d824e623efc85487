"""A stand-in for a carrier: it books parcels, and can refuse, be down, or book and not answer; the same key is one."""

import base64
import json
from http.server import BaseHTTPRequestHandler

from tests.peers.standing import Peer

LABEL = b"%PDF-1.4\n% a label\n%%EOF\n"


class Carrier(Peer):
    """A running stand-in. `faults` are used up one by one: "down", "refuse", "silent" (booked, not answered)."""

    def __init__(self, *faults: str) -> None:
        self.faults = list(faults)
        self.parcels: dict[str, str] = {}
        self.asked: list[str] = []
        super().__init__()

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        """One request: to book a parcel, or to look one up."""
        return self.book(call) if call.command == "POST" else self.look_up(call)

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

    def told(self, key: str) -> dict[str, object]:
        """What is said of a parcel."""
        return {"tracking_number": self.parcels[key], "label": base64.b64encode(LABEL).decode()}
