"""A stage for the stories: people who use the running service over HTTP, each by their own door and cookies.

Nothing here touches the database. What a person reads in her inbox is read at /outbox/, as staff would see it.
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx

from commerce import clock
from commerce.ids import public_id

PATIENCE_SECONDS = 20.0
"""How long something that follows by itself may take before the story says that it did not happen."""


class StoryBroken(Exception):
    """A step did not do what the story says."""


@dataclass
class Caller:
    """One browser, app or machine with its own cookies."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, headers=self.headers, timeout=30, follow_redirects=False)

    def get(self, path: str, **query: str) -> Any:
        """Read something; raises StoryBroken unless it is there."""
        return self.answer(self.http.get(path, params=query), 200)

    def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, expect: int = 200, safe: bool = True
    ) -> Any:
        """Change something through the API, once (each call has its Idempotency-Key); raises StoryBroken."""
        headers = {"X-CSRFToken": self.csrf(), "Referer": self.url}
        if method == "POST" and safe:
            headers["Idempotency-Key"] = public_id()
        return self.answer(self.http.request(method, path, json=body or {}, headers=headers), expect)

    def fill_in(self, path: str, **fields: str) -> httpx.Response:
        """Open a page with a form, fill it in and send it, as a browser does."""
        page = self.http.get(path)
        if page.status_code != 200:
            raise StoryBroken(f"GET {path} answered {page.status_code}")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        form = fields | ({"csrfmiddlewaretoken": token[1]} if token else {})
        answer = self.http.post(path, data=form, headers={"Referer": self.url + path})
        if answer.status_code >= 400:
            raise StoryBroken(f"POST {path} answered {answer.status_code}")
        return answer

    def csrf(self) -> str:
        """The token that the service gave this browser."""
        return self.http.cookies.get("csrftoken") or ""

    def answer(self, response: httpx.Response, expect: int) -> Any:
        """The body of the expected answer."""
        if response.status_code != expect:
            raise StoryBroken(
                f"{response.request.method} {response.request.url.path} answered {response.status_code}, "
                f"not {expect}: {response.text[:300]}"
            )
        return response.json() if "json" in response.headers.get("Content-Type", "") else response.text


@dataclass
class Stage:
    """The running service, the demo's staff, and the outside world that calls its hooks."""

    url: str
    password: str
    meta_secret: str
    carrier_secret: str
    say: Callable[[str, str], None]

    def shopper(self) -> Caller:
        """A new browser, as somebody unknown."""
        return Caller(self.url)

    def staff(self, username: str) -> Caller:
        """A member of the staff, logged in."""
        caller = Caller(self.url)
        caller.fill_in("/staff/login/", username=username, password=self.password)
        if "sessionid" not in caller.http.cookies:
            raise StoryBroken(f"{username} could not log in")
        return caller

    def meta(self, payload: Mapping[str, Any]) -> None:
        """Meta calls its webhook, with its signature over the raw body."""
        body = json.dumps(payload).encode()
        signature = hmac.new(self.meta_secret.encode(), body, hashlib.sha256).hexdigest()
        answer = httpx.post(
            f"{self.url}/hooks/meta/",
            content=body,
            headers={"X-Hub-Signature-256": f"sha256={signature}", "Content-Type": "application/json"},
        )
        expect(answer.status_code == 200, f"Meta's webhook was answered {answer.status_code}")

    def carrier(self, event: Mapping[str, Any]) -> None:
        """The carrier calls its webhook."""
        body = json.dumps(event).encode()
        stamp = str(int(clock.now().timestamp()))
        signature = hmac.new(self.carrier_secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        answer = httpx.post(
            f"{self.url}/hooks/carrier/",
            content=body,
            headers={"Carrier-Signature": f"t={stamp},v1={signature}", "Content-Type": "application/json"},
        )
        expect(answer.status_code == 200, f"the carrier's webhook was answered {answer.status_code}")

    def pass_time(self, by: timedelta, what: str) -> datetime:
        """Let business time jump ahead, for every process of the demo at once."""
        now = clock.move(by)
        self.say("clock", f"{what}: it is {now:%A %d %B, %H:%M} UTC now")
        return now


def expect(condition: object, sentence: str) -> None:
    """Raise StoryBroken with the sentence unless the condition holds."""
    if not condition:
        raise StoryBroken(sentence)


Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], sentence: str) -> Found:
    """What `look` finds, as soon as it does; raises StoryBroken with the sentence when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise StoryBroken(sentence)
        time.sleep(0.2)
    return found
