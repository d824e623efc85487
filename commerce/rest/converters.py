"""What may stand in an address; anything else is a 404 before a query is made."""

from django.urls.converters import StringConverter


class PublicId(StringConverter):
    """One of our opaque ids."""

    regex = "[0-9A-Z]{22}"


class Sku(StringConverter):
    """A retailer's own number of a variant: any text, slashes too, but no control characters."""

    regex = r"[^\x00-\x1f\x7f]{1,60}"


class Handle(StringConverter):
    """A product's name in links: letters of any script, digits, dashes."""

    regex = r"[-\w]{1,120}"
