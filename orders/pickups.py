"""Goods that a shopper collects at a store: picked, ready with a code, handed over to whoever says it."""

import hmac
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction

from commerce.catalog.words import fold as fold_words
from commerce.ids import fold, spoken_code
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import Happening, record
from inventory import holds, transfers
from orders import moves, uncollected
from orders.happenings import FulfillmentParted
from orders.models import Fulfillment, Order
from orders.parts import part, units_named
from orders.unserved import pay_back

Way = Fulfillment.Status
CODE_LENGTH = 6


class WrongProof(Problem):
    """Whoever stands at the counter could not show that these goods are hers."""

    code = "wrong_proof"
    status = 422


def start_picking(fulfillment: Fulfillment, *, by: Actor, channel: str, at: datetime) -> Fulfillment:
    """Somebody takes the goods from their shelves; for pickups and shipments alike. Raises IllegalMove."""
    return moves.move(fulfillment, Way.PICKING, by=by, channel=channel, at=at)


@transaction.atomic
def mark_ready(fulfillment: Fulfillment, *, by: Actor, channel: str, at: datetime) -> Fulfillment:
    """The goods lie ready, under a code that the shopper is told; raises IllegalMove.

    A store that picks them in one go takes both steps at once; what was sent to it arrives with this one.
    """
    order = moves.lock(fulfillment.order)
    if fulfillment.status == Way.IN_TRANSIT:
        arrive(fulfillment, by=by, at=at)
    elif fulfillment.comes_from_id:
        raise moves.IllegalMove(f"{fulfillment} has not been sent to this store yet", before=fulfillment.status)
    told = [moves.step(fulfillment, Way.PICKING)] if fulfillment.status == Way.ALLOCATED else []
    told.append(moves.step(fulfillment, Way.READY, pickup_code=spoken_code(CODE_LENGTH), ready_at=at))
    uncollected.watch(fulfillment, since=at, at=at)
    record(order.journey_id, *told, by=by, channel=channel, at=at)
    return fulfillment


def arrive(fulfillment: Fulfillment, *, by: Actor, at: datetime) -> None:
    """What another place sent for this pickup is here."""
    holds.carry(
        units_of(fulfillment),
        source_id=transfers.road().pk,
        destination_id=fulfillment.location_id,
        cause=f"fulfillment:{fulfillment.public_id}",
        by=by,
        at=at,
    )


@transaction.atomic
def collect(
    fulfillment: Fulfillment,
    *,
    code: str = "",
    order_number: str = "",
    name: str = "",
    lines: Mapping[str, int] | None = None,
    by: Actor,
    channel: str,
    at: datetime,
) -> Fulfillment:
    """Hand the goods over to whoever says the code, or knows the order's number and name.

    The goods leave the shelf's books with it. Of a part (SKU → units) the rest stays ready, or is paid back, as
    PARTLY_COLLECTED says. Raises IllegalMove, NotInPart, WrongProof.
    """
    order = moves.lock(fulfillment.order)
    rest = split_off_rest(fulfillment, lines, at=at)
    told = [moves.step(fulfillment, Way.COLLECTED, arrived_at=at)]
    if not (is_code(fulfillment, code) or is_name(fulfillment, order_number, name)):
        raise WrongProof("the code, or the order's number and name, do not fit")
    holds.consume(units_of(fulfillment), location_id=fulfillment.location_id, kind="collected", by=by, at=at)
    if rest:
        told += leave_rest(order, fulfillment, rest, by=by, at=at)
    told += moves.complete(order)
    record(order.journey_id, *told, by=by, channel=channel, at=at)
    return fulfillment


def split_off_rest(fulfillment: Fulfillment, lines: Mapping[str, int] | None, *, at: datetime) -> Fulfillment | None:
    """What she leaves here of a pickup, in a part of its own under the same code. Raises NotInPart, IllegalMove."""
    if lines is None:
        return None
    taken, all_units = units_named(fulfillment, lines), units_of(fulfillment)
    rest = {demand: units - taken.get(demand, 0) for demand, units in all_units.items()}
    if not any(rest.values()):
        return None
    if fulfillment.status != Way.READY:
        raise moves.IllegalMove(f"{fulfillment} is not ready", before=fulfillment.status, after=Way.COLLECTED)
    same = {"pickup_code": fulfillment.pickup_code, "ready_at": fulfillment.ready_at}
    return part(fulfillment, {demand: units for demand, units in rest.items() if units}, at=at, **same)


def leave_rest(
    order: Order, fulfillment: Fulfillment, rest: Fulfillment, *, by: Actor, at: datetime
) -> list[Happening]:
    """The rest of a pickup stays ready as long as the whole would have, or goes back on sale and is paid back."""
    rest.order = order
    told: list[Happening] = [
        FulfillmentParted(order.public_id, fulfillment.public_id, rest.public_id, sum(units_of(rest).values()))
    ]
    if settings.PARTLY_COLLECTED == "keep":
        uncollected.watch(rest, since=rest.ready_at or at, at=at)
        return told
    told.append(moves.step(rest, Way.CANCELED))
    holds.release_at(units_of(rest), location_id=rest.location_id, at=at)
    return told + pay_back(order, rest, by=by, at=at)


def is_code(fulfillment: Fulfillment, said: str) -> bool:
    """Whether somebody says the pickup's code."""
    code = fulfillment.pickup_code
    return bool(code) and hmac.compare_digest(fold(code).encode(), fold(said).encode())


def is_name(fulfillment: Fulfillment, order_number: str, name: str) -> bool:
    """Whether somebody knows the order's number, and names the person it is for: each word that is said must fit."""
    order = fulfillment.order
    if order.person is None or not order.number or order_number.strip() != order.number:
        return False
    known = set(fold_words(f"{order.person.given_name} {order.person.family_name}").split())
    said = set(fold_words(name).split())
    return bool(said) and said <= known


def units_of(fulfillment: Fulfillment) -> dict[str, int]:
    """What goes with a fulfillment: demand (an order line's public id) → units."""
    return dict(fulfillment.lines.order_by("order_line").values_list("order_line__public_id", "quantity"))
