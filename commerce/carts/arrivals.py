"""Somebody logs in: what she did in this browser before becomes hers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from commerce.carts.edits import CartClosed
from commerce.carts.models import Cart
from commerce.carts.owners import CartOfAnother, claim
from commerce.carts.showing import usable_cart_of
from commerce.customers import consent
from commerce.customers.logins import LoggedIn, Proof, log_in
from commerce.customers.merges import are_kept_apart, merge
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
    proof: Proof, *, cart: Cart | None = None, choices: Iterable[Choice] = (), channel: str, at: datetime
) -> Arrival:
    """Log her in and give her the cart of this browser; raises CodeNotAccepted, NoAddressForChannel.

    Two transactions: a cart that cannot be had (it was ordered meanwhile, or is being paid for on her phone) must not
    keep her out.
    """
    logged_in = become_known(proof, cart=cart, choices=choices, channel=channel, at=at)
    person = logged_in.person
    if cart is not None:
        try:
            hers = claim(cart, person=person, by=Actor("person", person.public_id), channel=channel, at=at)
            return Arrival(person, logged_in.is_new, hers)
        except (CartClosed, CartOfAnother):
            pass
    return Arrival(person, logged_in.is_new, usable_cart_of(person))


@transaction.atomic
def become_known(proof: Proof, *, cart: Cart | None, choices: Iterable[Choice], channel: str, at: datetime) -> LoggedIn:
    """Log her in on the journey of her cart; a personal code on it tells who she was, and the boxes what she wants."""
    journey = cart.journey if cart else proof.login_code.journey
    logged_in = log_in(proof, journey=journey, channel=channel, at=at)
    person = logged_in.person
    by = Actor("person", person.public_id)
    if cart and (lead := lead_behind(cart, person)):
        merge(lead, into=person, evidence="used a personal code", journey=journey, by=by, channel=channel, at=at)
    for choice in choices:
        choose(person, choice, journey=journey, by=by, channel=channel, at=at)
    return logged_in


def choose(person: Person, choice: Choice, *, journey: Journey, by: Actor, channel: str, at: datetime) -> None:
    """Keep one of the choices she made while logging in; raises NoAddressForChannel."""
    consent.choose(
        consent.address_for(person, choice.contact_channel),
        contact_channel=choice.contact_channel,
        purpose=choice.purpose,
        granted=choice.granted,
        method="log-in",
        journey=journey,
        by=by,
        channel=channel,
        at=at,
    )


def lead_behind(cart: Cart, person: Person) -> Person | None:
    """Whom the code on a cart was given to, if we knew no more of her than that, and she is not this person already."""
    lead = cart.coupon.person if cart.coupon else None
    if lead is None or lead.user_id is not None or lead.root_id is not None or lead.pk == person.root_pk:
        return None
    return None if are_kept_apart(lead, person) else lead
