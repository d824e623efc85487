"""When a thing would be at her door: asked on its page for a postal code, answered as checkout would promise it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from commerce import clock
from commerce.catalog.models import Variant
from commerce.pages import by_htmx, refusal
from commerce.rest.problems import Problem
from commerce.rest.selling import sales_channel_of
from inventory.pages import named_place
from orders.ways import brought_to


def delivery(request: HttpRequest, handle: str) -> HttpResponse:
    """The ways in which one unit would be brought to the postal code that was named, with their days and prices."""
    whole = Variant.objects.select_related("product")
    variant = get_object_or_404(whole, sku=request.GET.get("v", ""), product__handle=handle, is_active=True)
    place, channel = named_place(request), sales_channel_of(request)
    facts: dict[str, Any] = {"variant": variant, "place": place, "currency": channel.currency}
    if place[:2].isdigit():
        try:
            facts["ways"] = brought_to(variant, sales_channel=channel, postal_code=place[:12], at=clock.now())
        except Problem as problem:
            facts["why_not"] = refusal(problem)
    return render(request, f"orders/product_delivery{'' if by_htmx(request) else '_page'}.html", facts)
