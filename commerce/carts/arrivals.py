"""Somebody logs in: what she did in this browser before becomes hers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from commerce.carts.edits import CartClosed
from commerce.carts.models import Cart
from commerce.carts.owners import CartOfAnother, claim, claim_later
from commerce.carts.showing import usable_cart_of
from commerce.customers import consent
from commerce.customers.logins import LoggedIn, Proof, log_in
from commerce.customers.merges import merge, were_parted
from commerce.customers.models import Person
from commerce.timeline.actors import Actor
from commerce.timeline.models import Journey


@dataclass(frozen=True)
class Choice:
    """One box that she ticked or emptied while logging in."""

    contact_channel: str
    purpose: str
    granted: bool


@dataclass(frozen=True)
class Arrival:
    """Who it is, whether her account is new, and the cart that is hers now."""

    person: Person
    is_new: bool
    cart: Cart | None


def arrive(
    proof: Proof,
    *,
    cart: Cart | None = None,
    chatted: Person | None = None,
    choices: Iterable[Choice] = (),
    channel: str,
    at: datetime,
) -> Arrival:
    """Log her in and give her the cart and the chat of this browser; raises CodeNotAccepted, NoAddressForChannel.

    Two transactions: a cart that cannot be had (it was ordered meanwhile, or is being paid for on her phone) must not
    keep her out. What is being paid for becomes hers when that is over, if it was not bought.
    """
    logged_in = become_known(proof, cart=cart, chatted=chatted, choices=choices, channel=channel, at=at)
    person = logged_in.person
    if cart is not None:
        try:
            hers = claim(cart, person=person, by=Actor("person", person.public_id), channel=channel, at=at)
            return Arrival(person, logged_in.is_new, hers)
        except CartClosed:
            claim_later(cart, person=person, at=at)
        except CartOfAnother:
            pass
    return Arrival(person, logged_in.is_new, usable_cart_of(person))


@transaction.atomic
def become_known(
    proof: Proof,
    *,
    cart: Cart | None,
    chatted: Person | None,
    choices: Iterable[Choice],
    channel: str,
    at: datetime,
) -> LoggedIn:
    """Log her in on the journey of her cart; a personal code on it tells who she was, and the boxes what she wants."""
    journey = cart.journey if cart else proof.login_code.journey
    logged_in = log_in(proof, journey=journey, channel=channel, at=at)
    person = logged_in.person
    by = Actor("person", person.public_id)
    lead = cart.coupon.person if cart and cart.coupon else None
    for stranger, evidence in ((lead, "used a personal code"), (chatted, "chatted in this browser")):
        if stranger and is_stranger(stranger, to=person):
            merge(stranger, into=person, evidence=evidence, journey=journey, by=by, channel=channel, at=at)
    for choice in choices:
        choose(person, choice, journey=journey, by=by, channel=channel, at=at)
    return logged_in


def choose(person: Person, choice: Choice, *, journey: Journey, by: Actor, channel: str, at: datetime) -> None:
    """Keep one of the choices she made while logging in; raises NoAddressForChannel."""
    consent.say(
        person,
        contact_channel=choice.contact_channel,
        purpose=choice.purpose,
        granted=choice.granted,
        method="log-in",
        journey=journey,
        by=by,
        channel=channel,
        at=at,
    )


def is_stranger(somebody: Person, *, to: Person) -> bool:
    """Whether we know no more of somebody than what led here, and she was not found to be this person before."""
    if somebody.user_id is not None or somebody.root_id is not None or somebody.pk == to.root_pk:
        return False
    return not were_parted(somebody, to)
