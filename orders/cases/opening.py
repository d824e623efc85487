"""Opening a case: told once, in any channel, with a key given at once."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from commerce.card_numbers import hide
from commerce.channels.models import Location
from commerce.customers.models import ContactPoint, Person
from commerce.customers.people import people_of, root_of
from commerce.ids import spoken_code
from commerce.rest.problems import Problem
from commerce.timeline import tasks
from commerce.timeline.actors import Actor
from commerce.timeline.models import Journey
from commerce.timeline.record import open_journey, record
from orders import moves
from orders.cases import promised
from orders.cases.clocks import after_business_hours, after_working_days
from orders.cases.happenings import CaseOpened
from orders.cases.models import Case, CaseStep
from orders.cases.playbooks import playbook_of
from orders.models import Order

KEY_LENGTH = 8
CHECK = "orders.cases.clocks_missed.check"


class CaseIsOpen(Problem):
    """There is a case of this kind about this order already; `key` says which."""

    code = "case_is_open"


class NotHerOrder(Problem):
    """The order is somebody else's."""

    code = "not_her_order"
    status = 404


@transaction.atomic
def open_case(
    kind: str,
    *,
    person: Person,
    order: Order | None = None,
    request: str = "",
    photos: Sequence[int] = (),
    contact_point: ContactPoint | None = None,
    journey: Journey | None = None,
    anyway: bool = False,
    cause: int | None = None,
    by: Actor,
    channel: str,
    at: datetime,
) -> Case:
    """Write down what went wrong, with every step of its playbook and when each is due.

    It stands on the order's journey, else on the one given, else on its own. A second one of the same kind about the
    same order is opened only `anyway`, by explicit choice; else raises CaseIsOpen. Raises NotHerOrder.
    """
    person = root_of(person)
    if order is not None:
        order = moves.lock(order)
        refuse_strangers_and_seconds(order, person, kind=kind, anyway=anyway)
    place = place_of(order)
    playbook = playbook_of(kind)
    steps = list(playbook.steps.all())
    case = Case.objects.create(
        key=spoken_code(KEY_LENGTH),
        kind=kind,
        person=person,
        order=order,
        journey=order.journey if order else journey or open_journey(at=at),
        location=place,
        contact_point=contact_point or (order.email or order.phone if order else None),
        opened_in=channel,
        request=hide(request.strip()),
        team=steps[0].team if steps else Case._meta.get_field("team").default,
        opened_at=at,
        first_answer_due=after_business_hours(place, playbook.first_answer_hours, at=at),
        resolve_due=after_business_hours(place, max((step.hours for step in steps), default=40), at=at),
        reply_due=after_working_days(playbook.reply_days, country=person.country, zone=person.timezone, at=at),
    )
    case.photos.set(photos)
    planned = CaseStep.objects.bulk_create(
        CaseStep(
            case=case,
            ordinal=step.ordinal,
            title_es=step.title_es,
            title_en=step.title_en,
            team=step.team,
            is_told=step.is_told,
            due_at=after_business_hours(place, step.hours, at=at),
        )
        for step in steps
    )
    promised.give(case, planned, by=by, channel=channel, at=at)
    for clock in ("first_answer_due", "resolve_due", "reply_due"):
        watch(case, clock)
    opened = CaseOpened(case.public_id, case.key, kind, order.public_id if order else "")
    record(case.journey, opened, by=by, channel=channel, at=at, cause=cause)
    return case


def refuse_strangers_and_seconds(order: Order, person: Person, *, kind: str, anyway: bool) -> None:
    """Raises NotHerOrder for another person's order, CaseIsOpen if the same was told before."""
    if order.person_id is None or not people_of(person).filter(pk=order.person_id).exists():
        raise NotHerOrder("there is no such order of hers")
    standing = order.cases.filter(kind=kind, status=Case.Status.OPEN).order_by("pk").first()
    if standing and not anyway:
        raise CaseIsOpen("this was told already, and is being worked on", key=standing.key, case=standing.public_id)


def place_of(order: Order | None) -> Location | None:
    """The place whose people deal with an order: where it was sold or is collected, else where it left from."""
    if order is None:
        return None
    if order.location or order.pickup_at:
        return order.location or order.pickup_at
    part = order.fulfillments.select_related("location").order_by("pk").first()
    return part.location if part else None


def watch(case: Case, clock: str) -> None:
    """Look at a case when one of its clocks has run out."""
    tasks.schedule(
        CHECK,
        key=f"case-{case.pk}-{clock}",
        due_at=getattr(case, clock),
        journey=case.journey,
        data={"case": case.pk, "clock": clock},
    )
