"""Story 3, after the sale: a mug that came broken, told once in the web chat, and swapped without telling it again.

The third of the worked examples: she writes in the chat with a picture, gets a key in the same minute and a mail with
every step; the agent, the warehouse and the carrier each see the whole of it; a new one is kept for her at once; what
changes is told; and when it is over she is asked how it was.
"""

import io
from datetime import timedelta
from typing import Any

from PIL import Image

from commerce import clock
from commerce.ids import public_id
from notifications.demo.outside import carrier_event
from notifications.demo.stage import Caller, Stage, eventually, expect, find
from notifications.demo.story_1 import euros

SKU = "VAJ-0001-BLAN"
WAREHOUSE = "ALM-GETAFE"


def play(stage: Stage, *, given_name: str, family_name: str, email: str, phone: str) -> str:
    """Play it with this person; returns the order's public id. Raises StoryBroken at the step that went wrong."""
    stage.begin_on_a_working_afternoon()
    agent, warehouse = stage.staff("agente-1"), stage.staff("almacen")
    browser = stage.shopper()
    who = {"recipient": f"{given_name} {family_name}", "phone": phone}
    order = has_it_delivered(stage, browser, warehouse, email=email, given_name=given_name, who=who)
    key = tells_it_in_the_chat(stage, browser, order=order, email=email)
    case = is_read_by_the_agent(stage, agent, key=key)
    swap = is_swapped(stage, agent, warehouse, case=case, order=order, email=email)
    hears_of_a_delay(stage, warehouse, case=case, email=email)
    gets_the_new_one(stage, browser, agent, warehouse, case=case, swap=swap, email=email, phone=phone)
    is_asked_afterwards(stage, email=email)
    return str(order["id"])


def has_it_delivered(
    stage: Stage, browser: Caller, warehouse: Caller, *, email: str, given_name: str, who: dict[str, str]
) -> dict[str, Any]:
    """Two mugs, ordered on the web, brought home the next day."""
    stage.sign_in(browser, email=email, given_name=given_name, consents=[("email", "survey")])
    cart = browser.send("POST", "/api/v1/carts/", {"lines": [{"sku": SKU, "quantity": 2}]}, expect=201)
    ways = browser.get(f"/api/v1/carts/{cart['id']}/checkout/")
    address = {"recipient": who["recipient"], "street": "Calle del Olmo 12", "postal_code": "28012", "city": "Madrid"}
    order = browser.send(
        "POST",
        f"/api/v1/carts/{cart['id']}/checkout/",
        {
            "expected_total": ways["delivery"]["total"],
            "address": address | {"country": "ES"},
            "phone": who["phone"],
            "tender": stage.card(),
        },
        expect=201,
    )
    if order["status"] == "draft":
        order = stage.pay(browser, order)
    stage.say("web", f"{given_name} orders two mugs for delivery: order {order['number']}, {euros(order)}.")
    stage.pass_time(timedelta(hours=16), "The next morning")
    tracking = sends(stage, warehouse, number=order["number"])
    stage.pass_time(timedelta(hours=4), "At noon")
    stage.carrier(carrier_event(tracking, "delivered"))
    stage.mail(who["phone"], "delivered")
    stage.say("sms", "Delivered. She opens the box: one of them is broken.")
    return dict(order)


def sends(stage: Stage, warehouse: Caller, *, number: str) -> str:
    """The warehouse packs an order and the carrier takes it; returns the tracking number."""

    def waiting() -> dict[str, Any] | None:
        at_work = warehouse.get("/api/v1/fulfillments/", location=WAREHOUSE)["results"]
        return next((part for part in at_work if part["order"] == number), None)

    part = eventually(waiting, f"the warehouse sees nothing of order {number}")
    tracking = f"VL{number}"
    warehouse.send("POST", f"/api/v1/fulfillments/{part['id']}/pick/")
    stage.minutes(20)
    warehouse.send(
        "POST", f"/api/v1/fulfillments/{part['id']}/hand-over/", {"carrier": "veloz", "tracking_number": tracking}
    )
    return tracking


def tells_it_in_the_chat(stage: Stage, browser: Caller, *, order: dict[str, Any], email: str) -> str:
    """Two words and a picture; her order is offered, and the key comes in the same moment. Returns the key."""
    stage.minutes(10)
    browser.fill_in(
        "/chat/", files={"photos": ("taza.jpg", broken_mug(), "image/jpeg")}, text="Llegó rota", once=once()
    )
    page = browser.get("/chat/")
    expect(order["number"] in page, "the chat does not offer her order")
    stage.say("web", "In the chat she writes “Llegó rota”, with a picture. Her order is offered; nobody asks a number.")
    browser.fill_in("/chat/", to="/chat/case/", order=order["id"], kind="damaged")
    key = find(r"caso es ([0-9A-Z]{8})", browser.get("/chat/"), "the key of the case")
    stage.say("web", f"One press, and the chat says: your case is {key}.")
    mail = stage.mail(email, "case_opened")
    stage.say("email", f"“{mail['title']}”, with every step, who takes it and by when.")
    return key


def broken_mug() -> bytes:
    """A picture as a phone takes it."""
    out = io.BytesIO()
    Image.effect_noise((640, 480), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def once() -> str:
    """What a page puts into its form, so that sending twice says one thing."""
    return public_id()


def is_read_by_the_agent(stage: Stage, agent: Caller, *, key: str) -> dict[str, Any]:
    """The agent opens the case: what she asked, her picture and her address stand there."""
    stage.minutes(15)
    case = next((one for one in agent.get("/api/v1/cases/")["results"] if one["key"] == key), None)
    expect(case is not None, "the agent does not see the case")
    assert case is not None  # noqa: S101 - for the type checker; expect() has looked
    page = agent.get(f"/staff/cases/{case['id']}/")
    expect("Llegó rota" in page and "/photos/" in page and "Calle del Olmo 12" in page, "the agent does not see it all")
    stage.say("call_center", "The agent sees the request, the picture and the address; she has nothing to tell again.")
    return dict(case)


def is_swapped(
    stage: Stage, agent: Caller, warehouse: Caller, *, case: dict[str, Any], order: dict[str, Any], email: str
) -> dict[str, Any]:
    """A new one is kept for her and leaves at once; each team has the case in its turn."""
    door = f"/api/v1/cases/{case['id']}"
    line = agent.get(f"/api/v1/orders/{order['id']}/")["lines"][0]
    agent.send("POST", f"{door}/steps/1/", {"status": "done"})
    swapped = agent.send("POST", f"{door}/swap/", {"lines": [{"line": line["id"], "quantity": 1}]})
    kept = warehouse.get(f"{door}/")
    expect(kept["team"] == "carrier" and kept["steps"][1]["status"] == "done", f"the case is with {kept['team']}")
    stage.mail(email, "case_swap")
    stage.say("store", "A new mug is kept for her; the case went from the agent to the warehouse, and to the carrier.")
    return dict(swapped["swaps"][0])


def hears_of_a_delay(stage: Stage, warehouse: Caller, *, case: dict[str, Any], email: str) -> None:
    """The carrier will call later than was said: she hears it before, once."""
    later = (clock.now() + timedelta(days=1)).isoformat()
    warehouse.send("POST", f"/api/v1/cases/{case['id']}/steps/3/", {"status": "moved", "due_at": later})
    mail = stage.mail(email, "case_step", after=1)
    expect("Nueva fecha" in mail["text"], "she was not told the new time")
    stage.say("email", "The carrier will call a day later than promised: she hears it before, not after.")


def gets_the_new_one(
    stage: Stage,
    browser: Caller,
    agent: Caller,
    warehouse: Caller,
    *,
    case: dict[str, Any],
    swap: dict[str, Any],
    email: str,
    phone: str,
) -> None:
    """The carrier calls, brings the new one and takes the other along; the case is closed."""
    door = f"/api/v1/cases/{case['id']}"
    stage.pass_time(timedelta(hours=20), "The next morning")
    warehouse.send("POST", f"{door}/steps/3/", {"status": "done"})
    stage.say("call_center", "The carrier has called and agreed the afternoon with her.")
    number = agent.get(f"/api/v1/orders/{swap['replacement']}/")["number"]
    tracking = sends(stage, warehouse, number=number)
    stage.pass_time(timedelta(hours=5), "In the afternoon")
    stage.carrier(carrier_event(tracking, "delivered"))
    stage.mail(phone, "delivered", after=1)

    def brought() -> bool:
        return bool(agent.get(f"{door}/")["steps"][3]["status"] == "done")

    eventually(brought, "the step of the carrier is open though the new one is there")
    stage.say("sms", "The new one is there, the broken one is on its way back.")
    stage.minutes(90)
    agent.send("POST", f"{door}/close/", {"outcome": "replaced"})
    mail = stage.mail(email, "case_closed")
    stage.say("email", f"“{mail['title']}”.")
    expect(not stage.mails(email, "survey"), "she was asked how it was while her case was open")


def is_asked_afterwards(stage: Stage, *, email: str) -> None:
    """Only now, a day after the case was closed, the survey: about the case, and nothing more about the order."""
    stage.pass_time(timedelta(hours=26), "A day later")
    stage.mail(email, "case_survey")
    stage.quiet()
    expect(len(stage.mails(email, "case_survey")) == 1, "she was asked twice")
    expect(not stage.mails(email, "survey"), "she was asked about the order as well")
    stage.say("email", "The survey waited until her case was closed; now it asks, once.")
