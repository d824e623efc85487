"""When somebody says who she is, the cart she filled before becomes hers.

Where she has a cart already the two meet line by line, by a rule that is a setting (commerce.carts.merging). By that of
the house the later edit of a line wins, and at the same instant the larger quantity: a removed line stays removed,
nothing is counted twice, and it does not matter in which order, or how often, carts meet.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from commerce.carts.edits import CartClosed
from commerce.carts.happenings import CartClaimed
from commerce.carts.leads import recognize
from commerce.carts.merging import LATER, merge
from commerce.carts.models import Cart
from commerce.carts.showing import USABLE, locked, usable_cart_of
from commerce.customers.models import Person
from commerce.customers.people import root_of
from commerce.rest.problems import Problem
from commerce.timeline import tasks
from commerce.timeline.actors import Actor
from commerce.timeline.models import Task
from commerce.timeline.record import record

CLAIM = "commerce.carts.owners.claim_now"


class CartOfAnother(Problem):
    """The cart belongs to somebody else; that is all that is said about it."""

    code = "not_found"
    status = 404


@transaction.atomic
def claim(cart: Cart, *, person: Person, strategy: str = "", by: Actor, channel: str, at: datetime) -> Cart:
    """Make an anonymous cart a person's, merged into the one she has; returns her cart.

    Raises CartOfAnother, and CartClosed where one of the two is being checked out or has ended.
    """
    hers = usable_cart_of(person)
    both = {c.pk: c for c in (locked(cart.pk) if hers is None else locked(cart.pk, hers.pk))}
    cart = both[cart.pk]
    if cart.person:
        if cart.person.root_pk != person.root_pk:
            raise CartOfAnother("there is nothing here")
        return cart
    if hers is not None and cart.merged_into_id == hers.pk:
        return hers
    for one in both.values():
        if one.status != Cart.Status.OPEN:
            raise CartClosed("this cart is being checked out, or has ended", cart_status=one.status)
    if hers is not None:
        merged = merge(cart, both[hers.pk], person=person, strategy=strategy, by=by, channel=channel, at=at)
        recognize(merged, by=by, channel=channel, at=at)
        return merged
    try:
        with transaction.atomic():
            cart.person, cart.version = root_of(person), cart.version + 1
            cart.save(update_fields=["person", "version"])
    except IntegrityError:  # another device of hers opened a cart at this moment
        return claim(cart, person=person, strategy=strategy, by=by, channel=channel, at=at)
    recognize(cart, by=by, channel=channel, at=at)
    happening = CartClaimed(cart.public_id, cart.version, person.public_id)
    record(cart.journey_id, happening, by=by, channel=channel, at=at)
    return cart


def claim_later(cart: Cart, *, person: Person, key: str = "", at: datetime) -> None:
    """Have a cart become hers when nothing is being paid for any more."""
    data = {"cart": cart.pk, "person": person.public_id}
    tasks.schedule(CLAIM, key=key or cart.public_id, due_at=at + LATER, journey=cart.journey, data=data)


def claim_now(task: Task, *, at: datetime) -> None:
    """What was being paid for when she logged in was given up: it is hers, unless it was bought or is another's now."""
    cart = Cart.objects.select_related("journey").get(pk=task.data["cart"])
    person = Person.objects.select_related("root").get(public_id=task.data["person"])
    if cart.person_id is not None or cart.status not in USABLE:
        return
    try:
        claim(cart, person=person, by=Actor("person", person.public_id), channel="web", at=at)
    except CartClosed:
        claim_later(cart, person=person, key=f"later-{task.pk}", at=at)
