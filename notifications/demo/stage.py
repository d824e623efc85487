"""A stage for the stories: people who use the running service over HTTP, each by their own door and cookies.

Nothing here touches the database. What a person reads in her inbox is read at /outbox/, as staff would see it.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx
from django.conf import settings

from commerce import clock
from commerce.ids import public_id
from commerce.inbox.signatures import sign, stamp

PATIENCE_SECONDS = 20.0
"""How long something that follows by itself may take before the story says that it did not happen."""


QUIET_SECONDS = 2.5
MADRID = ZoneInfo("Europe/Madrid")


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
        headers = {"X-CSRFToken": self.http.cookies.get("csrftoken") or "", "Referer": self.url}
        if method == "POST" and safe:
            headers["Idempotency-Key"] = public_id()
        return self.answer(self.http.request(method, path, json=body or {}, headers=headers), expect)

    def fill_in(
        self, path: str, *, to: str = "", files: Mapping[str, tuple[str, bytes, str]] | None = None, **fields: str
    ) -> httpx.Response:
        """Open a page with a form, fill it in and send it where it leads, as a browser does."""
        page = self.http.get(path)
        if page.status_code != 200:
            raise StoryBroken(f"GET {path} answered {page.status_code}")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        form = fields | ({"csrfmiddlewaretoken": token[1]} if token else {})
        answer = self.http.post(to or path, data=form, files=files, headers={"Referer": self.url + path})
        if answer.status_code >= 400:
            raise StoryBroken(f"POST {to or path} answered {answer.status_code}")
        return answer

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

    def __post_init__(self) -> None:
        self.post_room = self.staff("direccion")

    def shopper(self) -> Caller:
        """A new browser, as somebody unknown."""
        return Caller(self.url)

    def staff(self, username: str) -> Caller:
        """A member of the staff, logged in."""
        caller = Caller(self.url)
        caller.fill_in("/staff/login/", username=username, password=self.password)
        expect("sessionid" in caller.http.cookies, f"{username} could not log in")
        return caller

    def sign_in(
        self,
        browser: Caller,
        *,
        email: str,
        given_name: str = "",
        family_name: str = "",
        consents: Sequence[tuple[str, str]] = (),
        cart: str = "",
    ) -> None:
        """Log in with a code from the inbox; somebody new says her name and what she agrees to hear."""
        earlier = len(self.mails(email, "login_code"))
        begun = {"cart": cart} if cart else {}
        asked = {"email": email} | begun | ({"given_name": given_name} if given_name else {})
        browser.send("POST", "/api/v1/session/code/", asked, expect=202)
        mail = self.mail(email, "login_code", after=earlier)
        browser.send(
            "POST",
            "/api/v1/session/",
            {
                **begun,
                "email": email,
                "code": find(r"\b([0-9A-Z]{3}[ -]?[0-9A-Z]{3,5})$", mail["text"], "a log-in code"),
                "consents": [
                    {"contact_channel": channel, "purpose": purpose, "granted": True} for channel, purpose in consents
                ],
            },
        )
        if family_name:
            browser.send("PATCH", "/api/v1/me/", {"family_name": family_name})

    def card(self) -> str:
        """How a shopper pays: at the stand-in for Stripe; at a real one only she herself could press the button."""
        return "manual" if settings.STRIPE_API_KEY else "stripe"

    def link(self) -> str:
        """How somebody pays who orders by phone: by a link of the stand-in's."""
        return "manual" if settings.STRIPE_API_KEY else "payment_link"

    def pay(self, browser: Caller, order: dict[str, Any], *, seen_by: Caller | None = None) -> dict[str, Any]:
        """Pay an order on the page that its payment leads to, as a browser does, and see it placed."""
        way = order["payments"][-1]["pay_at"]
        page = eventually(lambda: browser.http.get(way).headers.get("Location"), "the payment page did not open")
        opened = httpx.get(page, follow_redirects=True)  # a link leads to a page of its own
        expect("Pay" in opened.text, "the payment page shows nothing to pay")
        self.say("web", "She pays by card, on the payment service's own page.")
        pressed = httpx.post(opened.url, data={"card": "visa"})
        expect(pressed.status_code == 303, f"the payment page answered {pressed.status_code}")
        browser.http.get(pressed.headers["Location"])

        def placed() -> dict[str, Any] | None:
            now: dict[str, Any] = (seen_by or browser).get(f"/api/v1/orders/{order['id']}/")
            return now if now["status"] == "placed" else None

        return eventually(placed, "the order was paid and not placed")

    def mails(self, to: str, purpose: str) -> list[dict[str, Any]]:
        """What was said to an address for a purpose, the earliest first."""
        return list(reversed(self.post_room.send("POST", "/api/v1/outbox/", {"to": to, "purpose": purpose})["results"]))

    def mail(self, to: str, purpose: str, *, after: int = 0) -> dict[str, Any]:
        """The message that comes by itself, as soon as it is there; `after` so many earlier ones."""

        def look() -> dict[str, Any] | None:
            there = self.mails(to, purpose)
            return there[after] if len(there) > after else None

        return eventually(look, f"no message “{purpose}” came")

    def quiet(self) -> None:
        """Give something that must not happen the time to happen."""
        time.sleep(QUIET_SECONDS)

    def meta(self, payload: Mapping[str, Any]) -> None:
        """Meta calls its webhook, with its signature over the raw body."""
        body = json.dumps(payload).encode()
        self.call("/hooks/meta/", body, "X-Hub-Signature-256", f"sha256={sign(body, secret=self.meta_secret)}")

    def carrier(self, event: Mapping[str, Any]) -> None:
        """The carrier calls its webhook, with its signature over time and body."""
        body = json.dumps(event).encode()
        self.call("/hooks/carrier/", body, "Carrier-Signature", stamp(body, secret=self.carrier_secret, at=clock.now()))

    def call(self, path: str, body: bytes, header: str, signature: str) -> None:
        """A provider calls a webhook."""
        headers = {header: signature, "Content-Type": "application/json"}
        answer = httpx.post(f"{self.url}{path}", content=body, headers=headers)
        expect(answer.status_code == 200, f"{path} answered {answer.status_code}: {answer.text[:200]}")

    def begin_on_a_working_afternoon(self) -> None:
        """Business time goes on to the next weekday's 17:00 in Madrid, so that the story's shops are open."""
        now = clock.now().astimezone(MADRID)
        moments = ((now + timedelta(days=day)).replace(hour=17, minute=0, second=0, microsecond=0) for day in count())
        start = next(moment for moment in moments if moment >= now and moment.weekday() < 4)
        self.pass_time(start - now, "The story begins")

    def minutes(self, number: int) -> None:
        """A few minutes go by, which the story does not speak of."""
        clock.move(timedelta(minutes=number))

    def pass_time(self, by: timedelta, what: str) -> datetime:
        """Let business time jump ahead, for every process of the demo at once."""
        now = clock.move(by)
        self.say("clock", f"{what}: it is {now.astimezone(MADRID):%A %d %B, %H:%M} in Madrid.")
        return now


def expect(condition: object, sentence: str) -> None:
    """Raise StoryBroken with the sentence unless the condition holds."""
    if not condition:
        raise StoryBroken(sentence)


Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], sentence: str, patience: float = PATIENCE_SECONDS) -> Found:
    """What `look` finds, as soon as it does; raises StoryBroken with the sentence when patience ends."""
    deadline = time.monotonic() + patience
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise StoryBroken(sentence)
        time.sleep(0.2)
    return found


def find(pattern: str, text: str, what: str) -> str:
    """The first group of a pattern in a text; raises StoryBroken where it is not."""
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise StoryBroken(f"{what} is not in: {text[:300]}")
    return match[1]
