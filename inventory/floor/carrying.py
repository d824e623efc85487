"""Transfers, step by step: a list that somebody puts together, goods on the road, what came of them and what did not.

The goods themselves go by inventory.transfers. The transfer's row is locked first, its shelves after it.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from commerce.channels.models import Location
from commerce.ids import spoken_code
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from inventory import transfers
from inventory.floor import shrinkage
from inventory.floor.lifecycle import TRANSFER
from inventory.floor.models import Transfer, TransferLine
from inventory.models import Incoming

Status = Transfer.Status


class IllegalTransferStep(Problem):
    """The transfer is not where this step begins."""

    code = "illegal_transfer_step"


class TransferKnown(Problem):
    """Another transfer to the same place has this reference."""

    code = "transfer_known"


class EmptyTransfer(Problem):
    """Nothing stands on the list."""

    code = "empty_transfer"


@transaction.atomic
def draft(
    goods: Mapping[int, int],
    *,
    source: Location,
    destination: Location,
    reference: str = "",
    expected_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> Transfer:
    """Begin a list of goods for another place, or write the same draft anew; nothing moves yet.

    Raises TransferKnown, where the reference is another transfer's or has left already.
    """
    reference = reference or f"{source.code[:20]}-{spoken_code(6)}"
    made, is_new = Transfer.objects.get_or_create(
        destination=destination,
        reference=reference,
        defaults={"source": source, "made_by": str(by)[:60], "made_at": at, "expected_at": expected_at},
    )
    transfer = lock(made)
    if transfer.source_id != source.pk or transfer.status != Status.DRAFT:
        raise TransferKnown("this reference stands for another transfer to the same place")
    if not is_new and expected_at:
        Transfer.objects.filter(pk=transfer.pk).update(expected_at=expected_at)
        transfer.expected_at = expected_at
    write_lines(transfer, goods)
    return transfer


@transaction.atomic
def put(transfer: Transfer, goods: Mapping[int, int]) -> None:
    """Say how many units of these variants a draft has (0: none); raises IllegalTransferStep."""
    transfer = lock(transfer)
    if transfer.status != Status.DRAFT:
        raise IllegalTransferStep(f"{transfer.reference} has left, or was canceled", before=transfer.status)
    known = dict(transfer.lines.values_list("variant", "quantity"))
    write_lines(transfer, known | dict(goods))


def write_lines(transfer: Transfer, goods: Mapping[int, int]) -> None:
    """Let a draft, locked by the caller, have exactly these lines."""
    transfer.lines.exclude(variant__in=[variant for variant, units in goods.items() if units]).delete()
    TransferLine.objects.bulk_create(
        [
            TransferLine(transfer=transfer, variant_id=variant, quantity=units)
            for variant, units in goods.items()
            if units
        ],
        update_conflicts=True,
        unique_fields=["transfer", "variant"],
        update_fields=["quantity"],
    )


@transaction.atomic
def leave(transfer: Transfer, *, by: Actor, at: datetime) -> int:
    """The goods of a draft leave; returns how many variants. Raises IllegalTransferStep, EmptyTransfer, NotEnough."""
    transfer = lock(transfer)
    step(transfer, Status.IN_TRANSIT, sent_at=at)
    goods = dict(transfer.lines.values_list("variant", "quantity"))
    if not goods:
        raise EmptyTransfer("nothing stands on this list")
    return transfers.send(
        goods,
        source_id=transfer.source_id,
        destination_id=transfer.destination_id,
        reference=transfer.reference,
        expected_at=transfer.expected_at,
        by=by,
        at=at,
    )


@transaction.atomic
def send(
    goods: Mapping[int, int],
    *,
    source: Location,
    destination: Location,
    reference: str,
    expected_at: datetime | None,
    by: Actor,
    at: datetime,
) -> tuple[Transfer, int]:
    """List goods and let them leave at once; told again it changes nothing. Returns how many variants left now.

    Raises TransferKnown, NotEnough.
    """
    known = Transfer.objects.filter(source=source, destination=destination, reference=reference)
    if gone := known.exclude(status=Status.DRAFT).first():
        if gone.status == Status.CANCELED or goods != dict(gone.lines.values_list("variant", "quantity")):
            raise TransferKnown("under this reference other goods were sent")
        return gone, 0
    made = draft(
        goods, source=source, destination=destination, reference=reference, expected_at=expected_at, by=by, at=at
    )
    left = leave(made, by=by, at=at)
    made.refresh_from_db()
    return made, left


@transaction.atomic
def arrive(transfer: Transfer, goods: Mapping[int, int], *, key: str, by: Actor, at: datetime) -> int:
    """Some or all of it came; the same `key` is booked once. Returns how many variants were new.

    Raises IllegalTransferStep, MoreThanSent, NothingExpected.
    """
    transfer = lock(transfer)
    if transfer.sent_at is None:
        raise IllegalTransferStep(f"{transfer.reference} has not left yet", before=transfer.status)
    booked = transfers.arrive(
        goods, location_id=transfer.destination_id, reference=transfer.reference, key=key, by=by, at=at
    )
    if booked:
        if not open_lines(transfer).exists():
            step(transfer, Status.RECEIVED, ended_at=at)
        elif transfer.status == Status.IN_TRANSIT:
            step(transfer, Status.PARTLY_RECEIVED)
    return booked


@transaction.atomic
def close(transfer: Transfer, *, reason: str, by: Actor, at: datetime) -> int:
    """What has not come will not come any more; returns how many units are written off, and for which reason.

    Raises IllegalTransferStep, UnknownReason.
    """
    transfer, why = lock(transfer), shrinkage.reason_named(reason)
    step(transfer, Status.RECEIVED, ended_at=at, why_missing=why.code)
    missing = transfers.lose(transfer.reference, location_id=transfer.destination_id, reason=why.code, by=by, at=at)
    Transfer.objects.filter(pk=transfer.pk).update(missing=missing)
    return missing


@transaction.atomic
def cancel(transfer: Transfer, *, at: datetime) -> None:
    """A draft will not be sent; raises IllegalTransferStep."""
    step(lock(transfer), Status.CANCELED, ended_at=at)


def lock(transfer: Transfer) -> Transfer:
    """The transfer as it is now, locked."""
    return Transfer.objects.select_for_update(of=("self",), no_key=True).get(pk=transfer.pk)


def step(transfer: Transfer, after: str, **fields: object) -> None:
    """Take one step in a transfer's life; raises IllegalTransferStep."""
    before = transfer.status
    is_allowed = after in TRANSFER[before]
    if not is_allowed or not Transfer.objects.filter(pk=transfer.pk, status=before).update(status=after, **fields):
        raise IllegalTransferStep(f"{transfer.reference} cannot go from {before} to {after}", before=before)
    transfer.status = after


def open_lines(transfer: Transfer) -> QuerySet[Incoming]:
    """What has not all come of a transfer."""
    return lines_on_the_road(transfer).filter(ended_at__isnull=True)


def lines_on_the_road(transfer: Transfer) -> QuerySet[Incoming]:
    """What has left of a transfer: how much, and how much of it has come."""
    return Incoming.objects.filter(
        reference=transfer.reference, stock__location=transfer.destination_id, source=transfer.source_id
    )


def came_of(transfer: Transfer) -> dict[str, int]:
    """SKU → how much of what has left of a transfer has come."""
    return dict(lines_on_the_road(transfer).values_list("stock__variant__sku", "received"))


def of_place(location_ids: set[int] | None) -> QuerySet[Transfer]:
    """Transfers from or to these places; None means all."""
    rows = Transfer.objects.select_related("source", "destination")
    if location_ids is None:
        return rows
    return rows.filter(Q(source__in=location_ids) | Q(destination__in=location_ids))
