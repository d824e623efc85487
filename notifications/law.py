"""The law on contacting people, as data: one row per place, purpose and way of contact, with its source.

Taken from secondary sources on the day named; each row needs counsel before real use. Where nothing is known of a
place, all rows apply together: what is allowed everywhere is allowed there. The same goes for the states of a country.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from notifications.hours import Week, every_day, week


class Subject(StrEnum):
    """What the law tells apart."""

    MARKETING = "marketing"
    COLLECTION = "collection"
    SURVEY = "survey"


@dataclass(frozen=True)
class Row:
    """What one law says. No hours: it names none. `consent`: prior consent is needed."""

    id: str
    place: str
    subjects: frozenset[Subject]
    contact_channels: frozenset[str]
    source: str
    hours: Week | None = None
    on_holidays: bool = True
    consent: bool = False
    per_day: int | None = None
    one_channel_per_week: bool = False
    read_on: date = date(2026, 11, 22)


MARKETING = frozenset({Subject.MARKETING})
COLLECTION = frozenset({Subject.COLLECTION})
SURVEY = frozenset({Subject.SURVEY})

CALLS = frozenset({"voice"})
TEXTS = frozenset({"sms", "whatsapp"})
WRITTEN = TEXTS | {"email", "instagram", "messenger", "x", "chat"}
ALL = CALLS | WRITTEN | {"letter"}

ROWS = (
    Row(
        "ES-calls",
        "ES",
        MARKETING,
        CALLS,
        hours=week(weekdays="09:00-21:00"),
        on_holidays=False,
        consent=True,
        source="TRLGDCU 96.2; LGTel 11/2022 art. 66.1.b; by way of genbeta, ultimahora, okdiario",
    ),
    Row("ES-written", "ES", MARKETING, WRITTEN, consent=True, source="LSSI 21.1; by way of privtools, prodat.es"),
    Row(
        "MX-collection",
        "MX",
        COLLECTION,
        ALL,
        hours=week(weekdays="07:00-22:00"),
        on_holidays=False,
        source="PROFECO and CONDUSEF rules; by way of infobae, noticiaschihuahua, tribunademexico",
    ),
    Row(
        "CO-2300",
        "CO",
        MARKETING | COLLECTION,
        ALL,
        hours=week(weekdays="07:00-19:00", saturday="08:00-15:00"),
        on_holidays=False,
        consent=True,
        per_day=1,
        one_channel_per_week=True,
        source="Ley 2300 de 2023; by way of lakalle.bluradio, diariodelhuila (they word the cap differently)",
    ),
    Row(
        "US-TCPA",
        "US",
        MARKETING,
        CALLS | TEXTS,
        hours=every_day("08:00-21:00"),
        consent=True,
        source="TCPA; by way of natlawreview, referrizer, possiblenow",
    ),
    Row("US-email", "US", MARKETING, frozenset({"email"}), source="CAN-SPAM: no hours, opt-out in each message"),
    *(
        Row(
            f"{state}-texts",
            state,
            MARKETING,
            CALLS | TEXTS,
            hours=hours,
            consent=True,
            source="state law beside the TCPA; by way of natlawreview, referrizer, possiblenow",
        )
        for state, hours in {
            "US-FL": every_day("08:00-20:00"),
            "US-MD": every_day("08:00-20:00"),
            "US-MS": every_day("08:00-20:00"),
            "US-NJ": every_day("08:00-20:00"),
            "US-OK": every_day("08:00-20:00"),
            "US-CT": every_day("09:00-20:00"),
            "US-TX": week(weekdays="09:00-21:00", saturday="09:00-21:00", sunday="12:00-21:00"),
            "US-RI": week(weekdays="09:00-18:00", saturday="10:00-17:00", sunday="10:00-17:00"),
        }.items()
    ),
    Row(
        "US-RegF",
        "US",
        COLLECTION,
        ALL,
        hours=every_day("08:00-21:00"),
        per_day=1,
        source="Regulation F: more than 7 calls in 7 days are presumed abusive; by way of insidearm, mondaq",
    ),
    Row(
        "FR-texts",
        "FR",
        MARKETING,
        TEXTS,
        hours=week(weekdays="08:00-22:00", saturday="08:00-22:00"),
        on_holidays=False,
        consent=True,
        source="Klaviyo's help on SMS by country",
    ),
    *(
        Row(
            f"{place}-texts",
            place,
            MARKETING,
            TEXTS,
            hours=every_day("08:00-21:00"),
            consent=True,
            source="Klaviyo's help on SMS by country",
        )
        for place in ("DE", "GB", "NL", "IE")
    ),
    Row(
        "DE-survey",
        "DE",
        SURVEY,
        ALL,
        consent=True,
        source="BGH VI ZR 225/17, 10 Jul 2018: a survey is advertising; by way of kdsa-nord, goldberg",
    ),
)

KNOWN = frozenset(row.place[:2] for row in ROWS)


def rows_for(country: str, *, subject: Subject, contact_channel: str) -> Sequence[Row]:
    """The rows that bind a message to somebody in a country, of whom we do not know the state."""
    return [
        row
        for row in ROWS
        if subject in row.subjects
        and contact_channel in row.contact_channels
        and (row.place[:2] == country or country not in KNOWN)
    ]
