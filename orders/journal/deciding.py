"""Booking what was set apart, or what waits: by a person, or by itself once its till was let in again."""

from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import Exists, OuterRef, TextField, Value
from django.db.models.functions import Cast, Concat

from commerce.channels.models import SalesChannel
from commerce.timeline.actors import SYSTEM, Actor
from orders.journal import apart, leases, sequences, speaking
from orders.journal.apart import NOTHING_SOLD, SHUT_OUT
from orders.journal.models import Fact
from orders.journal.taking import book_apart
from orders.models import Todo
from orders.returns.models import Return

Status = Fact.Status
WAITS = timedelta(hours=24)
"""So long what speaks of a sale may wait for it until its store is told; a till has told what it has by then."""
MOST = 500


class SaleUnknown(apart.NotSetApart):
    """Nobody has told of the sale that this speaks of, so there is nothing to undo."""

    code = "till_sale_unknown"


@transaction.atomic
def book(fact: Fact, *, by: Actor, at: datetime) -> None:
    """A person says that it happened: book it, once. Raises NotSetApart, SaleUnknown, NotATill."""
    if fact.status == Status.WAITING and fact.of:
        speaking.lock({fact.of})
    fact = apart.still_apart(fact)
    if fact.status == Status.QUARANTINED:
        book_apart([fact], decided_by=str(by)[:60], at=at)
    elif fact.of is None or not speaking.settle({fact.of}, agreed={fact.uuid}, at=at):
        raise SaleUnknown(f"nobody has told of the sale that {fact} speaks of")
    Fact.objects.filter(uuid=fact.uuid).update(decided_by=str(by)[:60])
    apart.settle(fact, by=by, at=at)


def sweep(*, at: datetime) -> int:
    """Book what can be booked by now, and tell the stores of what waits for too long; returns how much was booked.

    What was leased by tills that were shut out meanwhile is free again.
    """
    leases.end_of_shut_out(at=at)
    return let_in_again(at=at) + catch_up(at=at)


def let_in_again(*, at: datetime) -> int:
    """Book what tills told while they were shut out, or their store sold nothing, once they may and the numbers are
    free.
    """
    sells = SalesChannel.objects.filter(kind=SalesChannel.Kind.STORE).values("locations")
    rows = Fact.objects.filter(
        status=Status.QUARANTINED,
        flags__overlap=[SHUT_OUT, NOTHING_SOLD],
        device__revoked_at=None,
        device__location__in=sells,
    )
    booked = 0
    found = rows.select_related("device__location").order_by("device", "sequence", "pk")[:MOST]
    for device, of_device in groupby(found, key=lambda fact: fact.device):
        with transaction.atomic():
            sequences.lock(device, installation="", at=at)
            still = rows.filter(pk__in=[fact.pk for fact in of_device]).select_related("device__location")
            taken = set(
                Fact.objects.filter(device=device, is_apart=False, sequence__in=still.values("sequence")).values_list(
                    "sequence", flat=True
                )
            )
            free = [fact for fact in still.order_by("sequence", "pk") if fact.sequence not in taken]
            if free:
                book_apart(free, at=at)
                apart.settle(free[0], by=SYSTEM, at=at)
                booked += len(free)
    return booked


def catch_up(*, at: datetime) -> int:
    """Settle what two tills told of at one moment, and alarm the stores of what waits for a sale for too long."""
    waiting = Fact.objects.filter(status=Status.WAITING)
    key = Concat(Value("till:"), Cast(OuterRef("uuid"), TextField()))
    alone = Exists(Return.objects.filter(order=None, till_key=key))
    returns = Fact.objects.filter(alone, kind=Fact.Kind.RETURN, of__isnull=False)
    booked = 0
    for fact in [each for some in (waiting, returns) for each in some.select_related("device").order_by("pk")[:MOST]]:
        sale = Fact.objects.filter(uuid__in=[fact.of], kind=Fact.Kind.SALE, order__isnull=False).first()
        if sale and fact.of:
            with transaction.atomic():
                speaking.lock({fact.of})
                booked += len(speaking.settle({fact.of}, at=at))
        still = Fact.objects.filter(pk=fact.pk, status=Status.WAITING).exists() or sale is None
        if still and fact.recorded_at <= at - WAITS:
            where = "another store has told of" if sale else "nobody has told of"
            cause = f"{fact.device}, number {fact.sequence}: {fact.kind} of a sale that {where}: {fact.of}"
            sequences.alarm_of_fact(fact, Todo.Kind.TILL_WAITING, cause, at=at)
    return booked
