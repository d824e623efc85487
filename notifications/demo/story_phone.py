"""A short purchase by phone: an agent continues the cart she filled on the web, for home delivery.

With story 1 it shows every trigger: SMS when the parcel leaves and when it is there, the survey a day later. And what
must not happen: the cart was bought by phone, so no reminder of it ever leaves.
"""

from datetime import timedelta
from typing import Any

from notifications.demo.outside import carrier_event
from notifications.demo.stage import Caller, Stage, expect, find
from notifications.demo.story_1 import euros

SKU = "VAJ-0001-BLAN"


def play(stage: Stage, *, given_name: str, family_name: str, email: str, phone: str) -> str:
    """Play it with this person; returns the order's public id. Raises StoryBroken at the step that went wrong."""
    stage.begin_on_a_working_afternoon()
    agent, warehouse = stage.staff("agente-1"), stage.staff("almacen")
    code = fills_a_cart(stage, given_name=given_name, family_name=family_name, email=email)
    order = buys_by_phone(stage, agent, code=code, phone=phone, name=f"{given_name} {family_name}")
    is_never_reminded(stage, email=email)
    parcel = leaves(stage, warehouse, order=order, phone=phone)
    arrives(stage, parcel=parcel, phone=phone)
    is_asked(stage, email=email)
    return str(order["id"])


def fills_a_cart(stage: Stage, *, given_name: str, family_name: str, email: str) -> str:
    """She fills a cart on the web and hesitates; returns the code by which she can go on with it elsewhere."""
    browser = stage.shopper()
    stage.sign_in(
        browser,
        email=email,
        given_name=given_name,
        family_name=family_name,
        consents=[("email", "reminder"), ("email", "survey")],
    )
    cart = browser.send("POST", "/api/v1/carts/", {"lines": [{"sku": SKU, "quantity": 4}]}, expect=201)
    stage.say("web", f"{given_name} puts four mugs in her cart, and hesitates: will they arrive in time?")
    stage.pass_time(timedelta(minutes=20), "Twenty minutes later")
    return str(browser.send("POST", f"/api/v1/carts/{cart['id']}/hand-off/", expect=201)["code"])


def buys_by_phone(stage: Stage, agent: Caller, *, code: str, phone: str, name: str) -> dict[str, Any]:
    """She calls and says the code of her cart; the agent has it on the screen and orders for her."""
    cart = agent.send("POST", "/api/v1/hand-offs/", {"code": code})["cart"]
    agent.send("PUT", f"/api/v1/carts/{cart['id']}/lines/{SKU}/", {"quantity": 6, "version": cart["version"]})
    cart = agent.get(f"/api/v1/carts/{cart['id']}/")
    stage.say(
        "call_center",
        f"She calls and says its code. The agent sees her cart and makes it six: {euros(cart)}, delivery apart.",
    )
    delivery = {
        "recipient": name,
        "street": "Calle del Olmo 12, 3º B",
        "postal_code": "28012",
        "city": "Madrid",
        "country": "ES",
    }
    ways = agent.get(f"/api/v1/carts/{cart['id']}/checkout/")
    order = agent.send(
        "POST",
        f"/api/v1/carts/{cart['id']}/checkout/",
        {"expected_total": ways["delivery"]["total"], "address": delivery, "phone": phone, "tender": stage.link()},
        expect=201,
    )
    if order["number"] is None:
        order = pays_by_link(stage, agent, order=order, phone=phone)
    stage.say("call_center", f"Order {order['number']} for home delivery, {euros(order)}.")
    return dict(order)


def pays_by_link(stage: Stage, agent: Caller, *, order: dict[str, Any], phone: str) -> dict[str, Any]:
    """She gets a link while she is on the phone, and pays on her own screen; the agent sees it, and no card number."""
    sms = stage.mail(phone, "payment_link")
    stage.say("sms", f"“{sms['text']}”")
    way = find(r"https?://[^/]+(/pay/\S+/)", sms["text"], "the way to pay")
    order["payments"][-1]["pay_at"] = way
    return stage.pay(stage.shopper(), order, seen_by=agent)


def is_never_reminded(stage: Stage, *, email: str) -> None:
    """Nobody is reminded of what she bought."""
    stage.pass_time(timedelta(hours=3), "Three hours go by")
    stage.quiet()
    expect(not stage.mails(email, "cart_reminder"), "she was reminded of a cart that she had bought by phone")
    stage.say("email", "No reminder: the cart of the web was bought by phone.")


def leaves(stage: Stage, warehouse: Caller, *, order: dict[str, Any], phone: str) -> str:
    """The warehouse picks, the carrier collects; she hears it by SMS. Returns the tracking number."""
    stage.pass_time(timedelta(hours=13), "The next morning")
    [waiting] = [
        f
        for f in warehouse.get("/api/v1/fulfillments/", location="ALM-GETAFE")["results"]
        if f["order"] == order["number"]
    ]
    door = f"/api/v1/fulfillments/{waiting['id']}"
    tracking = f"VL{order['number']}"
    warehouse.send("POST", f"{door}/pick/")
    stage.minutes(35)
    warehouse.send("POST", f"{door}/hand-over/", {"carrier": "veloz", "tracking_number": tracking})
    sms = stage.mail(phone, "shipped")
    stage.say("store", "The warehouse packs, and the carrier takes the parcel.")
    stage.say("sms", f"“{sms['text']}”")
    return tracking


def arrives(stage: Stage, *, parcel: str, phone: str) -> None:
    """The carrier tells of its last way and of the delivery, the latter twice, as carriers do."""
    now = stage.pass_time(timedelta(hours=5), "In the afternoon")
    stage.carrier(carrier_event(parcel, "out_for_delivery", expected_at=(now + timedelta(minutes=25)).isoformat()))
    stage.mail(phone, "out_for_delivery")
    stage.pass_time(timedelta(minutes=30), "Half an hour later")
    delivered = carrier_event(parcel, "delivered")
    stage.carrier(delivered)
    stage.carrier(delivered)
    sms = stage.mail(phone, "delivered")
    stage.say("sms", f"“{sms['text']}”")
    stage.quiet()
    expect(len(stage.mails(phone, "delivered")) == 1, "the carrier said it twice, and so did we")


def is_asked(stage: Stage, *, email: str) -> None:
    """One survey, between 24 and 48 hours after the delivery."""
    stage.pass_time(timedelta(hours=23), "Not yet a day later")
    stage.quiet()
    expect(not stage.mails(email, "survey"), "the survey came too early")
    stage.pass_time(timedelta(hours=3), "A day later")
    stage.mail(email, "survey")
    stage.say("email", "And a day after the delivery, the survey.")
