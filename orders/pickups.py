"""Goods that a shopper collects at a store: picked, ready with a code, handed over to whoever says it."""

import hmac
from datetime import datetime

from django.db import transaction

from commerce.catalog.words import fold as fold_words
from commerce.ids import fold, spoken_code
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import record
from inventory import holds
from orders import moves, uncollected
from orders.models import Fulfillment

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

    A store that picks them in one go takes both steps at once.
    """
    order = moves.lock(fulfillment.order)
    told = [moves.step(fulfillment, Way.PICKING)] if fulfillment.status == Way.ALLOCATED else []
    told.append(moves.step(fulfillment, Way.READY, pickup_code=spoken_code(CODE_LENGTH), ready_at=at))
    uncollected.watch(fulfillment, at=at)
    record(order.journey_id, *told, by=by, channel=channel, at=at)
    return fulfillment


@transaction.atomic
def collect(
    fulfillment: Fulfillment,
    *,
    code: str = "",
    order_number: str = "",
    name: str = "",
    by: Actor,
    channel: str,
    at: datetime,
) -> Fulfillment:
    """Hand the goods over to whoever says the code, or knows the order's number and name.

    The goods leave the shelf's books with it. Raises IllegalMove, WrongProof.
    """
    order = moves.lock(fulfillment.order)
    told = [moves.step(fulfillment, Way.COLLECTED, arrived_at=at)]
    if not (is_code(fulfillment, code) or is_name(fulfillment, order_number, name)):
        raise WrongProof("the code, or the order's number and name, do not fit")
    holds.consume(units_of(fulfillment), location_id=fulfillment.location_id, kind="collected", by=by, at=at)
    told += moves.complete(order)
    record(order.journey_id, *told, by=by, channel=channel, at=at)
    return fulfillment


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
