"""A person with something in every table that can hold anything of hers, each text of which is a canary."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, models

from commerce.customers.consent import choose
from commerce.customers.logins import request_code
from commerce.customers.models import ContactPoint, Person, PostalAddress, Taste
from commerce.inbox.models import ExternalId, InboundEvent
from commerce.links import links
from commerce.photos.models import Photo
from commerce.rest.models import IdempotentAnswer
from commerce.timeline.actors import SYSTEM
from commerce.timeline.record import open_journey
from notifications.conversations.receiving import Said, receive
from notifications.messages import tell
from notifications.models import Attempt, Survey
from notifications.privacy.held import HELD, TOMB
from notifications.privacy.mentions import rows_of
from orders.cases.models import Case, Handover, Team
from orders.cases.models import Kind as CaseKind
from orders.delivery.models import Booking
from orders.models import Fulfillment, Payment
from orders.stripe.models import CardPage, Checkout, Customer, KeptCard
from tests import factories
from tests.factories import LONG_AGO, MONDAY
from tests.notifications.shop import left_cart, order, parcel, pickup

CANARY = "kanarien7"
EMAIL = f"{CANARY}@example.com"
PHONE = "+34621000777"


def somebody() -> Person:
    """Who has done everything with us that leaves a trace, long ago, and has nothing open."""
    her = factories.person(f"G{CANARY}", family_name=f"F{CANARY}", email=EMAIL, phone=PHONE)
    ContactPoint.objects.create(
        person=her, kind="whatsapp", value=PHONE, verified_at=LONG_AGO, verified_how="network", created_at=LONG_AGO
    )
    her.user = User.objects.create_user(her.public_id)
    her.save()
    PostalAddress.objects.create(
        person=her, label="Casa", recipient="R", street="S", postal_code="28001", city="M", phone=PHONE,
        entered_at=LONG_AGO, entered_in="web",
    )  # fmt: skip
    Taste.objects.create(
        person=her, kind="size", value="42", source="said", entered_at=LONG_AGO, entered_in="web", entered_by="visitor"
    )
    choose(
        her.contact_points.get(kind="email"), contact_channel="email", purpose="marketing", granted=True,
        method="account", journey=open_journey(at=MONDAY), by=SYSTEM, channel="web", at=MONDAY,
    )  # fmt: skip
    request_code(EMAIL, given_name=CANARY, language="es", channel="web", at=MONDAY)
    left_cart(her)
    bought = order(her, status="completed", at=LONG_AGO)
    pickup(bought, status="collected")
    sent = parcel(order(her, status="completed", at=LONG_AGO), status="delivered")
    Fulfillment.objects.filter(pk=sent.pk).update(tracking_number="T-1")
    Booking.objects.create(fulfillment=sent, carrier="c", status="refused", asked_at=LONG_AGO, settled_at=LONG_AGO)
    payment = Payment.objects.create(order=bought, tender="stripe", amount=2598, currency="EUR", status="captured")
    Checkout.objects.create(payment=payment, url="https://pay.example/x", **needed(Checkout))
    at_stripe = Customer.objects.create(person=her, journey=bought.journey, created_at=LONG_AGO)
    KeptCard.objects.create(
        customer=at_stripe, reference="pm_1", brand="visa", last4="4242", expires="08/2030", kept_at=LONG_AGO
    )
    CardPage.objects.create(customer=at_stripe, status="kept", url="https://pay.example/y", **needed(CardPage))
    Survey.objects.create(person=her, journey=bought.journey, order=bought, comment="c", score=9, asked_at=MONDAY)
    message = tell(her, purpose="order_confirmation", subject=bought.public_id, journey=bought.journey, at=MONDAY)
    Attempt.objects.create(
        message=message, contact_channel="email", contact_point=her.contact_points.get(kind="email"),
        transport="outbox", text="x", status="failed", started_at=MONDAY, settled_at=MONDAY,
    )  # fmt: skip
    turn = receive(Said("whatsapp", PHONE, f"hola, soy {CANARY}", "wamid.1", MONDAY), at=MONDAY)
    turn.photos.add(Photo.objects.create(content=b"x", width=1, height=1, taken_in_at=MONDAY))
    case = Case.objects.create(
        person=her, journey=bought.journey, **needed(Case), key="C-1", kind=CaseKind.values[0], opened_in="web"
    )
    Handover.objects.create(case=case, from_team=Team.values[0], to_team=Team.values[1], reason="x", by="s", at=MONDAY)
    return her


def needed(model: type[models.Model]) -> dict[str, Any]:
    """Instants that a row cannot do without."""
    return {
        field.name: MONDAY + timedelta(hours=1)
        for field in model._meta.concrete_fields
        if isinstance(field, models.DateTimeField) and not field.null
    }


def plant(people: Iterable[int]) -> int:
    """Write the canary into every personal field of every row of hers; says into how many. Each table must have one."""
    planted = 0
    for label, held in HELD.items():
        marks = {name: mark for name, left in held.personal.items() if (mark := mark_for(label, name, left))}
        if not held.personal:
            continue
        rows = list(rows_of(label, list(people)).values_list("pk", flat=True))
        assert rows, f"the scene has no {label}: let tests/notifications/privacy/scene.py make one"
        apps.get_model(label)._default_manager.filter(pk__in=rows).update(**marks)
        planted += len(marks)
    return planted


def mark_for(label: str, name: str, left: Any) -> Any:
    """A value with the canary in it that the field can hold; addresses have theirs from the start."""
    field = apps.get_model(label)._meta.get_field(name)
    if left is TOMB:
        return None
    match field:
        case models.JSONField():
            return {"canary": CANARY}
        case models.BinaryField():
            return CANARY.encode()
    return CANARY[: field.max_length]


def mention(her: Person) -> None:
    """What tells of her where no foreign key leads."""
    body = f'{{"email": "{EMAIL}", "name": "{CANARY}"}}'
    IdempotentAnswer.objects.create(
        caller="visitor", key="k" * 20, request_digest="d", status=201, body=body, created_at=MONDAY
    )
    InboundEvent.objects.create(
        provider="meta", external_id="1", received_at=MONDAY, body=body.encode(), status="handled"
    )
    InboundEvent.objects.create(
        provider="meta", external_id="2", received_at=MONDAY, status="handled",
        body=f'{{"from": "{PHONE[1:]}", "text": "{CANARY}"}}'.encode(),
    )  # fmt: skip
    ExternalId.objects.create(system="shopify", kind="customer", external_id=CANARY, ours=her.public_id)
    LogEntry.objects.create(
        user=factories.staff("back_office"), content_type=ContentType.objects.get_for_model(Person),
        object_id=str(her.pk), object_repr=str(her), action_flag=CHANGE, change_message=CANARY,
    )  # fmt: skip
    session = SessionStore()
    session["_auth_user_id"], session["x"] = str(her.user_id), CANARY
    session.save()
    links.create("cart", her.carts.get().public_id, lasts=timedelta(days=3650), at=MONDAY)


def dump() -> str:
    """Every row of every table of the database as text, as a dump would have it."""
    rows = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT format('%I', relname) FROM pg_stat_user_tables ORDER BY relname")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT '{table}: ' || t::text FROM {table} AS t")
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def hits(text: str) -> list[str]:
    """Lines that a canary sits in, spelled as text or as the bytes of one."""
    marks = (CANARY, CANARY.encode().hex(), PHONE, PHONE[1:])
    return [line[:200] for line in text.splitlines() if any(mark in line for mark in marks)]
