"""Handing a cart to another hand: phone, clerk, till, desk, and back. Six characters to say, or a QR to scan.

The code has no characters that look or sound alike in Spanish or English; what is misheard is forgiven. Only a keyed
digest of it is stored, and only while it is good. The QR holds a link with a long secret instead, so that it works
even while somebody is guessing at codes.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from commerce.carts.edits import CartClosed
from commerce.carts.happenings import CartHandedOff, CartTakenUp
from commerce.carts.models import Cart, HandOff
from commerce.carts.showing import USABLE, carts, locked
from commerce.ids import secret_keys
from commerce.links import links
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import record

ALPHABET = "23456789CFHJKMPQRTWX"
LENGTH = 6
HEARD = str.maketrans("BDGNSZV", "PTJMFCW")
"""Letters that no code has, and the one for which each is mistaken on the phone."""

LASTS = timedelta(minutes=10)
OPEN_FOR = timedelta(hours=2)
"""So long who took a cart keeps it, unless it is bought or the sharing is ended before."""

PURPOSE = "hand_off"
MAX_USES = 5

LETTERS = "CFHJKMPQRTWX"
SPANISH = [
    "Carmen",
    "Francia",
    "Historia",
    "José",
    "Kilo",
    "Madrid",
    "París",
    "Queso",
    "Roma",
    "Toledo",
    "Wagner",
    "Xilófono",
]
ENGLISH = [
    "Charlie",
    "Foxtrot",
    "Hotel",
    "Juliett",
    "Kilo",
    "Mike",
    "Papa",
    "Quebec",
    "Romeo",
    "Tango",
    "Whiskey",
    "X-ray",
]
SPOKEN = {
    "es": dict(zip(LETTERS, SPANISH, strict=True)),
    "en": dict(zip(LETTERS, ENGLISH, strict=True)),
}


class HandOffRefused(Problem):
    """Unknown, used, expired or ended: the answer does not say which."""

    code = "hand_off_refused"
    status = 404

    def __init__(self) -> None:
        super().__init__("this code does not work; please ask for a new one")


class ScopeTooSmall(Problem):
    """The code was given for looking, or for editing, and not for this."""

    code = "hand_off_scope"
    status = 403


@dataclass(frozen=True)
class Handed:
    """What the giver tells the taker: the code, or the secret of the link behind the QR. Both are stored nowhere."""

    hand_off: HandOff
    code: str
    secret: str


@transaction.atomic
def hand_off(
    cart: Cart,
    *,
    scope: str = HandOff.Scope.PAY,
    uses: int = 1,
    lasts: timedelta = LASTS,
    by: Actor,
    channel: str,
    at: datetime,
) -> Handed:
    """A code for a cart, in place of the one that was made before and not taken yet; raises CartClosed."""
    [cart] = locked(cart.pk)
    if cart.status not in USABLE:
        raise CartClosed("this cart has ended", cart_status=cart.status)
    HandOff.objects.filter(expires_at__lte=at).exclude(digest=None).update(digest=None)
    for earlier in cart.hand_offs.filter(expires_at__gt=at, uses_left__gt=0, ended_at=None):
        spent(earlier, at=at)
    code, made = unused_code(cart, scope=scope, uses=uses, made_by=str(by), lasts=lasts, at=at)
    secret = links.create(PURPOSE, made.public_id, lasts=lasts, at=at)
    told = CartHandedOff(cart.public_id, made.public_id, scope)
    record(cart.journey_id, told, by=by, channel=channel, at=at)
    return Handed(made, code, secret)


def unused_code(
    cart: Cart, *, scope: str, uses: int, made_by: str, lasts: timedelta, at: datetime
) -> tuple[str, HandOff]:
    """A code that opens nothing else at this moment."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        try:
            with transaction.atomic():
                return code, HandOff.objects.create(
                    cart=cart,
                    scope=scope,
                    digest=digest(code, settings.SECRET_KEY),
                    uses_left=uses,
                    made_by=made_by,
                    created_at=at,
                    expires_at=at + lasts,
                    closes_at=at + lasts + OPEN_FOR,
                )
        except IntegrityError:  # one in millions: try another
            continue


def spent(earlier: HandOff, *, at: datetime) -> None:
    """Make a code and its QR useless; who took the cart by it keeps it."""
    HandOff.objects.filter(pk=earlier.pk).update(digest=None, uses_left=0)
    links.revoke(PURPOSE, earlier.public_id, at=at)


def end(cart: Cart, *, at: datetime) -> int:
    """Stop sharing a cart: its codes are useless, and who took it has lost it. Returns how many there were."""
    live = cart.hand_offs.filter(ended_at=None, closes_at__gt=at)
    for one in live:
        links.revoke(PURPOSE, one.public_id, at=at)
    return live.update(ended_at=at, digest=None, uses_left=0)


def digest(code: str, key: str) -> str:
    """What is stored of a code: it is short, so without the installation's key the digest could be tried out."""
    return salted_hmac("hand-off", code, secret=key, algorithm="sha256").hexdigest()


def heard(code: str) -> str:
    """A code as it was meant: no spaces or dashes, upper case, misheard letters as the right ones."""
    return "".join(c for c in code.upper() if c.isascii() and c.isalnum()).translate(HEARD)


def spelled(code: str, language: str) -> list[tuple[str, str]]:
    """Each character with a word to say it by; digits are said as they are."""
    words = SPOKEN["es" if language.startswith("es") else "en"]
    return [(c, words.get(c, "")) for c in code]


def take(code: str, *, taker: str, by: Actor, channel: str, at: datetime) -> HandOff:
    """Take a cart up by its code; `taker` may send it twice. Raises HandOffRefused, CartClosed."""
    said = heard(code)
    found = HandOff.objects.filter(digest__in=[digest(said, key) for key in secret_keys()]).first()
    if found is None or len(said) != LENGTH:
        raise HandOffRefused
    return taken(found, taker=taker, by=by, channel=channel, at=at)


def take_by_link(secret: str, *, taker: str, by: Actor, channel: str, at: datetime) -> HandOff:
    """The same by the link behind the QR; raises LinkNotFound, LinkExpired, HandOffRefused, CartClosed."""
    link = links.find(PURPOSE, secret, at=at)
    return taken(HandOff.objects.get(public_id=link.subject), taker=taker, by=by, channel=channel, at=at)


def look_at(secret: str, *, holds: str, at: datetime) -> bool:
    """Whether this hand holds already what the link behind a QR gives, by the hand-off's public id.

    Raises LinkNotFound, LinkExpired, and HandOffRefused once others have used it.
    """
    link = links.find(PURPOSE, secret, at=at)
    if link.subject == holds:
        return True
    live = HandOff.objects.filter(public_id=link.subject, ended_at=None, expires_at__gt=at, uses_left__gt=0)
    if not live.exists():
        raise HandOffRefused
    return False


@transaction.atomic
def taken(found: HandOff, *, taker: str, by: Actor, channel: str, at: datetime) -> HandOff:
    """Use a code up once; the same taker is let in again without a use."""
    [cart] = locked(found.cart_id)
    live = HandOff.objects.filter(pk=found.pk, ended_at=None, expires_at__gt=at)
    used = live.filter(uses_left__gt=0).exclude(taken_by=taker)
    if not used.update(uses_left=F("uses_left") - 1, taken_by=taker):
        if live.filter(taken_by=taker).exists():
            return found
        raise HandOffRefused
    if cart.status not in USABLE:
        raise CartClosed("this cart was ordered, or is part of another", cart_status=cart.status)
    told = CartTakenUp(cart.public_id, cart.version, found.public_id, found.scope)
    record(cart.journey_id, told, by=by, channel=channel, at=at)
    return found


def held_cart(public_id: str, *, at: datetime) -> tuple[Cart, str] | None:
    """The cart that a code opened, with the scope, while it is open; what it was merged into is not shown."""
    live = HandOff.objects.filter(public_id=public_id, ended_at=None, closes_at__gt=at, cart__status__in=USABLE)
    for found in live:
        return carts().get(pk=found.cart_id), found.scope
    return None


def need(scope: str, wanted: str) -> None:
    """Refuse what a scope does not hold; raises ScopeTooSmall."""
    order = list(HandOff.Scope.values)
    if order.index(scope) < order.index(wanted):
        raise ScopeTooSmall(f"this code allows to {scope}", scope=scope)
