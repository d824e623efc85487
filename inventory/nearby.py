"""How far a place is: from a point, or from a postal code as well as we know it."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from commerce.channels.models import Location
from commerce.rest.problems import Problem

EARTH_KM = 6371.0


class UnknownPlace(Problem):
    """What was given is neither a point nor a postal code that we can find."""

    code = "unknown_place"
    status = 400


@dataclass(frozen=True)
class Point:
    """Degrees on the earth, WGS 84."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError("a latitude is -90 to 90 degrees, a longitude -180 to 180")


def distance_km(here: Point, there: Point) -> float:
    """Kilometers as the crow flies (haversine)."""
    north, south = radians(here.latitude), radians(there.latitude)
    across = radians(there.longitude - here.longitude)
    chord = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(across / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(chord))


def point_of(location: Location) -> Point | None:
    """Where a location is, if we were told."""
    if location.latitude is None or location.longitude is None:
        return None
    return Point(location.latitude, location.longitude)


def point_named(near: str) -> Point:
    """The point meant by "40.4168,-3.7038" or by a Spanish postal code; raises UnknownPlace.

    A postal code is taken to be in its province's capital: good enough to say which town's store is nearest.
    """
    text = near.strip()
    try:
        if "," in text:
            latitude, longitude = text.split(",")
            return Point(float(latitude), float(longitude))
        if len(text) == 5 and text.isascii() and text.isdigit():
            return Point(*SPAIN[text[:2]])
    except (ValueError, KeyError) as problem:
        raise UnknownPlace(f"we do not know where “{text[:40]}” is") from problem
    raise UnknownPlace(f"“{text[:40]}” is neither a point such as 40.4168,-3.7038 nor a postal code")


SPAIN = {
    "01": (42.85, -2.67), "02": (38.99, -1.86), "03": (38.35, -0.48), "04": (36.84, -2.46), "05": (40.66, -4.70),
    "06": (38.88, -6.97), "07": (39.57, 2.65), "08": (41.39, 2.17), "09": (42.34, -3.70), "10": (39.48, -6.37),
    "11": (36.53, -6.29), "12": (39.99, -0.04), "13": (38.99, -3.93), "14": (37.89, -4.78), "15": (43.37, -8.40),
    "16": (40.07, -2.14), "17": (41.98, 2.82), "18": (37.18, -3.60), "19": (40.63, -3.17), "20": (43.32, -1.98),
    "21": (37.26, -6.95), "22": (42.14, -0.41), "23": (37.77, -3.79), "24": (42.60, -5.57), "25": (41.62, 0.62),
    "26": (42.47, -2.45), "27": (43.01, -7.56), "28": (40.42, -3.70), "29": (36.72, -4.42), "30": (37.99, -1.13),
    "31": (42.82, -1.64), "32": (42.34, -7.86), "33": (43.36, -5.85), "34": (42.01, -4.53), "35": (28.12, -15.43),
    "36": (42.43, -8.64), "37": (40.97, -5.66), "38": (28.46, -16.25), "39": (43.46, -3.80), "40": (40.95, -4.12),
    "41": (37.39, -5.99), "42": (41.76, -2.46), "43": (41.12, 1.25), "44": (40.34, -1.11), "45": (39.86, -4.02),
    "46": (39.47, -0.38), "47": (41.65, -4.72), "48": (43.26, -2.93), "49": (41.50, -5.75), "50": (41.65, -0.89),
    "51": (35.89, -5.31), "52": (35.29, -2.94),
}  # fmt: skip
"""The first two digits of a postal code are the province; where its capital is, to about a kilometer."""
