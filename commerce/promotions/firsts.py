"""First purchases: what is for newcomers is given once to each person, however many accounts she turns out to have.

Orders tell us of every purchase of somebody known. One that has the price of a first purchase holds it, as a coupon is
held: two checkouts of hers cannot both have it.
"""

from collections.abc import Mapping

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet

from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.promotions.models import Purchase
from commerce.promotions.taking import Reason
from commerce.rest.problems import Problem

Status = Purchase.Status


class NotFirstPurchase(Problem):
    """She has bought before, or buys for the first time in another checkout."""

    code = "not_first_purchase"
    status = 409


def obstacle(person: Person | None) -> Reason | None:
    """Why somebody does not get what is for a first purchase; who has not said who she is may have bought before."""
    if person is None:
        return Reason.NEEDS_PERSON
    return Reason.NOT_FIRST if hers(person).filter(status=Status.BOUGHT).exists() else None


def hers(person: Person) -> QuerySet[Purchase]:
    """The purchases of a person, and of those she turned out to be."""
    return Purchase.objects.filter(person__in=people_of(person))


def hold(demand: str, *, person: Person | None) -> None:
    """Let one checkout have the price of her first purchase; raises NotFirstPurchase."""
    refused = NotFirstPurchase("this price is for a first purchase, and you have bought before or are about to")
    if person is None:
        raise refused
    others = hers(person).exclude(demand=demand)
    if others.filter(Q(status=Status.BOUGHT) | Q(status=Status.HELD, is_first=True)).exists():
        raise refused
    try:
        with transaction.atomic():
            Purchase.objects.update_or_create(
                demand=demand, defaults={"person_id": person.root_pk, "status": Status.HELD, "is_first": True}
            )
    except IntegrityError as problem:
        raise refused from problem


NOTE = """
INSERT INTO promotions_purchase (demand, person_id, status, is_first)
SELECT *, 'bought', false FROM unnest(%s::text[], %s::bigint[])
ON CONFLICT (demand) DO UPDATE SET status = 'bought'
"""


def note(bought: Mapping[str, int]) -> None:
    """Remember purchases: orders' public ids, and whose they are; told again, nothing changes."""
    if bought:
        with connection.cursor() as cursor:
            cursor.execute(NOTE, [list(bought), list(bought.values())])


def release(demand: str) -> None:
    """Forget a purchase that came to nothing."""
    Purchase.objects.filter(demand=demand).update(status=Status.RELEASED)
