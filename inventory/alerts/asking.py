"""Asking to be told when something is back, and what follows once a unit of it is kept for whoever asked.

Who asks is told about places that she can use alone: the store she named, or those that deliver for the channel in
which she asked; never about a sum over several of them.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from commerce.carts.models import Cart
from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.customers import consent, people
from commerce.customers.models import Consent, ContactPoint, Person
from commerce.links import links
from commerce.rest.problems import Problem
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.record import open_journey, record
from inventory import ledger
from inventory.alerts.happenings import AlertAsked, AlertOffered, AlertWithdrawn
from inventory.alerts.models import Alert
from inventory.availability import available
from inventory.models import Reservation
from inventory.places import serving
from inventory.reservations import StillThere, promise
from inventory.sourcing import CannotServe

Kind, Purpose, Status = ContactPoint.Kind, Consent.Purpose, Alert.Status
CHANNEL_OF = {Kind.EMAIL: "email", Kind.PHONE: "sms"}
LINK = "back_in_stock"
MOST = 20


class TooManyAlerts(Problem):
    """One address waits for so many things, and not more."""

    code = "too_many_alerts"


class AlertEnded(Problem):
    """She was told already, or does not want to be told."""

    code = "alert_ended"


@transaction.atomic
def ask(
    variant: Variant,
    *,
    location: Location | None,
    sales_channel: SalesChannel,
    point: ContactPoint,
    method: str,
    by: Actor,
    channel: str,
    at: datetime,
) -> Alert:
    """Tell her once, by this address, when one unit can be had: at a store, or brought home where none is named.

    That she asks is her consent to this one use of the address, and is kept as that. Asked twice, it is asked once.
    Raises CannotServe, StillThere, TooManyAlerts.
    """
    places = usable(sales_channel, location)
    ledger.lock((variant.pk, place) for place in places)
    free = available([variant.pk], locations=places, at=at)
    if any(free[variant.pk, place] for place in places):
        raise StillThere("this can be had at once", available=max(free.values()))
    wish = Alert(
        variant=variant,
        location=location,
        sales_channel=sales_channel,
        person_id=point.person.root_pk,
        contact_point=point,
        contact_channel=CHANNEL_OF[Kind(point.kind)],
        asked_at=at,
    )
    of_hers = Alert.objects.filter(contact_point=point, status=Status.WAITING)
    known = of_hers.filter(variant=variant, sales_channel=sales_channel, location=location).first()
    if known is None and of_hers.count() >= MOST:
        raise TooManyAlerts(f"one address waits for at most {MOST} things", limit=MOST)
    wish.journey = known.journey if known else open_journey(at=at)
    agree(wish, method=method, by=by, channel=channel, at=at)
    if known:
        return known
    wish.save()
    record(wish.journey_id, AlertAsked(*facts(wish)), by=by, channel=channel, at=at)
    return wish


def usable(sales_channel: SalesChannel, location: Location | None) -> Sequence[int]:
    """The places from which she could have it; raises CannotServe where a store does not serve this sales channel."""
    places = serving(sales_channel)
    if location is None:
        return list(places.values_list("pk", flat=True))
    if not (location.offers_pickup and places.filter(pk=location.pk).exists()):
        raise CannotServe("nothing can be collected at this store")
    return [location.pk]


def agree(wish: Alert, *, method: str, by: Actor, channel: str, at: datetime) -> None:
    """Keep her consent to be told by this address, if it does not stand already."""
    point, purpose = wish.contact_point, Purpose.RESTOCK
    if not consent.granted(point.person, wish.contact_channel, purpose, contact_point=point):
        consent.choose(
            point,
            contact_channel=wish.contact_channel,
            purpose=purpose,
            granted=True,
            method=method,
            journey=wish.journey,
            by=by,
            channel=channel,
            at=at,
        )


def address(person: Person | None, *, email: str = "", phone: str = "", language: str, at: datetime) -> ContactPoint:
    """By which address somebody is told: the one she gave, or, if she has logged in, one of hers.

    Raises NotAnAddress, NoAddressForChannel.
    """
    kind, value = (Kind.EMAIL, email) if email else (Kind.PHONE, phone)
    if person is None:
        person = people.guest(email=email, phone="" if email else phone, language=language, at=at)
    elif not value:
        return consent.address_for(person, CHANNEL_OF[Kind.EMAIL])
    return people.contact_point(person, kind, value, at=at)


@transaction.atomic
def withdraw(alert: Alert, *, by: Actor, channel: str, at: datetime) -> Alert:
    """She does not want to be told any more; raises AlertEnded."""
    if not Alert.objects.filter(pk=alert.pk, status=Status.WAITING).update(status=Status.WITHDRAWN, ended_at=at):
        raise AlertEnded("this was told already, or is not wanted any more")
    alert.status, alert.ended_at = Status.WITHDRAWN, at
    record(alert.journey_id, AlertWithdrawn(*facts(alert)), by=by, channel=channel, at=at)
    return alert


def tell(task: Task, *, at: datetime) -> None:
    """A unit is kept for her: write it on her timeline, from which the message follows."""
    alert = Alert.objects.select_related("reservation__stock").get(public_id=task.key)
    kept = alert.reservation
    if kept is None or kept.status != Reservation.Status.KEPT or kept.expires_at is None:
        return
    promise(kept, by=SYSTEM, channel=kept.channel, at=at)
    until = kept.expires_at.isoformat()
    told = AlertOffered(alert.public_id, alert.variant_id, kept.stock.location_id, kept.public_id, until)
    record(alert.journey_id, told, by=SYSTEM, channel=kept.channel, at=at)


def link_to(alert: Alert, *, at: datetime) -> str:
    """The secret of the page on which she takes what is kept for her."""
    until = alert.reservation.expires_at if alert.reservation else None
    return links.create(LINK, alert.public_id, lasts=(until or at) - at, at=at)


def kept_for(secret: str, *, at: datetime) -> Reservation:
    """What is kept for whoever holds a link; raises LinkNotFound, LinkExpired, AlertEnded."""
    alert = Alert.objects.select_related("reservation__stock__variant__product", "reservation__stock__location").get(
        public_id=links.find(LINK, secret, at=at).subject
    )
    if alert.reservation is None or alert.reservation.status != Reservation.Status.KEPT:
        raise AlertEnded("this is not kept any more")
    return alert.reservation


def give_to(cart: Cart, kept: Reservation) -> None:
    """The unit is kept for this cart from now on: its checkout takes it when nothing else is left."""
    try:
        with transaction.atomic():
            Reservation.objects.filter(pk=kept.pk, cart=None, status=Reservation.Status.KEPT).update(cart=cart)
    except IntegrityError:  # this cart has one of them kept already
        return


def facts(alert: Alert) -> tuple[str, int, int | None]:
    """What every entry says of it."""
    return alert.public_id, alert.variant_id, alert.location_id
