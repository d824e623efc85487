"""Amounts, times and pictures as a reader sees them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.translation import get_language

from commerce import clock, naming
from commerce.catalog.models import Category, Variant
from commerce.customers import known
from commerce.money import display
from commerce.quotes.tags import versions_of

register = template.Library()

NO_PICTURE = "commerce/no-picture.svg"
LOCALES = {"es": "es_ES", "en": "en_IE"}


@register.filter
def money(amount: int | None, currency: str) -> str:
    """`{{ 1250|money:"EUR" }}` → 12,50 €."""
    return "" if amount is None else display(amount, currency, get_language() or "es")


@register.filter
def moment(at: datetime | None, zone: str = "") -> str:
    """`{{ order.placed_at|moment }}` → lun, 23 nov, 11:00, by the shop's clock or that of the zone given."""
    return _in_words(at, "EEE d MMM, HH:mm", zone)


@register.filter
def day(at: datetime | None, zone: str = "") -> str:
    """`{{ order.placed_at|day }}` → lunes 23 nov."""
    return _in_words(at, "EEEE d MMM", zone)


def _in_words(at: datetime | None, pattern: str, zone: str) -> str:
    if at is None:
        return ""
    there = at.astimezone(ZoneInfo(zone or settings.SHOP_TIMEZONE))
    return format_datetime(there, pattern, locale=LOCALES.get(get_language() or "es", "es_ES"))


@register.filter
def is_old(at: datetime) -> bool:
    """Whether something she told us needs her to say once more that it is right: after twelve months."""
    return known.is_old(at, at=clock.now())


@register.filter
def picture(source: str) -> str:
    """The address of a picture: itself, or below the static files; a drawing in place of none."""
    return source if source.startswith(("http://", "https://", "/")) else static(source or NO_PICTURE)


@register.filter
def choice(variant: Variant) -> str:
    """`{{ variant|choice }}` → Azul / M, in the reader's language."""
    return variant.options_in(get_language() or "es")


@register.filter
def path(category: Category) -> str:
    """`{{ category|path }}` → Mesa > Tazas, in the reader's language."""
    return category.path_in(get_language() or "es")


@register.filter
def versions(quote: Any) -> str:
    """`{{ quote|versions }}` → pvp v3, #12 v1: the price lists of a quote, live or stored, and what it took off."""
    told = quote if isinstance(quote, dict) else quote.as_dict()
    lists = [f"{code} v{version}" for code, version in told["versions"]["price_lists"].items()]
    return ", ".join([*lists, *versions_of(told["versions"], (each["promotion_id"] for each in told["applied"]))])


@register.filter
def named(code: str) -> str:
    """`{{ "pickup_ready"|named }}` → lista para recoger."""
    return naming.named(code)
