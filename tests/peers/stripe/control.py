"""/_control/…: what tests and the demo ask of the stand-in that Stripe itself has no address for."""

import time
from dataclasses import replace
from typing import Any, Protocol

from tests.peers.stripe import checkouts, payments, refunds
from tests.peers.stripe.courier import Courier
from tests.peers.stripe.errors import invalid
from tests.peers.stripe.faults import Fault, Faults
from tests.peers.stripe.store import Store


class Parts(Protocol):
    """What the server is made of."""

    store: Store
    courier: Courier
    faults: Faults


def sweep(store: Store) -> None:
    """Let time do its work: old pages close, old authorizations lapse."""
    checkouts.expire_old(store)
    payments.expire_authorizations(store)


def answer(parts: Parts, path: tuple[str, ...], fields: dict[str, Any]) -> Any:
    """One control; the body is JSON. Raises Refusal."""
    store, courier = parts.store, parts.courier
    match path:
        case ("clock",):  # {"ahead": seconds}
            store.ahead = float(fields["ahead"])
            sweep(store)
            return {"now": store.now()}
        case ("endpoints",):  # {"url": …, "secrets": […]}
            courier.endpoints = [*courier.endpoints, (fields["url"], tuple(fields["secrets"]))]
            return {"endpoints": [url for url, _ in courier.endpoints]}
        case ("manners",):  # any of Manners
            courier.behave(replace(courier.manners, **fields))
            return {}
        case ("release",):  # {"shuffled": bool}
            return {"released": courier.release(**fields)}
        case ("idle",):  # waits until every event has arrived
            return {"idle": wait_until_idle(courier, seconds=float(fields.get("seconds", 10)))}
        case ("faults",):  # a Fault
            parts.faults.add(Fault(**fields))
            return {}
        case ("faults", "clear"):
            parts.faults.clear()
            return {}
        case ("pay", session):  # {"card": "visa"}
            return checkouts.pay(store, store.get("checkout.session", session), fields.get("card", "visa"))
        case ("transfer", session):  # {"succeeded": bool}
            found = store.get("checkout.session", session)
            return checkouts.transfer_arrived(store, found, succeeded=fields["succeeded"])
        case ("disputes",):
            return refunds.dispute(store, fields)
        case ("disputes", identifier, "decide"):  # {"won": bool}
            return refunds.decide(store, store.get("dispute", identifier), won=fields["won"])
        case ("refunds", identifier, "fail"):
            return refunds.fail(store, store.get("refund", identifier))
        case ("tell", identifier):  # {"kind": …, "type": …}: a second event for the same fact, under a new id
            return store.tell(fields["type"], store.get(fields["kind"], identifier))
        case ("log",):
            return {"deliveries": list(courier.log)}
    raise invalid("No such control.", status=404)


def wait_until_idle(courier: Courier, *, seconds: float) -> bool:
    """Whether everything was delivered within a time."""
    deadline = time.monotonic() + seconds
    while not courier.idle():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
