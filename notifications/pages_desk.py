"""The agent's desk: a person found in two clicks, everything about her in one window, and what can be done for her."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts import edits, live, offers
from commerce.carts.models import Cart
from commerce.carts.pages import Added, change_code, change_line, shown, valid
from commerce.carts.pages_discounts import give_or_remove, reasons
from commerce.carts.showing import tag_of, usable_cart_of
from commerce.catalog.models import Variant
from commerce.channels.models import Role
from commerce.customers import disclosure
from commerce.customers.models import Person, Taste
from commerce.promotions.models import Promotion
from commerce.quotes.tags import price_tags
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of, sales_channel_of
from commerce.telling import named, tell
from commerce.timeline.actors import Actor
from inventory.availability import available
from inventory.pages_store import scanned_or_found
from inventory.places import serving
from inventory.window import in_language
from notifications.conversations.replying import reply, reply_with_code
from notifications.dossier import awaits_payment, dossier, search, why_of
from notifications.gate import person_named
from notifications.models import Conversation, ErasureRequest, Turn
from notifications.pages_kept import kept_for
from notifications.privacy.pages import waiting_for
from notifications.privacy.wording import told
from notifications.reasons import sentences
from notifications.tastes import tastes_of
from orders.forms import Checkout
from orders.models import Order
from orders.pages import asks_for_part, bought, brought_part, filled_in, offer, unfinished
from orders.returns.starting import open_question
from orders.returns.wording import QUESTIONS, STATUSES
from orders.ways import tenders_of_agent


class Reply(forms.Form):
    """What to answer, with a code of her own or without."""

    text = forms.CharField(max_length=2000, required=False)
    promotion = forms.ModelChoiceField(Promotion.objects.filter(needs_coupon=True, is_active=True), required=False)


@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    """Find somebody; who is found alone is opened at once. Below, the talks that wait for an answer.

    The words are sent as a form: no address of anybody stands in an address bar, a history or a log.
    """
    query = request.POST.get("q", "")[:120].strip()
    found = search(query) if query else []
    # Who gave an address or a number hears no name in return; who gave a name has said it already.
    named_by_caller = not any(letter.isdigit() or letter == "@" for letter in query)
    if len(found) == 1:
        return redirect("desk-person", public_id=found[0].public_id)
    talks = Conversation.objects.filter(is_open=True).select_related("person").order_by("-last_turn_at")[:20]
    seen = [person.pk for person in found] + [talk.person_id for talk in talks]
    disclosure.note_each(seen, what="list at the desk", by=actor_of(request), at=clock.now())
    return render(
        request, "notifications/desk.html", {"query": query, "found": found, "talks": talks, "names": named_by_caller}
    )


@never_cache
def desk_person(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything about a person; that it was read is written down."""
    person, at, language = person_named(public_id), clock.now(), get_language() or "es"
    disclosure.note(person, what="desk", by=actor_of(request), at=at)
    known = dossier(person)
    query = request.GET.get("add", "")[:80].strip()
    erasure = waiting_for(person)
    context = {
        "known": known,
        "may_erase": role_of(request) == Role.BACK_OFFICE,
        "erasure": erasure,
        "erasure_reasons": told(erasure.reasons, zone=person.timezone, language=language) if erasure else [],
        "holds": ErasureRequest.Hold.choices,
        "person": person,
        "shown": shown(known.cart, at=at, language=language) if known.cart else None,
        "awaits": awaits_payment(known.orders),
        "tastes": tastes_of(person, at=at),
        "taste_kinds": Taste.Kind.choices,
        "why": why_of(known.orders),
        "reasons": reasons(),
        "query": query,
        "results": results(request, query) if query else [],
        **kept_for(person, at=at),
        "story": [(entry, tell(entry), named(entry.actor.partition(":")[0])) for entry in known.entries],
        "messages_told": [
            (message, named(message.purpose), sentences([r for v in message.verdicts.all() for r in v.reasons]))
            for message in known.messages
        ],
        "returns": [
            (one, STATUSES[one.status], QUESTIONS[open_question(one)] if one.status == "started" else "")
            for one in known.returns
        ],
        "promotions": Promotion.objects.filter(needs_coupon=True, is_active=True)
        .exclude(ends_at__lte=at)
        .order_by("name"),
    }
    return render(request, "notifications/desk_person.html", context)


@never_cache
def desk_cart_live(request: HttpRequest, public_id: str) -> HttpResponse:
    """Her cart, if it is not as the desk has it: asked once a second."""
    person = person_named(public_id)
    cart = usable_cart_of(person)

    def show(since: int) -> HttpResponse:
        told = live.told(cart, request, since=since) if cart else ()
        priced = shown(cart, at=clock.now(), language=get_language() or "es", told=told) if cart else None
        return render(
            request, "notifications/desk_cart.html", {"person": person, "shown": priced, "reasons": reasons()}
        )

    return live.answer(request, tag_of(cart) if cart else live.NO_CART, show)


def results(request: HttpRequest, query: str) -> list[dict[str, Any]]:
    """What an agent could put into the cart, with price and units that can be sold anywhere."""
    at, language, channel = clock.now(), get_language() or "es", sales_channel_of(request)
    variants = scanned_or_found(query)
    ids = [variant.pk for variant in variants]
    tags = price_tags(ids, sales_channel=channel, at=at, language=language)
    free = available(ids, at=at, locations=list(serving(channel).values_list("pk", flat=True)))
    return [
        {
            "variant": variant,
            "title": in_language(variant.product, "title", language),
            "tag": tags.get(variant.pk),
            "units": sum(units for (of, _place), units in free.items() if of == variant.pk),
        }
        for variant in variants
    ]


def desk_cart(request: HttpRequest, public_id: str, what: str) -> HttpResponse:
    """Go on with a person's cart: add, change a quantity, put a code on it."""
    person, by, at = person_named(public_id), actor_of(request), clock.now()
    if what == "add":
        said = valid(Added(request.POST))
        lines = [(get_object_or_404(Variant, sku=said["sku"], is_active=True), said["quantity"])]
        edits.open_cart(sales_channel=sales_channel_of(request), person=person, lines=lines, by=by, at=at)
    elif what == "discount":
        cart, role = usable(person), role_of(request)
        discount = give_or_remove(cart, request.POST, role=role, by=by, channel=channel_of(request), at=at)
        if discount and discount.status == "waiting":
            messages.success(request, _("This waits for a second person."))
    elif what == "offer":
        return make_offer(request, usable(person), by=by, channel=channel_of(request), at=at)
    else:
        change(usable(person), what, request)
    return redirect(f"{request.path.split('/cart/')[0]}/#cart")


def usable(person: Person) -> Cart:
    """Her open cart; without one there is nothing to change."""
    return get_object_or_404(Cart, pk=getattr(usable_cart_of(person), "pk", None))


def change(cart: Cart, what: str, request: HttpRequest) -> None:
    """One change to her cart, as the shopper's own page makes it."""
    match what:
        case "set":
            change_line(cart, request)
        case "code":
            change_code(cart, request)
        case _:
            raise Http404


def make_offer(request: HttpRequest, cart: Cart, *, by: Actor, channel: str, at: datetime) -> HttpResponse:
    """Promise what her cart costs now; its page is printed, read aloud or sent."""
    made = offers.promise(
        cart,
        is_bound=bool(request.POST.get("only_for_her")),
        language=get_language() or "",
        by=by,
        channel=channel,
        at=at,
    )
    return redirect("offer", public_id=made.public_id)


@never_cache
def desk_checkout(request: HttpRequest, public_id: str) -> HttpResponse:
    """Order on a person's behalf, at the price of her cart."""
    person, at = person_named(public_id), clock.now()
    disclosure.note_each([person.pk], what="checkout at the desk", by=actor_of(request), at=at)
    cart, tenders = usable(person), tenders_of_agent()
    if cart.status == Cart.Status.CHECKING_OUT:
        return unfinished(request, cart, home=reverse("desk-person", args=[person.public_id]))
    form = Checkout(request.POST or None, known=filled_in(person), at=at)
    if request.method == "POST":
        sold_in = sales_channel_of(request)
        if order := bought(request, cart, form, person=person, tenders=tenders, sold_in=sold_in, at=at):
            messages.success(request, said_of(order))
            return redirect("desk-person", public_id=person.public_id)
    if asks_for_part(request):
        return brought_part(request, cart, person, at=at)
    context = offer(cart, person, said=request.POST, at=at) | {"form": form, "person": person, "tenders": tenders}
    return render(request, "notifications/desk_checkout.html", context, status=422 if form.errors else 200)


@never_cache
def desk_talk_news(request: HttpRequest, public_id: str, after: int) -> HttpResponse:
    """What was said in a talk since a turn; 204 if nothing was."""
    said = Turn.objects.filter(conversation__public_id=public_id, pk__gt=after).order_by("pk")
    turns = list(said.prefetch_related("photos"))
    if not turns:
        return HttpResponse(status=204)
    talk = get_object_or_404(Conversation, public_id=public_id)
    disclosure.note_each([talk.person_id], what="talk", by=actor_of(request), at=clock.now())
    return render(request, "notifications/desk_turns.html", {"turns": turns, "talk": talk, "last": turns[-1].pk})


def said_of(order: Order) -> str:
    """What the agent tells her: the order's number, or that it is placed when she has paid."""
    if order.number is None:
        return _("The link is on its way to her. The order is placed when she pays.")
    return _("Order %(number)s is placed.") % {"number": order.number}


def desk_reply(request: HttpRequest, public_id: str) -> HttpResponse:
    """Answer in a conversation, with a promotion code of her own if one was chosen."""
    conversation = get_object_or_404(Conversation.objects.select_related("person", "journey"), public_id=public_id)
    said, by, at = valid(Reply(request.POST)), actor_of(request), clock.now()
    if said["promotion"]:
        gift = reply_with_code(conversation, promotion=said["promotion"], text=said["text"], by=by, at=at)
        messages.success(request, _("Sent, with the code %(code)s.") % {"code": gift.coupon.code})
    elif said["text"].strip():
        reply(conversation, text=said["text"], by=by, at=at)
        messages.success(request, _("Sent."))
    else:
        messages.error(request, _("There is nothing to send yet."))
    return redirect("desk-person", public_id=conversation.person.public_id)
