"""The shop window: every product with its price, and where it can be had."""

from collections.abc import Sequence
from datetime import datetime

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language

from commerce import clock
from commerce.carts.visits import CODE_KEY
from commerce.catalog.models import Category, Product
from commerce.catalog.pictures import picture_of
from commerce.catalog.search import find
from commerce.channels.models import Location
from commerce.promotions.models import Promotion
from commerce.quotes.tags import price_tags
from commerce.rest.selling import sales_channel_of
from inventory.nearby import Point, UnknownPlace
from inventory.pages_reservations import on_product_page
from inventory.places import find_place, serving
from inventory.window import Card, cards, choices, in_language, on_sale, whereabouts

PAGE = 24
PLACE = "place"
"""Where a session keeps the postal code or town that was named last."""


def home(request: HttpRequest) -> HttpResponse:
    """Everything there is, by category and by words."""
    at, language, channel = clock.now(), get_language() or "es", sales_channel_of(request)
    if "code" in request.GET:
        request.session[CODE_KEY] = request.GET["code"][:40]
    query, shelf = request.GET.get("q", "")[:80].strip(), request.GET.get("category", "")
    categories = list(Category.objects.all())
    products = on_sale()
    category = next((category for category in categories if category.slug == shelf), None)
    if category:
        products = products.filter(Q(category=category) | Q(category__path__startswith=f"{category.path} > "))
    if query:
        products = find(products, query)
    page = Paginator(products, PAGE).get_page(request.GET.get("page"))
    goods = cards(list(page), sales_channel=channel, at=at, language=language)
    front = not (query or category) and page.number == 1
    return render(
        request,
        "inventory/home.html",
        {
            "categories": categories,
            "category": category,
            "query": query,
            "page": page,
            "goods": goods,
            "arcade": one_of_each_category(goods, 3) if front else [],
            "offers": offers(at, language) if front else [],
            "code": request.session.get(CODE_KEY, ""),
        },
    )


def one_of_each_category(goods: list[Card], most: int) -> list[Card]:
    """Some cards from different shelves, for the arcade."""
    return list({card.category_id: card for card in reversed(goods)}.values())[::-1][:most]


def offers(at: datetime, language: str) -> list[tuple[str, str]]:
    """Names of the promotions that apply by themselves now, and the category each leads to."""
    live = Promotion.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at), is_active=True, needs_coupon=False, starts_at__lte=at
    ).select_related("category")
    return [(p.names.get(language) or p.name, p.category.slug if p.category else "") for p in live]


def product(request: HttpRequest, handle: str) -> HttpResponse:
    """One product: its variants, what each costs, and where it can be had."""
    at, language, channel = clock.now(), get_language() or "es", sales_channel_of(request)
    shown = get_object_or_404(
        Product.objects.filter(status=Product.Status.ACTIVE).select_related("category"), handle=handle
    )
    variants, pictures = list(shown.variants.filter(is_active=True)), list(shown.pictures.select_related("variant"))
    chosen = next((v for v in variants if v.sku == request.GET.get("v")), variants[0] if variants else None)
    context = {
        "product": shown,
        "title": in_language(shown, "title", language),
        "body": in_language(shown, "body", language),
        "chosen": chosen,
        "main": picture_of(chosen, pictures) if chosen else None,
        "others": [p for p in pictures if not p.variant_id],
    }
    if chosen:
        locations = list(serving(channel))
        place = named_place(request)
        point, context["place_unknown"] = point_of(place, locations)
        tags = price_tags([chosen.pk], sales_channel=channel, at=at, language=language)
        where = whereabouts(chosen, locations, place=point, at=at)
        context |= {
            "tag": tags.get(chosen.pk),
            "options": choices(chosen, variants, pictures, words=shown.words_in(language)),
            "delivery": channel,
            "whereabouts": where,
            "place": place,
        }
        lacking = [shelf.location.pk for shelf in where.stores if not shelf.units]
        context |= on_product_page(request, chosen, lacking=lacking, at=at)
    return render(request, "inventory/product.html", context)


def named_place(request: HttpRequest) -> str:
    """The postal code or town of this visit: the one just given, or the one given before."""
    if PLACE in request.GET:
        request.session[PLACE] = request.GET[PLACE][:60].strip()
    return request.session.get(PLACE, "")


def point_of(place: str, locations: Sequence[Location]) -> tuple[Point | None, bool]:
    """Where a named place is, and whether it is unknown: a product is shown all the same."""
    try:
        return (find_place(place, locations) if place else None), False
    except UnknownPlace:
        return None, True
