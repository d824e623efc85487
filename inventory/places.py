"""Which of our places are near a postal code or town that somebody names: good to a province, without a map service."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from commerce.catalog.words import fold
from commerce.channels.models import Location
from commerce.rest.problems import Problem


class UnknownPlace(Problem):
    """Neither a Spanish postal code nor a town we know."""

    code = "unknown_place"
    status = 404


@dataclass(frozen=True)
class Place:
    """A point on the map, with the name it was found by."""

    name: str
    latitude: float
    longitude: float


# The first two digits of a Spanish postal code are its province; each stands here with its capital.
PROVINCES = {
    "01": Place("Vitoria-Gasteiz", 42.85, -2.67),
    "02": Place("Albacete", 38.99, -1.86),
    "03": Place("Alicante", 38.35, -0.48),
    "04": Place("Almería", 36.84, -2.46),
    "05": Place("Ávila", 40.66, -4.70),
    "06": Place("Badajoz", 38.88, -6.97),
    "07": Place("Palma", 39.57, 2.65),
    "08": Place("Barcelona", 41.39, 2.17),
    "09": Place("Burgos", 42.34, -3.70),
    "10": Place("Cáceres", 39.48, -6.37),
    "11": Place("Cádiz", 36.53, -6.29),
    "12": Place("Castellón de la Plana", 39.99, -0.04),
    "13": Place("Ciudad Real", 38.99, -3.93),
    "14": Place("Córdoba", 37.88, -4.77),
    "15": Place("A Coruña", 43.36, -8.41),
    "16": Place("Cuenca", 40.07, -2.14),
    "17": Place("Girona", 41.98, 2.82),
    "18": Place("Granada", 37.18, -3.60),
    "19": Place("Guadalajara", 40.63, -3.17),
    "20": Place("San Sebastián", 43.32, -1.98),
    "21": Place("Huelva", 37.26, -6.95),
    "22": Place("Huesca", 42.14, -0.41),
    "23": Place("Jaén", 37.77, -3.79),
    "24": Place("León", 42.60, -5.57),
    "25": Place("Lleida", 41.62, 0.62),
    "26": Place("Logroño", 42.47, -2.45),
    "27": Place("Lugo", 43.01, -7.56),
    "28": Place("Madrid", 40.42, -3.70),
    "29": Place("Málaga", 36.72, -4.42),
    "30": Place("Murcia", 37.99, -1.13),
    "31": Place("Pamplona", 42.81, -1.65),
    "32": Place("Ourense", 42.34, -7.86),
    "33": Place("Oviedo", 43.36, -5.85),
    "34": Place("Palencia", 42.01, -4.53),
    "35": Place("Las Palmas de Gran Canaria", 28.12, -15.43),
    "36": Place("Pontevedra", 42.43, -8.64),
    "37": Place("Salamanca", 40.97, -5.66),
    "38": Place("Santa Cruz de Tenerife", 28.47, -16.25),
    "39": Place("Santander", 43.46, -3.81),
    "40": Place("Segovia", 40.95, -4.12),
    "41": Place("Sevilla", 37.39, -5.99),
    "42": Place("Soria", 41.77, -2.47),
    "43": Place("Tarragona", 41.12, 1.25),
    "44": Place("Teruel", 40.34, -1.11),
    "45": Place("Toledo", 39.86, -4.02),
    "46": Place("Valencia", 39.47, -0.38),
    "47": Place("Valladolid", 41.65, -4.72),
    "48": Place("Bilbao", 43.26, -2.93),
    "49": Place("Zamora", 41.50, -5.75),
    "50": Place("Zaragoza", 41.65, -0.89),
    "51": Place("Ceuta", 35.89, -5.32),
    "52": Place("Melilla", 35.29, -2.94),
}
TOWNS = {fold(place.name): place for place in PROVINCES.values()}


def find_place(text: str, locations: Iterable[Location]) -> Place:
    """Where a postal code or town is: where one of our own places has it, exactly; else its province's capital.

    Raises UnknownPlace.
    """
    wanted = fold(text)
    for location in locations:
        if location.latitude is None or location.longitude is None:
            continue
        if wanted in (fold(location.postal_code), fold(location.city)):
            return Place(text, location.latitude, location.longitude)
    if wanted.isdigit() and len(wanted) == 5 and wanted[:2] in PROVINCES:
        return PROVINCES[wanted[:2]]
    if wanted in TOWNS:
        return TOWNS[wanted]
    raise UnknownPlace("this is neither a Spanish postal code nor the name of a town we know")


def nearest(locations: Iterable[Location], place: Place) -> list[tuple[Location, int | None]]:
    """Our places, the nearest first, with whole kilometers as the crow flies; those without coordinates last."""
    measured = [(location, kilometers(location, place)) for location in locations]
    return sorted(measured, key=lambda pair: (pair[1] is None, pair[1] or 0, pair[0].pk))


def kilometers(location: Location, place: Place) -> int | None:
    """The distance on the globe; None where a location's coordinates are not known."""
    if location.latitude is None or location.longitude is None:
        return None
    here, there = radians(location.latitude), radians(place.latitude)
    across = radians(place.longitude - location.longitude)
    half = sin((there - here) / 2) ** 2 + cos(here) * cos(there) * sin(across / 2) ** 2
    return round(2 * 6371 * asin(sqrt(half)))
