"""Which of our places serve a sales channel, and which are near a postal code or town that a shopper names."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from commerce.catalog.words import fold
from commerce.channels.models import Location, SalesChannel
from commerce.rest.access import location_ids
from inventory.nearby import Point, distance_km, point_named, point_of

CAPITALS = {
    "Vitoria-Gasteiz": "01", "Albacete": "02", "Alicante": "03", "Almería": "04", "Ávila": "05", "Badajoz": "06",
    "Palma": "07", "Barcelona": "08", "Burgos": "09", "Cáceres": "10", "Cádiz": "11", "Castellón de la Plana": "12",
    "Ciudad Real": "13", "Córdoba": "14", "A Coruña": "15", "Cuenca": "16", "Girona": "17", "Granada": "18",
    "Guadalajara": "19", "San Sebastián": "20", "Huelva": "21", "Huesca": "22", "Jaén": "23", "León": "24",
    "Lleida": "25", "Logroño": "26", "Lugo": "27", "Madrid": "28", "Málaga": "29", "Murcia": "30", "Pamplona": "31",
    "Ourense": "32", "Oviedo": "33", "Palencia": "34", "Las Palmas de Gran Canaria": "35", "Pontevedra": "36",
    "Salamanca": "37", "Santa Cruz de Tenerife": "38", "Santander": "39", "Segovia": "40", "Sevilla": "41",
    "Soria": "42", "Tarragona": "43", "Teruel": "44", "Toledo": "45", "Valencia": "46", "Valladolid": "47",
    "Bilbao": "48", "Zamora": "49", "Zaragoza": "50", "Ceuta": "51", "Melilla": "52",
}  # fmt: skip
"""The capital of each province, with the first two digits of its postal codes."""

TOWNS = {fold(name): digits for name, digits in CAPITALS.items()}


def serving(sales_channel: SalesChannel) -> QuerySet[Location]:
    """The places whose goods a sales channel sells: what is on the road, or in a closed place, nobody can buy."""
    return sales_channel.locations.filter(is_active=True).exclude(kind=Location.Kind.TRANSIT)


def own_place(request: HttpRequest, code: str) -> Location:
    """A location the caller is bound to; also one that is closed, or on the road, whose past is still to be explained.

    Raises Http404 for any other.
    """
    location, bound_to = get_object_or_404(Location, code=code), location_ids(request)
    if bound_to is not None and location.pk not in bound_to:
        raise Http404
    return location


def find_place(text: str, locations: Iterable[Location]) -> Point:
    """Where a postal code or town is: where one of our own places has it, exactly; else its province's capital.

    Raises UnknownPlace.
    """
    wanted = fold(text)
    for location in locations:
        point = point_of(location)
        if point and wanted in (fold(location.postal_code), fold(location.city)):
            return point
    return point_named(f"{TOWNS[wanted]}001" if wanted in TOWNS else text)


def nearest(locations: Iterable[Location], place: Point) -> list[tuple[Location, int | None]]:
    """Our places, the nearest first, with whole kilometers as the crow flies; those without coordinates last."""
    points = [(location, point_of(location)) for location in locations]
    measured = [(location, round(distance_km(point, place)) if point else None) for location, point in points]
    return sorted(measured, key=lambda pair: (pair[1] is None, pair[1] or 0, pair[0].pk))
