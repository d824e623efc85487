"""Issuing, spending and giving back credit. The balance moves in one guarded UPDATE together with its ledger row."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from commerce.customers.models import Person
from commerce.ids import digest, fold, spoken_code
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from orders.credits.models import Credit, CreditMovement
from orders.exact import exact
from orders.models import Payment

CODE_LENGTH = 16
GOOD_AGAIN = timedelta(days=90)
"""How long what was given back to a gift card can be spent at least."""

Kind = CreditMovement.Kind


class UnknownGiftCard(Problem):
    """No card has this code, or it has ended."""

    code = "unknown_gift_card"
    status = 404


class NotEnoughCredit(Problem):
    """Less is left than is to be spent; nothing was taken."""

    code = "not_enough_credit"


class NoStoreCredit(Problem):
    """Nothing is left of it, or nobody knows who this is."""

    code = "no_store_credit"
    status = 422


@transaction.atomic
def issue_gift_card(
    *, amount: int, currency: str, by: Actor, at: datetime, ends_at: datetime | None = None
) -> tuple[Credit, str]:
    """Make a gift card; returns it with its code, which is stored nowhere."""
    code = spoken_code(CODE_LENGTH)
    card = Credit.objects.create(
        kind=Credit.Kind.GIFT_CARD,
        code_digest=digest(fold(code)),
        code_ending=code[-4:],
        currency=currency,
        created_at=at,
        ends_at=ends_at,
    )
    put(card, amount=amount, kind=Kind.ISSUED, key=f"issue-{card.public_id}", by=by, at=at)
    return card, code


@transaction.atomic
def grant(person: Person, *, amount: int, currency: str, key: str, by: Actor, at: datetime) -> Credit:
    """Give a person store credit, once for each key."""
    if earlier := Credit.objects.filter(movements__key=key).first():
        return earlier
    credit, _ = Credit.objects.get_or_create(
        person_id=person.root_pk, currency=currency, kind=Credit.Kind.STORE_CREDIT, defaults={"created_at": at}
    )
    put(credit, amount=amount, kind=Kind.ISSUED, key=key, by=by, at=at)
    return credit


def find_gift_card(code: str, *, at: datetime) -> Credit:
    """The gift card behind a code, however it is typed; raises UnknownGiftCard."""
    live = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
    card = Credit.objects.filter(live, code_digest=digest(fold(code))).first()
    if card is None:
        raise UnknownGiftCard("this gift card is not known, or has ended")
    return card


def store_credit_of(person: Person | None, *, currency: str, at: datetime) -> Credit:
    """What we owe a person, to be spent; raises NoStoreCredit."""
    mine = Credit.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), kind=Credit.Kind.STORE_CREDIT)
    credit = mine.filter(person=person.root_pk, currency=currency, balance__gt=0).first() if person else None
    if credit is None:
        raise NoStoreCredit("there is no store credit to spend")
    return credit


def spend(credit: Credit, *, payment: Payment, by: Actor, at: datetime) -> None:
    """Take a payment's amount from a credit; raises NotEnoughCredit."""
    enough = Credit.objects.filter(pk=credit.pk, balance__gte=exact(payment.amount), currency=payment.currency)
    if payment.amount < 1 or not enough.update(balance=F("balance") - exact(payment.amount)):
        raise NotEnoughCredit("there is less left on it than is to be paid")
    write(credit, -payment.amount, kind=Kind.SPENT, key=f"spend-{payment.public_id}", by=by, at=at, payment=payment)


def give_back(payment: Payment, *, amount: int, key: str, by: Actor, at: datetime) -> None:
    """Put money back on the credit that a payment came from.

    It is hers to spend: a gift card that ended meanwhile, or is about to, is good again for a while.
    """
    spent = CreditMovement.objects.select_related("credit").get(key=f"spend-{payment.public_id}")
    Credit.objects.filter(pk=spent.credit_id, ends_at__lt=at + GOOD_AGAIN).update(ends_at=at + GOOD_AGAIN)
    put(spent.credit, amount=amount, kind=Kind.GIVEN_BACK, key=f"back-{key}", by=by, at=at, payment=payment)


def put(
    credit: Credit, *, amount: int, kind: str, key: str, by: Actor, at: datetime, payment: Payment | None = None
) -> None:
    """Raise a balance, with its ledger row; the key refuses a second time by the database."""
    if amount < 1:
        raise ValueError(f"{amount} is nothing to put on a credit")
    Credit.objects.filter(pk=credit.pk).update(balance=F("balance") + exact(amount))
    write(credit, amount, kind=kind, key=key, by=by, at=at, payment=payment)


def write(
    credit: Credit, amount: int, *, kind: str, key: str, by: Actor, at: datetime, payment: Payment | None
) -> None:
    """The ledger's row."""
    CreditMovement.objects.create(
        credit=credit, kind=kind, amount=amount, payment=payment, key=key, actor=str(by)[:60], at=at
    )
