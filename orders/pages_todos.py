"""What the people of a store must look at: alarms of its tills, promises at risk, parcels that no carrier takes.

Money that the office must decide about has no place, and calls have their own list: neither is ticked off here.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.rest.authentication import actor_of
from inventory.pages_store import own_store
from orders.models import Todo
from orders.todos import close_todo

Kind = Todo.Kind
MOST = 100
WORDS: dict[str, Any] = {
    Kind.OVERSOLD: gettext_lazy("Promised, but it is not there: find it, or call her"),
    Kind.TILL_GAP: gettext_lazy("Sales of a till are missing: connect it, or look at its receipts"),
    Kind.TILL_REFUSED: gettext_lazy("A till was refused: is it ours, and is its key right?"),
    Kind.TILL_QUARANTINED: gettext_lazy("Two tills use one key: give one of them its own"),
    Kind.TILL_WAITING: gettext_lazy("A till took back or undid a sale that nobody told of: is a till missing?"),
    Kind.GIVEN_TWICE: gettext_lazy("More came back to a till than was left of the sale: look at the receipts"),
    Kind.PAYMENT_FAILED_AFTER_HANDOVER: gettext_lazy("A card was declined after the goods had left"),
    Kind.PARCEL: gettext_lazy("Something is wrong with a parcel"),
    Kind.CASE: gettext_lazy("A case is late"),
    Kind.ORDER_HELD: gettext_lazy("An order is held back until somebody decides"),
}
SETTLES_ITSELF = {Kind.TILL_GAP}
"""What is over only when it is over: nobody can tick it off."""


@never_cache
def to_look_at(request: HttpRequest, code: str) -> HttpResponse:
    """The open matters of this store, the most urgent first; what was looked at is ticked off."""
    store = own_store(request, code)
    mine = Todo.objects.filter(location=store, closed_at=None)
    if request.method == "POST":
        given = request.POST.get("todo", "")
        number = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
        for todo in mine.exclude(kind__in=SETTLES_ITSELF).filter(pk=number):
            close_todo(todo.kind, todo.subject, by=actor_of(request), at=clock.now())
            messages.success(request, _("Ticked off."))
        return redirect("store-to-look-at", code=code)
    rows = mine.select_related("order").order_by("due_at", "opened_at")[:MOST]
    context = {
        "store": store,
        "tab": "to-look-at",
        "todos": [(todo, WORDS.get(todo.kind, todo.get_kind_display()), todo.kind in SETTLES_ITSELF) for todo in rows],
        "now": clock.now(),
    }
    return render(request, "orders/to_look_at.html", context)
