"""What is known of a person's taste, from every source; and what her own words in earlier talks say of it.

Words are read by a few plain patterns, and nothing is guessed: «talla 42», «sin lactosa», «me gusta el azul»; a bare
«número 42» may be an order's. They are read from her own proven turns alone, and shown with the day of the talk, so
that whoever greets her can ask.
"""

import re
from collections.abc import Collection
from datetime import datetime

from commerce.customers.models import Person, Taste
from commerce.customers.people import people_of
from commerce.customers.tastes import Known, together
from notifications.models import Turn
from orders.tastes import bought

LATEST = 300
"""So many of her latest turns are read."""

Kind = Taste.Kind
NO_TASTE = (
    "que|de|del|mismo|misma|otro|otra|it|to|that|this|these|those|them|you|your|yours|my|his|her|their|its|him|me|us"
    "|how|what|when|where|who|a|an|all|everything|nothing|being|having|shopping|buying|more|most|very|much|so"
)
"""Words that come after «me gusta el» or «I like» and name nothing."""

WORD = rf"(?!(?:{NO_TASTE})\b)[\wáéíóúñüç-]+"
THE = r"(?:el|la|los|las)"
HOW = r"(?:mucho |muchísimo |más |nada )?"
SIZE = r"(\d{1,3}(?:[.,]5)?|[2-6]?x{0,3}[sml])\b"
SAID = (
    (Kind.SIZE, re.compile(rf"\b(?:talla|size)\s+{SIZE}", re.I)),
    (
        Kind.SIZE,
        re.compile(rf"\b(?:calzo\s+(?:un |el |del )?(?:número )?|(?:uso|gasto|llevo) (?:el|un) número ){SIZE}", re.I),
    ),
    (Kind.AVOIDS, re.compile(rf"\b(?:alérgic[ao] a(?:l| la| los| las)?|allergic to)\s+({WORD})", re.I)),
    (Kind.AVOIDS, re.compile(r"\b((?:sin|libre de) (?:lactosa|gluten|azúcar|alcohol|frutos secos|lana|piel))\b", re.I)),
    (Kind.AVOIDS, re.compile(r"\b((?:lactose|gluten|sugar|alcohol|nut|wool|leather)[ -]free)\b", re.I)),
    (Kind.LIKES, re.compile(r"\b(vegan[ao]?|vegetarian[ao]?)\b", re.I)),
    (Kind.AVOIDS, re.compile(rf"\bno me gustan? {HOW}{THE} ({WORD})", re.I)),
    (Kind.LIKES, re.compile(rf"(?<!no )\bme (?:gustan?|encantan?) {HOW}{THE} ({WORD})", re.I)),
    (Kind.AVOIDS, re.compile(rf"\bI (?:do not|don't|don’t) like (?:the )?({WORD})", re.I)),
    (Kind.LIKES, re.compile(rf"\bI (?:like|love) (?:the )?({WORD})", re.I)),
)


def read(text: str) -> list[tuple[str, str]]:
    """What one thing she wrote says of her taste: kind and value."""
    return [(kind.value, found.casefold()) for kind, pattern in SAID for found in pattern.findall(text)]


def talked(people: Collection[int]) -> list[Known]:
    """What these people's own words say, the latest first."""
    turns = (
        Turn.objects.filter(conversation__person__in=people, side=Turn.Side.PERSON, is_proven=True)
        .order_by("-recorded_at", "-pk")
        .values_list("text", "said_at", "conversation__contact_channel")[:LATEST]
    )
    return [
        Known(kind, value[:80], Taste.Source.TALK.value, said_at, channel, about=excerpt(text))
        for text, said_at, channel in turns
        for kind, value in read(text)
    ]


def excerpt(text: str) -> str:
    """So much of what she wrote that it is known again."""
    return text if len(text) <= 80 else text[:79] + "…"


def tastes_of(person: Person, *, at: datetime) -> list[Known]:
    """All that is known of her taste, over everybody she was found to be; what she deleted is not among it."""
    people = list(people_of(person).values_list("pk", flat=True))
    return together(people, [*talked(people), *bought(people, at=at)])
