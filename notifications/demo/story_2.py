"""Story 2: sold out in the store, paid at its till, promised from the warehouse, called when it is here.

The second of the worked examples that the product was asked for with. Nothing of it is anywhere when she buys it; the
warehouse expects one, which is put off once, so that she hears of it before the day she was told.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from commerce import clock
from notifications.demo.outside import carrier_event
from notifications.demo.stage import MADRID, Caller, Stage, StoryBroken, eventually, expect, find
from notifications.demo.story_1 import euros

SKU = "BAN-0091-AZAHAR"
WAREHOUSE = "ALM-GETAFE"
HOME = {"street": "Calle de la Palma, 14", "postal_code": "28004", "city": "Madrid"}
CAP = "20"


def play(stage: Stage, *, given_name: str, family_name: str, email: str, phone: str) -> str:
    """Play it with this person; returns the order's public id. Raises StoryBroken at the step that went wrong."""
    stage.begin_on_a_working_afternoon()
    clerk, warehouse = stage.staff("tienda-centro"), stage.staff("almacen")
    reference = expects_one(stage, warehouse)
    name = f"{given_name} {family_name}"
    order = buys_at_the_till(stage, clerk, name=name, email=email, phone=phone)
    is_put_off(stage, warehouse, reference=reference, email=email)
    part = is_here(stage, warehouse, order=order, reference=reference, phone=phone)
    slot = agrees_on_a_window(stage, warehouse, part=part, phone=phone)
    parcel = leaves(stage, warehouse, part=part, order=order, slot=slot, phone=phone)
    arrives(stage, parcel=parcel, phone=phone)
    is_asked(stage, email=email)
    return str(order["id"])


def expects_one(stage: Stage, warehouse: Caller) -> str:
    """The back office sells it before it is here, and opens windows; the warehouse expects one in three days."""
    office = stage.post_room
    shelves = office.get("/admin/inventory/stock/", q=SKU)
    shelf = shelf_of(office, shelves)
    office.fill_in(f"/admin/inventory/stock/{shelf}/change/", buffer="0", backorder_cap=CAP)
    if "propio" not in office.get("/admin/delivery/method/"):
        office.fill_in("/admin/delivery/zone/add/", code="madrid", name="Madrid", country="ES", prefixes='["28"]')
        office.fill_in(
            "/admin/delivery/method/add/",
            code="propio",
            name="Reparto con cita",
            carrier="veloz",
            days="1",
            cutoff="14:00",
            has_slots="on",
            is_active="on",
        )
    reference = f"PO-{clock.now():%y%m%d%H%M%S}"
    expected_at = clock.now() + timedelta(days=3)
    tells(warehouse, reference, expected_at=expected_at)
    stage.say("store", "None of them is anywhere. The warehouse expects one in three days.")
    return reference


def shelf_of(office: Caller, shelves: str) -> str:
    """The warehouse's shelf among those that the back office's list shows."""
    for number in dict.fromkeys(re.findall(r"/admin/inventory/stock/(\d+)/change/", shelves)):
        if "Getafe" in office.get(f"/admin/inventory/stock/{number}/change/"):
            return number
    raise StoryBroken("the back office does not find the warehouse's shelf")


def tells(warehouse: Caller, reference: str, *, expected_at: datetime) -> None:
    """When the goods of a purchase order are expected."""
    lines = [{"sku": SKU, "quantity": 1}]
    body = {"location": WAREHOUSE, "reference": reference, "expected_at": expected_at.isoformat(), "lines": lines}
    warehouse.send("POST", "/api/v1/stock/expected/", body, expect=201)


def buys_at_the_till(stage: Stage, clerk: Caller, *, name: str, email: str, phone: str) -> dict[str, Any]:
    """The shelf is empty: she pays at the till and has it brought home, when it is here and after a call."""
    cart = clerk.send("POST", "/api/v1/carts/", {"lines": [{"sku": SKU, "quantity": 1}]}, expect=201)
    ways = clerk.get(f"/api/v1/carts/{cart['id']}/checkout/")
    [wait] = ways["waits"]
    expect(wait["can_wait"] and wait["position"] == 1, f"the clerk is told another place in line: {wait}")
    stage.say(
        "store",
        f"Sold out; the clerk can tell her: number {wait['position']} in line, here on {day(wait['expected_at'])}.",
    )
    order = clerk.send(
        "POST",
        f"/api/v1/carts/{cart['id']}/checkout/",
        {
            "expected_total": ways["delivery"]["total"],
            "address": HOME | {"recipient": name},
            "name": name,
            "email": email,
            "phone": phone,
            "tender": "cash",
            "may_wait": True,
            "call_me": True,
        },
        expect=201,
    )
    [part] = order["fulfillments"]
    expect(part["status"] == "backordered", f"her order is {part['status']}")
    expect(order["payment_status"] == "captured", "she paid, and it is not paid")
    stage.say("store", f"She pays {euros(order)} at the till, to be brought home: order {order['number']}.")
    stage.mail(email, "order_confirmation")
    return dict(order)


def is_put_off(stage: Stage, warehouse: Caller, *, reference: str, email: str) -> None:
    """The supplier is late: before the day that she was told is over, she hears of the new one, once."""
    stage.pass_time(timedelta(days=1), "A day later")
    tells(warehouse, reference, expected_at=clock.now() + timedelta(days=4))
    stage.say("store", "The supplier puts it off by two days.")
    told = eventually(
        lambda: next(iter(stage.mails(email, "promise_endangered")), None), "she was not told that it will be later", 60
    )
    stage.say("email", f"She is told before: “{told['title']}”.")


def is_here(stage: Stage, warehouse: Caller, *, order: dict[str, Any], reference: str, phone: str) -> str:
    """One unit comes, and is hers in the same moment; the warehouse has a call to make. Returns the part's id."""
    stage.pass_time(timedelta(days=2, hours=18), "Goods come in")
    warehouse.send(
        "POST",
        "/api/v1/stock/receipts/",
        {
            "location": WAREHOUSE,
            "reference": f"ALB-{reference}",
            "order": reference,
            "lines": [{"sku": SKU, "quantity": 1}],
        },
        expect=201,
    )
    call = eventually(
        lambda: next((c for c in warehouse.get("/api/v1/calls/")["results"] if c["order"] == order["number"]), None),
        "the warehouse has nobody to call",
    )
    expect(call["phone"] == phone, "the warehouse is to call another number")
    sms = stage.mail(phone, "arrived")
    stage.say("store", "The unit goes to the first in line, and a call stands on the warehouse's list.")
    stage.say("sms", f"“{sms['text']}”")
    return str(call["fulfillment"])


def agrees_on_a_window(stage: Stage, warehouse: Caller, *, part: str, phone: str) -> dict[str, Any]:
    """The warehouse calls, and they agree on the next day."""
    stage.minutes(50)
    tomorrow = clock.now().astimezone(MADRID) + timedelta(days=1)
    tomorrow += timedelta(days=tomorrow.weekday() == 6)
    opens_windows(stage, tomorrow)
    free = warehouse.get("/api/v1/delivery/slots/", postal_code=HOME["postal_code"])["results"]
    expect(free, "no window is free")
    slot = free[0]
    agreed = warehouse.send("POST", f"/api/v1/fulfillments/{part}/slot/", {"slot": slot["id"]})
    expect(agreed["slot"]["starts_at"] == slot["starts_at"], "another window stands with her order")
    expect(not warehouse.get("/api/v1/calls/")["results"], "the call still stands on the list")
    stage.say("voice", f"The warehouse calls: they agree on {day(slot['starts_at'])}, {hour(slot['starts_at'])}.")
    return dict(slot)


def opens_windows(stage: Stage, when: datetime) -> None:
    """The back office opens the windows of a day."""
    office = stage.post_room
    form = office.get("/admin/delivery/slot/add/")
    method = find(r'<option value="(\d+)"[^>]*>Reparto con cita</option>', form, "the method")
    zone = find(r'<option value="(\d+)"[^>]*>Madrid</option>', form, "the zone")
    start, end = when.replace(hour=10, minute=0), when.replace(hour=14, minute=0)
    fields: dict[str, Any] = {"method": method, "zone": zone, "capacity": "8"}
    for name, moment in (("starts_at", start), ("ends_at", end), ("cutoff_at", start - timedelta(hours=2))):
        utc = moment.replace(second=0, microsecond=0).astimezone(UTC)
        fields |= {f"{name}_0": f"{utc:%Y-%m-%d}", f"{name}_1": f"{utc:%H:%M:%S}"}
    office.fill_in("/admin/delivery/slot/add/", **fields)


def leaves(
    stage: Stage, warehouse: Caller, *, part: str, order: dict[str, Any], slot: dict[str, Any], phone: str
) -> str:
    """The morning of that day the carrier collects the parcel; she hears it by SMS. Returns the tracking number."""
    starts_at = datetime.fromisoformat(slot["starts_at"])
    stage.pass_time(starts_at - timedelta(hours=1) - clock.now(), "The next morning")
    tracking = f"VL{order['number']}"
    door = f"/api/v1/fulfillments/{part}"
    warehouse.send("POST", f"{door}/pick/")
    warehouse.send("POST", f"{door}/hand-over/", {"carrier": "veloz", "tracking_number": tracking})
    sms = stage.mail(phone, "shipped")
    stage.say("store", "The carrier collects the parcel.")
    stage.say("sms", f"“{sms['text']}”")
    return tracking


def arrives(stage: Stage, *, parcel: str, phone: str) -> None:
    """The carrier says when it will be there; half an hour before one WhatsApp, an SMS if it does not arrive."""
    expected_at = clock.now() + timedelta(minutes=100)
    stage.carrier(carrier_event(parcel, "out_for_delivery", expected_at=expected_at.isoformat()))
    stage.mail(phone, "out_for_delivery")
    stage.pass_time(timedelta(minutes=72), "Half an hour before")
    whatsapp = stage.mail(phone, "arriving")
    expect(whatsapp["contact_channel"] == "whatsapp", "she was not told by WhatsApp")
    stage.say("whatsapp", f"“{whatsapp['text']}”")
    stage.pass_time(timedelta(minutes=3), "No sign that it arrived")
    sms = stage.mail(phone, "arriving", after=1)
    expect(sms["contact_channel"] == "sms", "it was not said by SMS")
    stage.say("sms", "The same by SMS.")
    stage.pass_time(timedelta(minutes=24), "At the door")
    delivered = carrier_event(parcel, "delivered")
    stage.carrier(delivered)
    stage.carrier(delivered)
    stage.mail(phone, "delivered")
    stage.quiet()
    expect(len(stage.mails(phone, "delivered")) == 1, "the carrier said it twice, and so did we")
    expect(len(stage.mails(phone, "arriving")) == 2, "she was told more than once")


def is_asked(stage: Stage, *, email: str) -> None:
    """A day later she is asked by email, and answers."""
    stage.pass_time(timedelta(hours=25), "A day later")
    survey = stage.mail(email, "survey")
    link = find(r"(/s/[^/\s]+/)", survey["text"], "the link to the survey")
    stage.shopper().fill_in(link, score="10", comment="Me avisaron de todo.")
    stage.say("email", "She is asked how it was, and gives a ten.")


def day(instant: str) -> str:
    """A day as people in Madrid read it."""
    return f"{datetime.fromisoformat(instant).astimezone(MADRID):%A %d %B}"


def hour(instant: str) -> str:
    """An hour as people in Madrid read it."""
    return f"{datetime.fromisoformat(instant).astimezone(MADRID):%H:%M}"
