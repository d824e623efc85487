"""Gathering what a verdict looks at, under the locks that keep it true until the verdict is committed.

A reminder locks the carts of its journey (a guest may go on with a copy), then every person it may be about, then
their unfinished orders. The lock on a person needs no help from others: an order that names her takes a key-share lock
on her row by its foreign key, whatever channel it comes from, and FOR UPDATE excludes that. So a purchase is committed
before we look, or waits until we have claimed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global
from django.db import connection
from django.db.models import Max, Q, QuerySet

from commerce.carts.models import Cart as CartRow
from commerce.carts.models import CartLine as LineRow
from commerce.customers.consent import CARRIES
from commerce.customers.models import Consent, ContactPoint, LoginCode, Person
from commerce.customers.people import people_of, root_of
from commerce.promises.models import Promise
from inventory.alerts.models import Alert
from inventory.availability import available
from inventory.models import Reservation
from inventory.places import serving
from notifications import hours
from notifications.cases.joining import case_of
from notifications.models import Attempt, Conversation, ErasureRequest, Message, Survey
from notifications.purposes import CONSENT, LAW, PURPOSES, About, Kind, Purpose
from notifications.verdict import Address, Cart, CartLine, Contact, Facts
from orders.cases.models import Case
from orders.models import Fulfillment, Order, OrderLine, Payment
from orders.returns.models import Return

CAPS_LOOK_BACK = timedelta(days=8)

REACHED = (Attempt.Status.ACCEPTED, Attempt.Status.DELIVERED, Attempt.Status.READ, Attempt.Status.UNKNOWN)


@dataclass(frozen=True)
class Subject:
    """What a message is about, as it stands now. `addresses`: the only ones that may be used, or those given for it.

    `contact_channel`: the one over which she was told of it before.
    """

    state: str = ""
    cart: CartRow | None = None
    addresses: tuple[int, ...] = ()
    only_these: bool = False
    contact_channel: str = ""
    is_answered: bool = False


@dataclass(frozen=True)
class Her:
    """The people that are one person, with their addresses; `others` share an address of hers, as guests do."""

    people: tuple[int, ...]
    points: tuple[ContactPoint, ...]
    is_erased: bool
    others: tuple[int, ...] = ()


def gather(message: Message, *, at: datetime) -> Facts:
    """Lock and read everything the verdict on a message depends on; call it in the transaction that claims."""
    purpose = PURPOSES[message.purpose]
    person = root_of(message.person)
    subject = subject_of(message, purpose)
    her = who_is(person, locked=purpose.about is About.CART)
    return Facts(
        purpose=purpose,
        at=at,
        expires_at=message.expires_at,
        country=person.country,
        zones=zones_of(person),
        addresses=addresses_of(message, purpose, subject, her),
        is_erased=her.is_erased,
        subject_state=subject.state,
        cart=cart_facts(subject.cart, her, at=at) if subject.cart else None,
        is_answered=subject.is_answered,
        has_open_case=purpose.kind in LAW and has_open_case(message, purpose, her),
        may_be_in_case=purpose.kind == Kind.SURVEY and about_no_order(her.people).exists(),
        last_talk_at=last_talk_of(her) if purpose.kind in LAW else None,
        preferred_contact_channel=subject.contact_channel or person.preferred_contact_channel,
        preferred_hours=hours_of(person),
        contacts=contacts_of(her, at=at) if purpose.kind in LAW else (),
    )


def subject_of(message: Message, purpose: Purpose) -> Subject:
    """What the message is about, locked; a Subject without state if it is gone."""
    match purpose.about:
        case About.LOGIN:
            login_code = LoginCode.objects.filter(public_id=message.subject).first()
            if login_code is None:
                return Subject()
            state = "used" if login_code.used_at else "live"
            return Subject(state=state, addresses=(login_code.contact_point_id,), only_these=True)
        case About.CONVERSATION:
            point = Conversation.objects.values_list("contact_point", flat=True).get(public_id=message.subject)
            return Subject(addresses=(point,), only_these=True)
        case About.CART:
            cart = cart_of(message.subject)
            return Subject(state=cart.status if cart else "", cart=cart)
        case About.ORDER:
            order = Order.objects.select_for_update(no_key=True).filter(public_id=message.subject).first()
            if order is None:
                return Subject()
            answered = message.purpose == "survey" and Survey.objects.filter(order=order, score__isnull=False).exists()
            return Subject(state=order.status, addresses=given_for(order), is_answered=answered)
        case About.FULFILLMENT:
            fulfillment = (
                Fulfillment.objects.select_for_update(no_key=True, of=("self",))
                .select_related("order")
                .filter(public_id=message.subject)
                .first()
            )
            if fulfillment is None:
                return Subject()
            return Subject(state=fulfillment.status, addresses=given_for(fulfillment.order))
        case About.PAYMENT:
            payment = Payment.objects.select_related("order").filter(public_id=message.subject).first()
            return Subject(state=payment.status, addresses=given_for(payment.order)) if payment else Subject()
        case About.PROMISE:
            promise = Promise.objects.select_for_update(no_key=True).filter(public_id=message.subject).first()
            if promise is None:
                return Subject()
            told_at = promise.contact_point_id
            is_well = promise.status == Promise.Status.OPEN and not promise.danger and promise.expected_at is None
            state = "well" if is_well else promise.status
            return Subject(state, addresses=(told_at,) if told_at else (), contact_channel=promise.contact_channel)
        case About.RETURN:
            back = Return.objects.select_for_update(no_key=True, of=("self",)).select_related("order")
            returned = back.filter(public_id=message.subject).first()
            if returned is None:
                return Subject()
            return Subject(state=returned.status, addresses=given_for(returned.order) if returned.order else ())
        case About.CASE:
            case = Case.objects.select_for_update(no_key=True).filter(public_id=message.subject).first()
            points = (case.contact_point_id,) if case and case.contact_point_id else ()
            asks = case is not None and message.purpose == "case_survey"
            answered = asks and Survey.objects.filter(case=case, score__isnull=False).exists()
            return Subject(state=case.status if case else "", addresses=points, is_answered=answered)
        case About.CHAT:
            talk = Conversation.objects.get(public_id=message.subject)
            told_in = case_of(talk)
            points = (told_in.contact_point_id,) if told_in and told_in.contact_point_id else ()
            is_read = talk.seen_turn >= message.facts["turn"]
            return Subject(state="read" if is_read else "unread", addresses=points)
        case About.RESERVATION:
            reservation = Reservation.objects.select_for_update(no_key=True).filter(public_id=message.subject).first()
            return Subject(state=reservation.status if reservation else "")
        case About.ALERT:
            alert = Alert.objects.select_related("reservation").filter(public_id=message.subject).first()
            if alert is None or alert.reservation is None:
                return Subject()
            state, point = alert.reservation.status, alert.contact_point_id
            return Subject(state, addresses=(point,), only_these=True, contact_channel=alert.contact_channel)
        case About.ERASURE:
            asked = ErasureRequest.objects.filter(public_id=message.subject).first()
            return Subject(state=asked.status if asked else "")
    raise ValueError(f"{message.purpose} is about nothing we know")


def cart_of(public_id: str) -> CartRow | None:
    """A cart, locked with the others of its journey in the order of their keys, as checkouts do."""
    same_journey = CartRow.objects.filter(journey__carts__public_id=public_id).order_by("pk")
    carts = same_journey.select_for_update(no_key=True, of=("self",)).select_related("sales_channel")
    return next((cart for cart in carts if cart.public_id == public_id), None)


def given_for(order: Order) -> tuple[int, ...]:
    """The addresses she gave with an order; they may be used for it though nobody has verified them."""
    return tuple(point for point in (order.email_id, order.phone_id) if point is not None)


def who_is(person: Person, *, locked: bool) -> Her:
    """The people merged into one, and their addresses; locked against every purchase that names one of them."""
    known = dict(people_of(person).values_list("pk", "erased_at"))
    points = tuple(ContactPoint.objects.filter(person__in=known).order_by("-verified_at", "-pk"))
    her = Her(tuple(known), points, is_erased=any(known.values()))
    if not locked:
        return her
    same = ContactPoint.objects.filter(kind__in={p.kind for p in points}, value__in={p.value for p in points})
    everybody = Person.objects.filter(Q(pk__in=known) | Q(pk__in=same.values("person"))).order_by("pk")
    with connection.cursor() as cursor:
        # A log-in may hold her row while it waits for her cart, which we hold: then we are the ones who try again.
        cursor.execute("SET LOCAL lock_timeout = '500ms'")
    pks = set(everybody.select_for_update().values_list("pk", flat=True))
    return replace(her, others=tuple(pks - set(known)))


def addresses_of(message: Message, purpose: Purpose, subject: Subject, her: Her) -> tuple[Address, ...]:
    """Her addresses for a purpose, those given with its subject first, with her latest choice for each."""
    if subject.only_these:
        points = list(ContactPoint.objects.filter(pk__in=subject.addresses))
    else:
        given = ContactPoint.objects.filter(pk__in=subject.addresses) if subject.addresses else []
        points = [*given, *(p for p in her.points if p.verified_at and p.pk not in subject.addresses)]
    choices = choices_for(purpose, points, her)
    failed = set(
        Attempt.objects.filter(message=message, is_permanent=True).values_list("contact_point_id", "contact_channel")
    )
    return tuple(
        Address(
            contact_point=point.pk,
            contact_channel=channel,
            consent=choices.get((point.kind, point.value, channel)),
            has_failed=(point.pk, channel) in failed,
        )
        for point in points
        for channel in purpose.contact_channels
        if carries(purpose, channel, point)
    )


def carries(purpose: Purpose, channel: str, point: ContactPoint) -> bool:
    """Whether an address takes what is said over a contact channel."""
    if channel == "whatsapp" and purpose.whatsapp_to_phone and point.kind == ContactPoint.Kind.PHONE:
        return True
    return CARRIES.get(channel) == point.kind


def choices_for(purpose: Purpose, points: Sequence[ContactPoint], her: Her) -> dict[tuple[str, str, str], bool]:
    """Her latest choice per address and contact channel, of two at one instant the no.

    The same address of two merged people is one address.
    """
    if purpose.kind not in CONSENT:
        return {}
    made = (
        Consent.objects.filter(contact_point__in={*(p.pk for p in points), *(p.pk for p in her.points)})
        .filter(purpose=CONSENT[purpose.kind])
        .order_by("chosen_at", "-granted", "pk")
        .values_list("contact_point__kind", "contact_point__value", "contact_channel", "granted")
    )
    return {(kind, value, channel): granted for kind, value, channel, granted in made}


def cart_facts(cart: CartRow, her: Her, *, at: datetime) -> Cart:
    """A cart with what of it can be had, and what she has bought since, in any channel, under any of her names."""
    people = {*her.people, *her.others}
    finish_or_wait(cart, people)
    lines = list(LineRow.objects.filter(cart=cart, quantity__gt=0).values_list("variant_id", "edited_at"))
    bought: list[tuple[Any, ...]] = list(
        OrderLine.objects.filter(
            Q(order__person__in=people) | Q(order__journey=cart.journey_id),
            order__status__in=(Order.Status.PLACED, Order.Status.COMPLETED),
            order__placed_at__gte=cart.created_at,
        ).values_list("order__public_id", "order__sales_channel__code", "order__placed_at", "order__cart", "variant_id")
    )
    in_stock = variants_in_stock(cart, [variant for variant, _ in lines], at=at)
    return Cart(
        status=cart.status,
        bought=tuple(
            sorted(
                {
                    (order, channel)
                    for order, channel, placed_at, of_cart, _ in bought
                    if placed_at >= cart.edited_at or of_cart == cart.pk
                }
            )
        ),
        lines=tuple(
            CartLine(
                variant=variant,
                is_available=variant in in_stock,
                bought=next((o for o, _, placed, _, v in bought if v == variant and placed >= edited), ""),
            )
            for variant, edited in lines
        ),
    )


def finish_or_wait(cart: CartRow, people: Collection[int]) -> None:
    """Lock the orders that somebody is about to finish: each is placed before we look, or after we have claimed."""
    unfinished = Order.objects.filter(
        Q(person__in=people) | Q(journey=cart.journey_id), status=Order.Status.DRAFT
    ).order_by("pk")
    list(unfinished.select_for_update(no_key=True).values_list("pk", flat=True))


def variants_in_stock(cart: CartRow, variants: Sequence[int], *, at: datetime) -> set[int]:
    """Which variants can be had somewhere that serves this cart's sales channel."""
    if not variants:
        return set()
    locations = list(serving(cart.sales_channel).values_list("pk", flat=True))
    free = available(variants, at=at, locations=locations)
    return {variant for (variant, _), quantity in free.items() if quantity > 0}


def has_open_case(message: Message, purpose: Purpose, her: Her) -> bool:
    """Whether she waits for something to be put right; then nobody asks how it was, or wants to sell her more.

    A survey minds the cases of its own order only: one about another order says nothing of this one.
    """
    if purpose.kind != Kind.SURVEY:
        return Case.objects.filter(person__in=her.people, status=Case.Status.OPEN).exists()
    orders = Order.objects.filter(public_id=message.subject)
    if purpose.about is About.CASE:
        orders = Order.objects.filter(cases__public_id=message.subject)
    return Case.objects.filter(order__in=orders, status=Case.Status.OPEN).exists()


def about_no_order(people: Collection[int] | QuerySet[Person]) -> QuerySet[Case]:
    """Her open cases about no order: each may be about the one that a survey asks about, which waits for its end."""
    return Case.objects.filter(order=None, person__in=people, status=Case.Status.OPEN)


def last_talk_of(her: Her) -> datetime | None:
    """When something was last said in a conversation that is going on."""
    open_ones = Conversation.objects.filter(person__in=her.people, is_open=True)
    return open_ones.aggregate(last=Max("last_turn_at"))["last"]


def contacts_of(her: Her, *, at: datetime) -> tuple[Contact, ...]:
    """The messages of the last days that count for the law's caps."""
    bound = [name for name, purpose in PURPOSES.items() if purpose.kind in LAW]
    sent = Attempt.objects.filter(
        message__person__in=her.people,
        message__purpose__in=bound,
        started_at__gt=at - CAPS_LOOK_BACK,
        status__in=REACHED,
    )
    return tuple(Contact(*row) for row in sent.values_list("started_at", "contact_channel"))


def hours_of(person: Person) -> str:
    """The hours she prefers as "18:00-20:00", empty if she named none that can be read."""
    match person.preferred_hours:
        case [str(start), str(end)]:
            text = f"{start}-{end}"
            try:
                return text if hours.spans(text) else ""
            except ValueError:
                return ""
    return ""


def zones_of(person: Person) -> tuple[str, ...]:
    """Her time zone; where it does not fit her country, or is none, every zone she may be in."""
    aliases = get_global("zone_aliases")
    of_country = get_global("territory_zones").get(person.country, [])
    try:
        ZoneInfo(person.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return tuple(of_country) or ("UTC",)
    if not of_country or aliases.get(person.timezone, person.timezone) in of_country:
        return (person.timezone,)
    return (person.timezone, *of_country)
