"""The picking list of a place: what to take from its shelves, once for each article, and for which orders."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, Prefetch, Q, QuerySet

from commerce.catalog.models import Picture
from commerce.catalog.pictures import picture_of
from commerce.channels.models import Location
from orders.lifecycle import TO_PICK
from orders.models import Fulfillment, FulfillmentLine

Way = Fulfillment.Status
PAGE = 50
"""Parts of orders on one page of the list."""


@dataclass
class Article:
    """One article to take, how many units of it, and for which parts: (order number, public id, units)."""

    sku: str
    barcode: str
    title: str
    options: str
    picture: str
    units: int = 0
    parts: list[tuple[str, str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class PickingList:
    """One page: the articles of the most urgent parts; `after` is where the next page begins, if there is one."""

    articles: list[Article]
    parts: int
    until: datetime | None
    after: int | None


def to_pick(location: Location) -> QuerySet[Fulfillment]:
    """What nobody has made ready yet, and lies here: for this place's shoppers, or to be sent to another store."""
    here = Q(location=location, comes_from=None) | Q(comes_from=location)
    return Fulfillment.objects.filter(here, status__in=TO_PICK)


def picking_list(location: Location, *, page: int = 1) -> PickingList:
    """One page of what a place has to pick, the most urgent parts first; four queries for any number of articles."""
    urgent = to_pick(location).order_by(F("promised_for").asc(nulls_last=True), "pk")
    first = (page - 1) * PAGE
    found = list(urgent.values_list("pk", "promised_for")[first : first + PAGE + 1])
    shown = found[:PAGE]
    pictures = Prefetch("order_line__variant__product__pictures", Picture.objects.select_related("variant"))
    rows = (
        FulfillmentLine.objects.filter(fulfillment__in=[pk for pk, _ in shown])
        .select_related("fulfillment__order", "order_line__variant__product")
        .prefetch_related(pictures)
        .order_by("order_line__sku", "fulfillment")
    )
    articles: dict[str, Article] = {}
    for row in rows:
        line, variant = row.order_line, row.order_line.variant
        if line.sku not in articles:
            picture = picture_of(variant, variant.product.pictures.all()) if variant else None
            articles[line.sku] = Article(
                line.sku,
                (variant.barcode or "") if variant else "",
                line.title,
                variant.options_text if variant else "",
                picture.source if picture else "",
            )
        article = articles[line.sku]
        article.units += row.quantity
        article.parts.append((str(row.fulfillment.order.number), row.fulfillment.public_id, row.quantity))
    until = shown[-1][1] if shown else None
    return PickingList(list(articles.values()), len(shown), until, page + 1 if len(found) > PAGE else None)
