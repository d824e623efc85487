"""What a shop window shows: products with picture and price, and where one of them can be had."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, IntegerField, QuerySet, Value, When

from commerce.catalog.models import Picture, Product, Variant
from commerce.catalog.pictures import picture_of
from commerce.channels.models import Location, SalesChannel
from commerce.quotes.tags import PriceTag, price_tags
from inventory.nearby import Point
from inventory.places import nearest
from inventory.promise import outlook

FEW = 3
"""From how many units on we say how many are left."""


@dataclass(frozen=True)
class Card:
    """A product as it hangs in a list. `tag` is that of its cheapest variant, None if none can be bought now."""

    handle: str
    title: str
    category_id: int | None
    picture: str
    alt: str
    tag: PriceTag | None
    is_from: bool
    variants: int


def on_sale() -> QuerySet[Product]:
    """The products a shopper may see: what is new first, then as the catalog has them."""
    news = Case(When(tags__contains=["novedad"], then=Value(0)), default=Value(1), output_field=IntegerField())
    return Product.objects.filter(status=Product.Status.ACTIVE).order_by(news, "pk")


def cards(products: Sequence[Product], *, sales_channel: SalesChannel, at: datetime, language: str) -> list[Card]:
    """Cards for some products, in their order; five queries for any number of them."""
    by_product: dict[int, list[int]] = defaultdict(list)
    ids = [product.pk for product in products]
    for variant, product_id in Variant.objects.filter(product__in=ids, is_active=True).values_list("pk", "product_id"):
        by_product[product_id].append(variant)
    tags = price_tags(
        [variant for variants in by_product.values() for variant in variants],
        sales_channel=sales_channel,
        at=at,
        language=language,
    )
    pictures = first_pictures(ids)
    return [card(product, [tags.get(v) for v in by_product[product.pk]], pictures, language) for product in products]


def card(
    product: Product, tags: Sequence[PriceTag | None], pictures: dict[int, tuple[str, str]], language: str
) -> Card:
    """One product's card."""
    offered = [tag for tag in tags if tag]
    source, alt = pictures.get(product.pk, ("", ""))
    return Card(
        handle=product.handle,
        title=in_language(product, "title", language),
        category_id=product.category_id,
        picture=source,
        alt=alt,
        tag=min(offered, key=lambda tag: tag.amount, default=None),
        is_from=len({tag.amount for tag in offered}) > 1,
        variants=len(tags),
    )


def first_pictures(product_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """The address and description of each product's first picture."""
    rows = (
        Picture.objects.filter(product__in=product_ids).order_by("product_id", "position", "pk").distinct("product_id")
    )
    return {product: (source, alt) for product, source, alt in rows.values_list("product_id", "source", "alt")}


def in_language(product: Product, field: str, language: str) -> str:
    """A product's title or body in a language, where it is translated."""
    return product.translations.get(language, {}).get(field) or getattr(product, field)


@dataclass(frozen=True)
class Shelf:
    """One place and how many units of something can be had there."""

    location: Location
    units: int
    kilometers: int | None
    collected_from: datetime | None = None
    expected_at: datetime | None = None

    @property
    def is_low(self) -> bool:
        """So few that the number should be told."""
        return 0 < self.units <= FEW


@dataclass(frozen=True)
class Whereabouts:
    """Where one variant can be had: brought home, and in the stores, the nearest first."""

    deliverable: bool
    stores: list[Shelf]

    @property
    def in_stores(self) -> list[Shelf]:
        """The stores that have some."""
        return [shelf for shelf in self.stores if shelf.units]

    @property
    def lacks(self) -> bool:
        """Whether it cannot be had in some way, so that somebody may want to know when it can."""
        return not self.deliverable or any(not shelf.units for shelf in self.stores)


def whereabouts(variant: Variant, locations: Sequence[Location], *, place: Point | None, at: datetime) -> Whereabouts:
    """Free stock of one variant at the places that serve a sales channel; one query."""
    found = {one.location.pk: one for one in outlook([variant.pk], locations=locations, at=at)}
    units = {pk: one.now.get(variant.pk, 0) for pk, one in found.items()}
    one_unit = {variant.pk: 1}
    stores = [location for location in locations if location.offers_pickup]
    ordered = nearest(stores, place) if place else [(location, None) for location in stores]
    return Whereabouts(
        deliverable=any(units.values()),
        stores=[
            Shelf(
                location,
                units[location.pk],
                distance,
                collected_from=found[location.pk].collected_from(one_unit, at=at),
                expected_at=None if units[location.pk] else found[location.pk].here_at(one_unit, at=at),
            )
            for location, distance in ordered
        ],
    )


@dataclass(frozen=True)
class Choice:
    """One value of an option, such as blue, and the variant that taking it leads to."""

    value: str
    sku: str
    picture: str
    chosen: bool


def choices(
    chosen: Variant, variants: Sequence[Variant], pictures: Sequence[Picture], *, words: Mapping[str, str]
) -> list[tuple[str, list[Choice]]]:
    """The options of a product with their values; each leads to the variant most like the one that is chosen.

    `words` translate them.
    """
    current = dict(chosen.options)
    groups = []
    for name in current:
        rest = {key: value for key, value in current.items() if key != name}
        best: dict[str, tuple[int, Variant]] = {}
        for variant in variants:
            options = dict(variant.options)
            if name not in options:
                continue
            alike = sum(options.get(key) == value for key, value in rest.items())
            if options[name] not in best or alike > best[options[name]][0]:
                best[options[name]] = (alike, variant)
        seen = {value: picture_of(variant, pictures) for value, (_, variant) in best.items()}
        sources = {value: picture.source for value, picture in seen.items() if picture}
        if len(set(sources.values())) == 1:  # a size looks like the next one
            sources = {}
        values = [
            Choice(words.get(value, value), variant.sku, sources.get(value, ""), value == current[name])
            for value, (_, variant) in best.items()
        ]
        groups.append((words.get(name, name), values))
    return groups
