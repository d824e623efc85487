"""The API of the catalog: products with price and stock, as the caller's sales channel sells them."""

from typing import Any

from django.core.paginator import EmptyPage, Paginator
from django.db.models import Q
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.catalog.search import LONGEST, find
from commerce.rest.access import role_of
from commerce.rest.doors import SHOPPERS
from commerce.rest.fields import Strict, Text
from commerce.rest.problems import Problem
from commerce.rest.queries import query_of
from commerce.rest.selling import sales_channel_of
from inventory.api import TOLD_TO_SHOPPERS
from inventory.reading import Told, address_of, price_of, read_product
from inventory.schema import ProductAnswer, ProductsAnswer
from inventory.window import Card, cards, on_sale

PAGE = 24


class ProductsQuery(Strict):
    """What is looked for: words, a SKU or a barcode; on which shelf; which page of the answer."""

    q = Text(max_length=LONGEST, required=False, allow_blank=True)
    category = serializers.SlugField(max_length=200, required=False, help_text="a category's slug")
    page = serializers.IntegerField(min_value=1, max_value=10_000, default=1)


class NoSuchPage(Problem):
    """The answer has fewer pages."""

    code = "no_such_page"
    status = 404


class ProductsDoor(APIView):
    """What is sold."""

    query = ProductsQuery

    @extend_schema(operation_id="products", parameters=[ProductsQuery], responses=ProductsAnswer)
    def get(self, request: Request) -> Response:
        """Products that answer a question, best first; without one all, what is new first."""
        asked, at, language = query_of(request, ProductsQuery), clock.now(), get_language() or "es"
        products = on_sale()
        if shelf := asked.get("category"):
            products = products.filter(Q(category__slug=shelf))
        pages = Paginator(find(products, asked.get("q", "")), PAGE)
        try:
            page = pages.page(asked["page"])
        except EmptyPage as problem:
            raise NoSuchPage(f"this answer has {pages.num_pages} pages") from problem
        channel = sales_channel_of(request)
        found = cards(list(page), sales_channel=channel, at=at, language=language)
        return Response(
            {
                "count": pages.count,
                "page": page.number,
                "pages": pages.num_pages,
                "currency": channel.currency,
                "products": [card_facts(card) for card in found],
            }
        )


def card_facts(card: Card) -> dict[str, Any]:
    """One product of a list."""
    return {
        "handle": card.handle,
        "title": card.title,
        "picture": {"address": address_of(card.picture), "alt": card.alt} if card.picture else None,
        "price": price_of(card.tag),
        "price_is_from": card.is_from,
        "variants": card.variants,
    }


class ProductDoor(APIView):
    """One product."""

    @extend_schema(operation_id="product", responses=ProductAnswer)
    def get(self, request: Request, handle: str) -> Response:
        """A product with its variants, what each costs here and now, and where it can be had.

        Shoppers are told of at most 20 units of anything.
        """
        told = Told(TOLD_TO_SHOPPERS if role_of(request) in SHOPPERS else None)
        channel = sales_channel_of(request)
        language = get_language() or "es"
        return Response(read_product(handle, sales_channel=channel, told=told, language=language, at=clock.now()))
