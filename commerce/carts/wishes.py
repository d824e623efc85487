"""The wish list: what somebody saves for later, on its way out of a cart and back into it.

It is a person's over all channels. Before she says who she is it is the browser's, and becomes hers when she logs in.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.request import Request

from commerce.carts.models import Wish
from commerce.catalog.models import Variant
from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.customers.sessions import person_of
from commerce.ids import public_id
from commerce.rest.problems import Problem

WISHES = "wishes"
"""Under this a visitor's session keeps the id of its list."""

MOST = 100


class TooManyWishes(Problem):
    """More than a list holds."""

    code = "too_many_wishes"
    status = 422


def kept(request: HttpRequest | Request) -> QuerySet[Wish]:
    """All that was saved by whoever is here: two accounts that are one may have saved the same thing."""
    if person := person_of(request):
        return Wish.objects.filter(person__in=people_of(person))
    visitor = request.session.get(WISHES, "")
    return Wish.objects.filter(visitor=visitor, person=None) if visitor else Wish.objects.none()


def wishes_of(request: HttpRequest | Request) -> QuerySet[Wish]:
    """The wishes of whoever is here, each thing once as it was saved last, the last saved first."""
    latest = kept(request).order_by("variant_id", "-saved_at", "-pk").distinct("variant_id").values("pk")
    return Wish.objects.filter(pk__in=latest).select_related("variant__product").order_by("-saved_at", "-pk")


@transaction.atomic
def save(request: HttpRequest | Request, variant: Variant, *, quantity: int, at: datetime) -> Wish:
    """Save something for later; saved again, it has the new quantity. Raises TooManyWishes."""
    if wishes_of(request).exclude(variant=variant).count() >= MOST:
        raise TooManyWishes(f"a list holds at most {MOST} things", limit=MOST)
    changed = {"quantity": quantity, "saved_at": at}
    if person := person_of(request):
        return Wish.objects.update_or_create(person=person, variant=variant, defaults=changed)[0]
    visitor = request.session.setdefault(WISHES, public_id())
    return Wish.objects.update_or_create(person=None, visitor=visitor, variant=variant, defaults=changed)[0]


def forget(request: HttpRequest | Request, variant: Variant) -> None:
    """Take something off the list; what is not on it does no harm."""
    kept(request).filter(variant=variant).delete()


@transaction.atomic
def adopt(visitor: str, *, person: Person) -> None:
    """Make a browser's list hers, now that she is known; what she had saved before stays as she saved it."""
    if visitor:
        found = Wish.objects.filter(visitor=visitor, person=None)
        known = Wish.objects.filter(person__in=people_of(person)).values("variant")
        found.filter(variant__in=known).delete()
        found.update(person=person.root_pk, visitor="")
