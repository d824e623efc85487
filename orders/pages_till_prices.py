"""Another price at the counter: something taken off by hand, or today's price promised on paper."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commerce import clock
from commerce.carts import offers
from commerce.carts.models import ManualDiscount
from commerce.carts.pages_discounts import give_or_remove
from commerce.channels.models import Location
from commerce.promotions.models import Coupon
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of
from inventory.pages_store import own_store
from orders import till_cart, till_codes
from orders.pages_till import basket_of, code_of


@transaction.atomic
def take_off(request: HttpRequest, code: str) -> HttpResponse:
    """Take something off the basket by hand, with a reason; beyond the clerk's limit it waits for a second person."""
    store, at = own_store(request, code), clock.now()
    if not request.POST.get("value") or not basket_of(request, store):
        till_cart.forget(request, store, at=at)
        return redirect("store-sell", code=code)
    cart = till_cart.begin(request, store, basket_of(request, store), coupon=coupon_of(request, store), at=at)
    said = request.POST.copy()
    said["version"] = str(cart.version)
    by, role = actor_of(request), role_of(request)
    given = give_or_remove(cart, said, role=role, by=by, channel=channel_of(request), at=at)
    if given and given.status == ManualDiscount.Status.WAITING:
        messages.success(request, _("This waits for a second person."))
    return redirect("store-sell", code=code)


@transaction.atomic
def promise(request: HttpRequest, code: str) -> HttpResponse:
    """Promise what the basket costs now, as a page to print: with the code that a till or a phone reads."""
    store, at = own_store(request, code), clock.now()
    basket, behind = basket_of(request, store), till_cart.cart_behind(request, store)
    if not basket:
        return redirect("store-sell", code=code)
    by, channel = actor_of(request), channel_of(request)
    if behind and behind.by_hand_id:
        cart = till_cart.refilled(behind, basket, by=by, channel=channel, at=at)
    else:
        cart = till_cart.begin(request, store, basket, coupon=coupon_of(request, store), at=at)
    made = offers.promise(cart, language=get_language() or "", by=by, channel=channel, at=at)
    return redirect("offer", public_id=made.public_id)


def coupon_of(request: HttpRequest, store: Location) -> Coupon | None:
    """The coupon that was typed for this basket, if it is one."""
    typed = code_of(request, store)
    code = till_codes.read(typed, at=clock.now()) if typed else None
    return code if isinstance(code, Coupon) else None
