"""A stand-in for Twilio's Messages resource: it takes messages, refuses some, is silent to some, and reports.

Which number does what is written below. Whoever drives it asks for reports; they are signed as Twilio signs them.
"""

import base64
import time
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlencode

import httpx

from notifications.twilio_hook import signature
from tests.peers.standing import Peer

INVALID, SAID_STOP, BUSY, BROKEN, SILENT = (f"+3460099900{n}" for n in range(1, 6))
REFUSALS = {INVALID: (400, 21211), SAID_STOP: (400, 21610), BUSY: (429, 20429), BROKEN: (503, 20503)}


class Twilio(Peer):
    """A running stand-in; `messages` are those it took, the SID with what was said."""

    def __init__(self, *, sid: str, token: str) -> None:
        self.sid, self.token = sid, token
        self.messages: dict[str, dict[str, str]] = {}
        super().__init__()

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        """One request to send a message."""
        body = call.rfile.read(int(call.headers.get("Content-Length", 0)))
        said = dict(parse_qsl(body.decode()))
        wanted = base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()
        if call.headers.get("Authorization") != f"Basic {wanted}":
            return self.reply(call, 401, {"code": 20003, "status": 401, "message": "Authenticate"})
        if call.path != f"/2010-04-01/Accounts/{self.sid}/Messages.json":
            return self.reply(call, 404, {"code": 20404, "status": 404, "message": "not found"})
        to = said.get("To", "").removeprefix("whatsapp:")
        if to == SILENT:
            time.sleep(1)
            return None
        if to in REFUSALS:
            status, code = REFUSALS[to]
            return self.reply(call, status, {"code": code, "status": status, "message": "refused"})
        sid = f"SM{len(self.messages) + 1:032x}"
        self.messages[sid] = said
        return self.reply(call, 201, {"sid": sid, "status": "queued", "to": said["To"], "error_code": None})

    def report(self, sid: str, status: str, **more: str) -> tuple[str, bytes, dict[str, str]]:
        """A status callback as Twilio sends it: address, body and headers."""
        said = self.messages[sid]
        facts = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status, "To": said["To"]}
        facts |= {"AccountSid": self.sid, "ApiVersion": "2010-04-01"} | more
        signed = signature(said["StatusCallback"], list(facts.items()), token=self.token)
        headers = {"X-Twilio-Signature": signed.decode(), "Content-Type": "application/x-www-form-urlencoded"}
        return said["StatusCallback"], urlencode(facts).encode(), headers

    def send_report(self, sid: str, status: str, **more: str) -> int:
        """Call the webhook; the answer's status."""
        url, body, headers = self.report(sid, status, **more)
        return httpx.post(url, content=body, headers=headers).status_code
