"""Random lives of orders, their changes, returns and cases, through the real use cases: what happens to real people.

A life is a function of its seed. What a rule forbids is refused, and life goes on; time passes between the steps, so
that clocks run out, and workers come late.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from commerce.channels.models import SalesChannel
from commerce.customers.models import ContactPoint, Person
from commerce.promises import watching
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.models import Task
from commerce.timeline.tasks import run_due
from notifications.conversations.replying import reply_about
from orders import cancel, checkout, pickups, refunding, shipments
from orders.cases import opening, swapping, working
from orders.cases.models import Case, Kind
from orders.changes import addressing, editing, holding
from orders.drafting import Terms
from orders.models import Fulfillment, Order, OrderHold
from orders.returns import receiving, settling, starting, undoing
from orders.returns.models import Return, ReturnLine
from orders.returns.starting import Back
from tests.factories import MONDAY, numbers, person
from tests.orders.shop import Shop, home

STEPS = 18
PAUSES = (timedelta(), timedelta(minutes=1), timedelta(minutes=20), timedelta(hours=3), timedelta(days=1))
FOLLOWS_WITHIN = timedelta(days=20)


@dataclass
class Life:
    """One person, what she bought, and the instant it is."""

    dice: random.Random
    shop: Shop
    her: Person
    order: Order
    at: datetime = MONDAY
    refused: list[str] = field(default_factory=list)

    @property
    def stamp(self) -> dict[str, Any]:
        """Who, where and when: she herself, the desk, or a clerk."""
        who = self.dice.choice((Actor("person", self.her.public_id), Actor("staff", "7")))
        return {"by": who, "channel": self.dice.choice(("web", "call_center", "store")), "at": self.at}

    def parts(self) -> list[Fulfillment]:
        """The parts of her order."""
        return list(Fulfillment.objects.filter(order=self.order).select_related("order").order_by("pk"))

    def part(self) -> Fulfillment:
        """One of them."""
        return self.dice.choice(self.parts())

    def returned(self) -> Return | None:
        """One of her returns, the newest likelier."""
        made = list(Return.objects.filter(order=self.order).order_by("pk"))
        return self.dice.choice(made[-2:]) if made else None

    def case(self) -> Case | None:
        """One of her cases."""
        opened = list(Case.objects.filter(person=self.her).order_by("pk"))
        return self.dice.choice(opened) if opened else None


def live(shop: Shop, seed: str) -> Life:
    """Live one life to its end, and let everything follow that follows from it."""
    dice = random.Random(seed)
    life = born(dice, shop)
    deeds = dice.choice(PLOTS)
    for _ in range(STEPS):
        step = dice.choice(deeds)
        try:
            step(life)
        except Problem as problem:
            life.refused.append(problem.code)
        life.at += dice.choice(PAUSES)
        if dice.random() < 0.7:  # else the workers are late
            run_due(at=life.at)
            watching.watch(at=life.at)
    life.at += FOLLOWS_WITHIN
    for _ in range(3):
        run_due(at=life.at)
    return life


def born(dice: random.Random, shop: Shop) -> Life:
    """Somebody with addresses that we may use or not, and a preference or none, who buys one to three mugs."""
    number = next(numbers)
    phone = f"+346{number:08d}" if dice.random() < 0.6 else None
    email = f"life{number}@example.com" if phone is None or dice.random() < 0.8 else None
    her = person(
        "Lucía",
        email=email,
        phone=phone,
        preferred_contact_channel=dice.choice(("", "", "email", "sms", "whatsapp")),
        language=dice.choice(("es", "en")),
    )
    quantity, is_sent = dice.randint(1, 3), dice.random() < 0.6
    terms = Terms(
        expected_total=1250 * quantity,
        pickup_at=None if is_sent else shop.store,
        deliver_to=home() if is_sent else None,
        name="Lucía Ramos",
        **({"call_me": True} if dice.random() < 0.1 and phone else {}),
    )
    cart = shop.cart(quantity, person=her)
    order = checkout.buy(cart, terms=terms, tender="manual", by=Actor("visitor"), channel="web", at=MONDAY)
    if dice.random() < 0.1:  # the addresses turned out to be nobody's: nothing reaches her
        ContactPoint.objects.filter(person=her).update(verified_at=None, verified_how="")
        Order.objects.filter(pk=order.pk).update(email=None, phone=None)
        order.refresh_from_db()
    return Life(dice, shop, her, order)


# her order


def changes(life: Life) -> None:
    """Other units."""
    units = {life.shop.mug.pk: life.dice.randint(0, 4)}
    seen = editing.preview(life.order, units, **life.stamp)
    editing.edit(life.order, units, expected_total=seen.total, tender="cash", **life.stamp)


def moves_house(life: Life) -> None:
    """Another address."""
    addressing.change_address(life.order, address=home(), **life.stamp)


def is_held(life: Life) -> None:
    """Held back, with an end that may pass."""
    kind, due_at = life.dice.choice(OrderHold.Kind.values), life.at + timedelta(hours=life.dice.randint(1, 30))
    holding.put_on_hold(life.order, kind=kind, owner="staff:7", due_at=due_at, **life.stamp)


def is_let_go(life: Life) -> None:
    """Decided."""
    for hold in OrderHold.objects.filter(order=life.order, released_at=None).order_by("pk"):
        holding.release(life.order, kind=hold.kind, **life.stamp)


def is_canceled(life: Life) -> None:
    """Does not want it, or is not to have it."""
    if life.dice.random() < 0.4:
        cancel.cancel(life.order, **life.stamp)


def is_given_something_back(life: Life) -> None:
    """Some of her money, as a kindness."""
    refunding.refund(life.order, amount=100, reason="goodwill", role="back_office", **life.stamp)


def is_prepared(life: Life) -> None:
    """A step further with a part, as its kind takes it."""
    part = life.part()
    if part.kind == Fulfillment.Kind.PICKUP:
        if part.status == Fulfillment.Status.READY:
            pickups.collect(part, code=part.pickup_code, **life.stamp)
        else:
            pickups.mark_ready(part, **life.stamp)
        return
    if part.status in (Fulfillment.Status.ALLOCATED, Fulfillment.Status.PICKING):
        shipments.hand_over(part, carrier="veloz", tracking_number=f"L{part.pk}", **life.stamp)
        return
    news = life.dice.choice(("out_for_delivery", "delivered", "delivered", "failed", "returned_to_sender"))
    if part.tracking_number:
        by = {"by": Actor("provider", "carrier"), "at": life.at}
        shipments.carrier_event(part.tracking_number, news, occurred_at=life.at, **by)


# what comes back


def brings_back(life: Life) -> None:
    """Says what comes back, in one go."""
    line = life.dice.choice(list(life.order.lines.filter(variant__isnull=False).order_by("ordinal")))
    starting.announce(
        life.order,
        back=[Back(line.public_id, 1, life.dice.choice(ReturnLine.Reason.values))],
        way=(way := life.dice.choice(Return.Way.values)),
        outcome=life.dice.choice(Return.Outcome.values),
        location=life.shop.store if way == Return.Way.STORE else None,
        sales_channel=SalesChannel.objects.get(code="web"),
        **life.stamp,
    )


def goes_on_with_it(life: Life) -> None:
    """The next step of a return, or the last one undone."""
    if (returned := life.returned()) is None:
        return
    if life.dice.random() < 0.2:
        undoing.undo(returned, **life.stamp)
        return
    match returned.status:
        case Return.Status.REQUESTED:
            receiving.receive(returned, location=life.shop.store, **life.stamp)
        case Return.Status.RECEIVED:
            condition = life.dice.choice(ReturnLine.Condition.values)
            lines = returned.lines.filter(variant__isnull=False)
            found = [receiving.Found(line.ordinal, line.quantity, condition) for line in lines]
            receiving.inspect(returned, found=found, **life.stamp)
        case Return.Status.INSPECTED:
            settling.settle(returned, tender="cash", **life.stamp)


# what went wrong


def complains(life: Life) -> None:
    """Tells us of something, about the order or about nothing that we know."""
    opening.open_case(
        life.dice.choice(Kind.values),
        person=life.her,
        order=life.order if life.dice.random() < 0.8 else None,
        request="Llegó rota",
        **life.stamp,
    )


def is_helped(life: Life) -> None:
    """Something is done about her case."""
    if (case := life.case()) is None:
        return
    stamp, ordinal = life.stamp, life.dice.randint(1, 5)
    deed: Callable[[], object] = life.dice.choice(
        (
            lambda: working.settle_step(case, ordinal, status=life.dice.choice(("done", "skipped")), **stamp),
            lambda: working.settle_step(case, ordinal, **stamp),
            lambda: working.move_step(case, ordinal, due_at=life.at + timedelta(days=2), **stamp),
            lambda: working.hand_over(case, to="store", reason="Está más cerca", **stamp),
            lambda: reply_about(case, text="Ya está en marcha", by=stamp["by"], at=life.at),
            lambda: working.heard(case, at=life.at),
            lambda: working.close(case, outcome=life.dice.choice(Case.Outcome.values), **stamp),
            lambda: working.reopen(case, **stamp),
            lambda: swapping.agree(case, lines=[(line.public_id, 1) for line in swapping.swappable(case)], **stamp),
        )
    )
    deed()


ANYTHING = (
    changes,
    moves_house,
    is_held,
    is_let_go,
    is_canceled,
    is_given_something_back,
    is_prepared,
    brings_back,
    complains,
    is_helped,
)
PLOTS = (
    (*ANYTHING, *(goes_on_with_it,) * 3, *(is_helped,) * 4),
    (changes, changes, moves_house, is_held, is_let_go, is_let_go, is_canceled, is_prepared, complains),
    (is_prepared, is_prepared, is_prepared, brings_back, *(goes_on_with_it,) * 5),
    (is_prepared, is_prepared, complains, *(is_helped,) * 9, brings_back, goes_on_with_it),
)
"""What a life is mostly about: anything at all, an order that changes, goods that come back, a case."""


def unfinished(life: Life) -> list[str]:
    """Tasks that should have run by the end and did not, or failed."""
    due = Task.objects.filter(status=Task.Status.PENDING, due_at__lte=life.at)
    given_up = Task.objects.filter(status=Task.Status.GIVEN_UP)
    return [f"{task.handler}: {task.last_error or 'still waits'}" for task in (due | given_up).order_by("pk")]
