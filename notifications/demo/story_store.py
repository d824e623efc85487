"""What must not happen: she fills a cart on the web, buys in the shop meanwhile, and so no reminder ever leaves."""

from datetime import timedelta
from typing import Any

from notifications.demo.stage import Caller, Stage, expect
from notifications.demo.story_1 import STORE, euros

SKU = "VAJ-0001-VSAL"


def play(stage: Stage, *, given_name: str, family_name: str, email: str, phone: str) -> str:
    """Play it with this person; returns the public id of the order made in the store. Raises StoryBroken."""
    stage.begin_on_a_working_afternoon()
    clerk = stage.staff("tienda-centro")
    browser = stage.shopper()
    stage.sign_in(
        browser, email=email, given_name=given_name, family_name=family_name, consents=[("email", "reminder")]
    )
    browser.send("POST", "/api/v1/carts/", {"lines": [{"sku": SKU, "quantity": 1}]}, expect=201)
    stage.say("web", f"{given_name} puts a mug in her cart on the web. She has agreed to reminders.")
    stage.minutes(40)
    order = buys_in_the_store(stage, clerk, email=email, name=f"{given_name} {family_name}")
    stage.pass_time(timedelta(hours=5), "Five hours go by")
    stage.quiet()
    expect(not stage.mails(email, "cart_reminder"), "she was reminded of what she had bought in the store")
    stage.say("email", "No reminder: she has it already.")
    return str(order["id"])


def buys_in_the_store(stage: Stage, clerk: Caller, *, email: str, name: str) -> dict[str, Any]:
    """She passes by the store, buys the mug there and gives her email for the receipt."""
    cart = clerk.send("POST", "/api/v1/carts/", {"lines": [{"sku": SKU, "quantity": 1}]}, expect=201)
    order = clerk.send(
        "POST",
        f"/api/v1/carts/{cart['id']}/checkout/",
        {
            "expected_total": cart["total"],
            "pickup_location": STORE,
            "email": email,
            "name": name,
            "tender": "manual",
        },
        expect=201,
    )
    [hers] = [f for f in clerk.get("/api/v1/fulfillments/", location=STORE)["results"] if f["order"] == order["number"]]
    door = f"/api/v1/fulfillments/{hers['id']}"
    clerk.send("POST", f"{door}/pick/")
    clerk.send("POST", f"{door}/ready/")
    clerk.send("POST", f"{door}/collect/", {"order_number": order["number"], "name": name})
    stage.say("store", f"Passing by the store she buys it there, {euros(order)}, and takes it along.")
    return dict(order)
