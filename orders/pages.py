"""Checking out, and following an order: what comes next first, then what happened."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.db.models import Case, Q, QuerySet, When
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts.held import need
from commerce.carts.models import Cart, HandOff
from commerce.carts.pages import shown
from commerce.carts.visits import cart_of
from commerce.channels.models import SalesChannel
from commerce.customers.known import Known, known_of
from commerce.customers.models import Person, PostalAddress
from commerce.customers.people import are_one, people_of
from commerce.customers.sessions import account_of, person_of
from commerce.pages import by_htmx, refusal
from commerce.rest.access import allowed, role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import SHOPPERS, STAFF
from commerce.rest.problems import Problem
from commerce.rest.selling import channel_of
from commerce.telling import tell, tell_herself
from commerce.timeline.models import Entry
from orders import buying, promise_ledger
from orders.abandoning import call_off
from orders.bringing import home_for
from orders.buying import Means, for_shopper
from orders.cases.models import Case as Incident
from orders.changes.editing import is_changeable
from orders.credits.ledger import NoStoreCredit, store_credit_of
from orders.delivery.slots import windows_of
from orders.documents.models import Document
from orders.forms import Checkout, terms_of
from orders.holding import limit_hoarding
from orders.lifecycle import ARRIVED
from orders.models import Fulfillment, Order, Payment
from orders.next_steps import next_step
from orders.private_links import LAST_ORDER, is_opened, may_change
from orders.reach import order_for
from orders.standing import owed_of
from orders.stripe import asking
from orders.tenders import STRIPE
from orders.ways import HOME, Choice, tenders_of_shopper, ways_for

TOLD = (
    "order.placed",
    "order.changed",
    "order.address_changed",
    "order.held",
    "order.released",
    "order.canceled",
    "order.completed",
    "case.opened",
    "case.swap_agreed",
    "case.closed",
    "case.reopened",
    "payment.captured",
    "payment.refunded",
    "return.requested",
    "return.canceled",
    "return.received",
    "return.inspected",
    "return.settled",
    "fulfillment.promised",
    "fulfillment.backordered",
    "fulfillment.allocated",
    "delivery.slot_taken",
    "promise.endangered",
    "promise.broken",
    "promise.dated",
    "fulfillment.expected",
    "fulfillment.picking",
    "fulfillment.ready",
    "fulfillment.collected",
    "fulfillment.expired",
    "fulfillment.handed_to_carrier",
    "fulfillment.out_for_delivery",
    "fulfillment.delivered",
    "fulfillment.failed",
    "fulfillment.returned_to_sender",
    "fulfillment.canceled",
)
"""What of an order's timeline concerns the shopper."""


def told_of(order: Order, cases: Iterable[Incident]) -> QuerySet[Entry]:
    """What she reads on the page of an order, and of its cases."""
    of_parts = Q(data__subject__in=list(order.fulfillments.values_list("public_id", flat=True)))
    of_cases = Q(data__case__in=[case.public_id for case in cases])
    about = Q(data__order=order.public_id) | Q(type__startswith="promise.") & of_parts | of_cases
    return Entry.objects.filter(about, journey=order.journey_id, type__in=TOLD)


@never_cache
def check_out(request: HttpRequest) -> HttpResponse:
    """Ask where the goods go, how she is reached and how she pays; take the order, or say why not."""
    at, cart = clock.now(), cart_of(request).first()
    if cart is None:
        return after_checkout(request)
    need(request, HandOff.Scope.PAY)
    if cart.status == Cart.Status.CHECKING_OUT:
        return unfinished(request, cart)
    person, tenders = person_of(request), tenders_of_shopper()
    form = Checkout(request.POST or None, known=filled_in(account_of(request)), at=at)
    if request.method == "POST" and (order := bought(request, cart, form, person=person, tenders=tenders, at=at)):
        request.session[LAST_ORDER] = order.public_id
        if order.status == Order.Status.DRAFT:
            return redirect("payment", public_id=pending(order).public_id)
        messages.success(request, _("Thank you! We have your order."))
        return redirect("order", public_id=order.public_id)
    if asks_for_part(request):
        return brought_part(request, cart, person, at=at)
    context = offer(cart, person, said=request.POST, at=at)
    if not context["shown"].lines:
        return redirect("cart")
    status = 422 if form.errors else 200
    return render(request, "orders/checkout.html", context | {"form": form, "tenders": tenders}, status=status)


def bought(
    request: HttpRequest,
    cart: Cart,
    form: Checkout,
    *,
    person: Person | None,
    tenders: Sequence[Choice],
    sold_in: SalesChannel | None = None,
    at: datetime,
) -> Order | None:
    """The order that a form asks for; nothing where it is refused: then the form says why, and keeps what was typed."""
    if not form.is_valid():
        return None
    said = form.cleaned_data
    terms = terms_of(
        said,
        ways=ways_for(cart, at=at),
        addresses=addresses_of(person),
        sold_in=sold_in,
        language=get_language() or "",
    )
    if terms is None:
        form.add_error("way", _("Please choose how you want it."))
        return None
    if said["tender"] not in {tender.code for tender in tenders}:
        form.add_error("tender", _("Please say how this is paid."))
        return None
    limit_hoarding(request, said["tender"])
    means = Means(
        said["tender"],
        said["gift_card"],
        said["store_credit"],
        payer=person_of(request),
        keep_card=said["keep_card"] and said["tender"] == STRIPE,
    )
    is_shopper = role_of(request) in SHOPPERS
    try:
        with transaction.atomic():  # a refusal undoes all of it, and the page goes on
            return buying.buy(
                cart,
                terms=terms,
                means=for_shopper(means, owner=cart.person, buys=True) if is_shopper else means,
                by=actor_of(request),
                channel=channel_of(request),
                at=at,
            )
    except Problem as problem:
        form.add_error(None, refusal(problem))
        cart.refresh_from_db()
        return None


def pending(order: Order) -> Payment:
    """The payment at Stripe that an order waits for."""
    return get_object_or_404(order.payments, tender=STRIPE, status=Payment.Status.PENDING)


def unfinished(request: HttpRequest, cart: Cart, *, home: str = "cart") -> HttpResponse:
    """A checkout that stands open, here or on another device: go on to pay, or back to the cart."""
    order = get_object_or_404(Order.objects.select_related("cart", "sales_channel"), cart=cart, status="draft")
    if request.method != "POST":
        payment = order.payments.filter(tender=STRIPE, status=Payment.Status.PENDING).first()
        return render(request, "orders/unfinished.html", {"order": order, "payment": payment})
    call_off(order, by=actor_of(request), channel=channel_of(request), at=clock.now())
    return redirect(home)


def after_checkout(request: HttpRequest) -> HttpResponse:
    """Where somebody goes who sent the form twice, or came without a cart."""
    if request.method == "POST" and (last := request.session.get(LAST_ORDER)):
        return redirect("order", public_id=last)
    return redirect("cart")


def asks_for_part(request: HttpRequest) -> bool:
    """Whether a checkout page asks how it can be brought to the postal code that was just typed."""
    return request.method == "GET" and by_htmx(request)


def brought_part(request: HttpRequest, cart: Cart, person: Person | None, *, at: datetime) -> HttpResponse:
    """How it can be brought there, and for how much: a part of the page."""
    facts = offer(cart, person, said=request.GET, at=at)
    return render(request, "orders/brought.html", facts | {"form": Checkout(initial=request.GET.dict()), "live": True})


def offer(cart: Cart, person: Person | None, *, said: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """What a checkout page shows of a cart: its lines, the ways, and the price of either, as far as its form says."""
    language = get_language() or "es"
    priced, addresses = shown(cart, at=at, language=language), addresses_of(person)
    ways = ways_for(cart, at=at)
    is_there = any(way.can for way in ways if way.code == HOME)
    home = home_for(cart, priced.quote, said=said, addresses=addresses, is_there=is_there, language=language, at=at)
    return {
        "pays_by_card": bool(settings.STRIPE_API_KEY),
        "shown": priced,
        "ways": ways,
        "addresses": addresses,
        "store_credit": credit_of(person, cart.sales_channel.currency, at=at),
        # Whoever was handed the code of a cart pays without a card being kept.
        "may_keep_card": bool(settings.STRIPE_API_KEY) and are_one(person, cart.person),
        "pickup": priced.quote,
        "home": home,
        "delivery": home.quote,
    }


def credit_of(person: Person | None, currency: str, *, at: datetime) -> int:
    """How much store credit she has."""
    try:
        return store_credit_of(person, currency=currency, at=at).balance
    except NoStoreCredit:
        return 0


def addresses_of(person: Person | None) -> list[PostalAddress]:
    """Where her things may go: what she gave herself, the latest first; then what she, or somebody, gave as a guest.

    `is_hers` says which is which, for what a guest typed is offered and never chosen for her; `since`, how old it is.
    """
    if person is None:
        return []
    found = PostalAddress.objects.filter(person__in=people_of(person), removed_at=None).annotate(
        is_hers=Case(When(Q(person=person.root_pk) | Q(person__user__isnull=False), then=True), default=False),
        since=Coalesce("confirmed_at", "entered_at"),
    )
    return list(found.order_by("-is_hers", "-since", "-pk"))


def filled_in(person: Person | None) -> dict[str, Known]:
    """What we know already is not asked again."""
    return known_of(person) if person else {}


@never_cache
def order_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """The next step of an order, what happened, what was bought: for whoever bought it in this browser, or logs in.

    Else it is opened by its private link, a guest's too: where that was revoked, the id alone opens nothing.
    """
    order = get_object_or_404(
        Order.objects.exclude(status=Order.Status.DRAFT).select_related("person__root"), public_id=public_id
    )
    at, by_staff = clock.now(), role_of(request) in STAFF
    may = may_change(request, order, at=at)
    if by_staff:
        order_for(request, public_id)
    elif not may and not is_opened(request, order, at=at):
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.path)
    fulfillments = list(order.fulfillments.select_related("location__firm", "address").order_by("pk"))
    windows = windows_of(part for part in fulfillments if part.kind == Fulfillment.Kind.SHIPMENT)
    earlier = promise_ledger.told_earlier(fulfillments)
    own = request.session.get(LAST_ORDER) == public_id or are_one(person_of(request), order.person)
    owed = owed_of(order)
    holds = list(order.holds.filter(released_at=None).order_by("due_at"))
    cases = list(order.cases.order_by("pk"))
    words = tell if by_staff else tell_herself
    return render(
        request,
        "orders/order.html",
        {
            "order": order,
            "own": own,
            "may_complain": not by_staff or allowed("case-new", "POST", role_of(request)),
            "fulfillments": [
                (f, next_step(order, f, is_held=bool(holds)), windows.get(f.pk), earlier.get(f.public_id, ()))
                for f in fulfillments
            ],
            "story": [(entry, words(entry)) for entry in told_of(order, cases).order_by("-number")],
            "lines": list(order.lines.all()),
            "pays_by_card": bool(settings.STRIPE_API_KEY),
            "changeable": may and is_changeable(order, fulfillments),
            "holds": holds,
            "by_staff": by_staff,
            "cases": cases,
            "replacements": list(Order.objects.filter(replaces__order=order, number__isnull=False).order_by("pk")),
            "may_hold": allowed("order-holds", "GET", role_of(request)) and order.status == Order.Status.PLACED,
            "now": at,
            "returnable": any(part.status in ARRIVED for part in fulfillments) or order.till_key is not None,
            "owed": owed,
            "payment": order.payments.filter(tender=STRIPE, status=Payment.Status.PENDING).first() if owed else None,
            "papers": Document.objects.filter(order=order).select_related("series").order_by("pk") if own else (),
            "applied": order.quote.get("applied", []),
            "zone": fulfillments[0].location.timezone if fulfillments else settings.SHOP_TIMEZONE,
        },
    )


def pay_order(request: HttpRequest, public_id: str) -> HttpResponse:
    """On to a page on which she pays what is left of an order that was placed."""
    order = order_for(request, public_id)
    payment = asking.ask(
        order, payer=person_of(request), by=actor_of(request), channel=channel_of(request), at=clock.now()
    )
    return redirect("payment", public_id=payment.public_id)
