"""Story 1, before the sale: from a question on Instagram to the survey, over web, phone and store, on one journey.

The first of the worked examples that the product was asked for with: she asks by private message and gets a code, fills
a cart on her phone and leaves it, is reminded once, buys at home for pickup, calls the store, collects, is asked.
"""

from datetime import timedelta
from typing import Any

from commerce import clock
from notifications.demo.outside import instagram_message
from notifications.demo.stage import Caller, Stage, eventually, expect, find

SKU = "VAJ-0001-CELE"
STORE = "TDA-MAD-CENTRO"
NEAR_HER = "40.4200,-3.7040"


def play(stage: Stage, *, given_name: str, family_name: str, email: str, phone: str) -> str:
    """Play it with this person; returns the order's public id. Raises StoryBroken at the step that went wrong."""
    stage.begin_on_a_working_afternoon()
    agent, clerk = stage.staff("agente-1"), stage.staff("tienda-centro")
    code = is_answered_with_a_code(stage, agent)
    on_phone, cart_id = registers(stage, code=code, given_name=given_name, family_name=family_name, email=email)
    cart = fills_a_cart(stage, on_phone, cart_id=cart_id)
    secret = is_reminded_once(stage, email=email)
    at_home = continues_at_home(stage, on_phone, cart=cart, secret=secret, email=email)
    order = buys_for_pickup(stage, at_home, cart=cart, email=email, phone=phone)
    calls_the_store(stage, clerk, order=order, email=email)
    collects(stage, clerk, order=order, phone=phone)
    answers_the_survey(stage, email=email)
    return str(order["id"])


def is_answered_with_a_code(stage: Stage, agent: Caller) -> str:
    """She asks on Instagram; the agent answers with a code that works once, for her."""
    profile = f"1784{clock.now():%y%m%d%H%M%S%f}"
    stage.meta(instagram_message(profile, "Hola, ¿tenéis la taza Alba en azul en Madrid centro?"))
    stage.say("instagram", "She saw an advertisement and asks by private message whether a store near her has the mug.")
    talk = eventually(
        lambda: next((c for c in agent.get("/api/v1/conversations/")["results"] if c["address"] == profile), None),
        "the private message did not become a conversation",
    )
    stage.minutes(3)
    promotion = next(p for p in agent.get("/api/v1/promotions/")["results"] if p["name"].startswith("Un detalle"))
    answered = agent.send(
        "POST",
        f"/api/v1/conversations/{talk['id']}/reply-with-code/",
        {"promotion": promotion["id"], "text": "¡Hola! Sí, quedan en Madrid Centro. Y un detalle para ti:"},
        expect=201,
    )
    stage.mail(profile, "dm_reply")
    stage.say(
        "call_center", f"An agent answers in the same conversation, with a code for her alone: {answered['code']}."
    )
    return str(answered["code"])


def registers(stage: Stage, *, code: str, given_name: str, family_name: str, email: str) -> tuple[Caller, str]:
    """On her phone she opens a cart with the code on it, and makes an account with a code from her inbox."""
    stage.minutes(4)
    browser = stage.shopper()
    cart = browser.send("POST", "/api/v1/carts/", {"code": code}, expect=201)
    stage.minutes(2)
    agrees = [("email", "reminder"), ("email", "survey")]
    stage.sign_in(
        browser, email=email, given_name=given_name, family_name=family_name, consents=agrees, cart=cart["id"]
    )
    stage.say(
        "web", f"{given_name} registers on her phone with a code from her inbox, no password; reminders are fine."
    )
    return browser, str(cart["id"])


def fills_a_cart(stage: Stage, on_phone: Caller, *, cart_id: str) -> dict[str, Any]:
    """She sees which store has it, puts two in her cart, and leaves."""
    stage.minutes(3)
    stock = on_phone.get("/api/v1/stock/", sku=SKU, near=NEAR_HER)
    nearest = stock["variants"][0]["locations"][0]
    expect(nearest["location"] == STORE, f"the nearest store is {nearest['location']}")
    expect(nearest["available"] >= 2, f"only {nearest['available']} are left there")
    stage.say("web", f"She sees that {nearest['name']}, {nearest['distance_km']} km away, has it.")
    cart = on_phone.send("POST", f"/api/v1/carts/{cart_id}/lines/", {"sku": SKU, "quantity": 2})
    expect(cart["discount_total"] > 0, "the code takes nothing off")
    stage.say("web", f"Two in her cart, the code on it: {euros(cart)}. Then her bus comes, and she leaves it.")
    return dict(cart)


def is_reminded_once(stage: Stage, *, email: str) -> str:
    """An hour after her last edit one email reminds her, with a link that brings the cart back anywhere."""
    stage.pass_time(timedelta(minutes=61), "An hour goes by")
    reminder = stage.mail(email, "cart_reminder")
    stage.say("email", f"One reminder: “{reminder['title']}”.")
    stage.pass_time(timedelta(hours=2), "Two more hours")
    stage.quiet()
    expect(len(stage.mails(email, "cart_reminder")) == 1, "she was reminded more than once")
    return find(r"/cart/restore/([^/\s]+)", reminder["text"], "the link that restores the cart")


def continues_at_home(stage: Stage, on_phone: Caller, *, cart: dict[str, Any], secret: str, email: str) -> Caller:
    """On another device, logged in: the same lines, code and price."""
    browser = stage.shopper()
    stage.sign_in(browser, email=email)
    found = browser.send("POST", "/api/v1/carts/restore/", {"token": secret})
    for same in ("id", "code", "total"):
        expect(found[same] == cart[same], f"on the other device {same} is {found[same]}, not {cart[same]}")
    expect(
        [(line["sku"], line["quantity"]) for line in found["lines"]]
        == [(line["sku"], line["quantity"]) for line in cart["lines"]],
        "the cart has other lines on the other device",
    )
    stage.say("web", f"At home she opens the link on her computer: same lines, same code, {euros(found)}.")
    return browser


def buys_for_pickup(stage: Stage, at_home: Caller, *, cart: dict[str, Any], email: str, phone: str) -> dict[str, Any]:
    """She buys, to be collected in the store near her."""
    stage.minutes(5)
    order = at_home.send(
        "POST",
        f"/api/v1/carts/{cart['id']}/checkout/",
        {"expected_total": cart["total"], "pickup_location": STORE, "phone": phone, "tender": stage.card()},
        expect=201,
    )
    expect(order["total"] == cart["total"], "she is charged something else than she was shown")
    if order["status"] == "draft":
        order = stage.pay(at_home, order)
    stage.say("web", f"She buys for pickup: order {order['number']}, {euros(order)}.")
    stage.mail(email, "order_confirmation")
    stage.say("email", "The confirmation is in her inbox.")
    return dict(order)


def calls_the_store(stage: Stage, clerk: Caller, *, order: dict[str, Any], email: str) -> None:
    """The next morning she calls the store: with her email she hears when it will be ready, and only that."""
    stage.pass_time(timedelta(hours=14), "The next morning")
    [heard] = clerk.send("POST", "/api/v1/lookup/", {"email": email})["orders"]
    expect(
        set(heard) <= {"status", "ready_at", "fulfillment_status"}, f"with an email alone staff sees {sorted(heard)}"
    )
    stage.say(
        "store", f"She calls the store and gives her email: it will be ready at {heard['ready_at']}. No more is told."
    )
    [told] = clerk.send("POST", "/api/v1/lookup/", {"email": email, "number": order["number"]})["orders"]
    expect(told["number"] == order["number"], "the order number does not open the rest")
    stage.say("store", "With the order number the clerk sees the rest.")


def collects(stage: Stage, clerk: Caller, *, order: dict[str, Any], phone: str) -> None:
    """The store picks, she is told, and collects with the code."""
    [waiting] = [
        f for f in clerk.get("/api/v1/fulfillments/", location=STORE)["results"] if f["order"] == order["number"]
    ]
    door = f"/api/v1/fulfillments/{waiting['id']}"
    stage.minutes(9)
    clerk.send("POST", f"{door}/pick/")
    stage.minutes(6)
    clerk.send("POST", f"{door}/ready/")
    ready = stage.mail(phone, "pickup_ready")
    code = find(r"Codigo: (\w+)", ready["text"], "the pickup code")
    stage.say("store", "The clerk picks both mugs and marks them ready.")
    stage.say("sms", f"The pickup confirmation brings a code: {code}.")
    stage.pass_time(timedelta(hours=3), "After lunch")
    clerk.send("POST", f"{door}/collect/", {"code": code})
    stage.say("store", "She says the code and takes the mugs home.")


def answers_the_survey(stage: Stage, *, email: str) -> None:
    """A day later she is asked, and answers."""
    stage.pass_time(timedelta(hours=25), "A day later")
    survey = stage.mail(email, "survey")
    browser = stage.shopper()
    stage.minutes(12)
    link = find(r"(/s/[^/\s]+/)", survey["text"], "the link to the survey")
    browser.fill_in(link, score="9", comment="Todo muy fácil.")
    stage.say("email", "She is asked how it was, and gives a nine.")


def euros(priced: dict[str, Any]) -> str:
    """A total as people read it."""
    return f"{priced['total'] / 100:.2f} {priced['currency']}"
