"""Who may be whom: the queue of weaker matches, what a merge would bring together, and the decision about it."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts.models import Cart
from commerce.customers import disclosure, reviewing
from commerce.customers.consent import of_people
from commerce.customers.matching import Sign
from commerce.customers.models import Consent, ContactPoint, Person, Suggestion
from commerce.customers.people import people_of, root_of
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of
from commerce.timeline.record import open_journey
from notifications.models import Conversation
from orders.models import Order

LATEST = 100
SIGNS = {
    Sign.VERIFIED_PHONE: _("a phone number that one of them has proved"),
    Sign.SAME_PHONE: _("the same phone number"),
    Sign.SAME_EMAIL: _("the same email"),
    Sign.SAME_CARD: _("the same loyalty card"),
    Sign.SAME_NAME: _("the same name"),
    Sign.SAME_HOME: _("the same home"),
    Sign.TOO_MANY: _("an address that too many people gave was set aside"),
}


@dataclass(frozen=True)
class Side:
    """One of the two, with what a merge would bring along."""

    person: Person
    points: list[ContactPoint]
    consents: list[Consent]
    orders: list[Order]
    carts: list[Cart]
    talks: int


def side_of(person: Person) -> Side:
    """One of the two, as the one she was found to be."""
    people = people_of(person)
    return Side(
        person=person,
        points=list(ContactPoint.objects.filter(person__in=people).order_by("kind", "pk")),
        consents=list(of_people(people)),
        orders=list(Order.objects.filter(person__in=people).exclude(status="draft").order_by("-pk")[:LATEST]),
        carts=list(Cart.objects.filter(person__in=people, status__in=("open", "checking_out"))),
        talks=Conversation.objects.filter(person__in=people).count(),
    )


def both(suggestion: Suggestion) -> QuerySet[Person]:
    """Everybody whom the merge would make one."""
    return people_of(root_of(suggestion.one)) | people_of(root_of(suggestion.other))


@never_cache
def same(request: HttpRequest) -> HttpResponse:
    """The queue, the oldest first, and what was decided last. No name and no address stands in it."""
    asked = Suggestion.objects.filter(status="open").order_by("found_at", "pk")[:LATEST]
    decided = Suggestion.objects.exclude(status="open").order_by("-decided_at", "-pk")[:20]
    rows = [(row, [SIGNS[Sign(sign)] for sign in row.evidence]) for row in (*asked, *decided)]
    return render(request, "notifications/same.html", {"rows": rows})


@never_cache
def same_two(request: HttpRequest, pk: int) -> HttpResponse:
    """The two side by side, and what would hold afterwards; both looks are written down."""
    suggestion = get_object_or_404(Suggestion.objects.select_related("one__root", "other__root"), pk=pk)
    if request.method == "POST":
        return decided(request, suggestion)
    by, at = actor_of(request), clock.now()
    sides = [side_of(root_of(person)) for person in (suggestion.one, suggestion.other)]
    for side in sides:
        disclosure.note(side.person, what="preview of a merge", by=by, at=at)
    context = {
        "suggestion": suggestion,
        "signs": [SIGNS[Sign(sign)] for sign in suggestion.evidence],
        "sides": sides,
        "afterwards": list(of_people(both(suggestion))),
        "carts": sum(len(side.carts) for side in sides),
    }
    return render(request, "notifications/same_two.html", context)


def decided(request: HttpRequest, suggestion: Suggestion) -> HttpResponse:
    """What somebody says about the two."""
    by, at = actor_of(request), clock.now()
    match request.POST.get("say"):
        case "accept":
            reviewing.accept(suggestion, journey=open_journey(at=at), by=by, channel=channel_of(request), at=at)
        case "reject" | "never" as said:
            reviewing.reject(suggestion, forever=said == "never", by=by, at=at)
        case "reopen":
            reviewing.reopen(suggestion, journey=open_journey(at=at), by=by, channel=channel_of(request), at=at)
        case _:
            raise Http404
    return redirect("desk-same")
