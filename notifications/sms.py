"""How long a text message is: 160 letters of the GSM alphabet, or 70 of any; fewer each when it takes several parts."""

import unicodedata

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
PLAIN = str.maketrans(
    {"–": "-", "—": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "\u00a0": " ", "\u202f": " "}
)


class TooLong(Exception):
    """A text message that does not fit into the parts it may have."""


def segments_of(text: str) -> int:
    """How many parts a network makes of a text."""
    if all(letter in BASIC or letter in EXTENDED for letter in text):
        length, one, each = sum(2 if letter in EXTENDED else 1 for letter in text), 160, 153
    else:
        length, one, each = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= one else -(-length // each)


def fit(text: str, *, segments: int) -> str:
    """The text as it is sent, without accents that GSM does not know if only so it fits; raises TooLong."""
    for candidate in (text, plain(text)):
        if segments_of(candidate) <= segments:
            return candidate
    raise TooLong(f"{segments_of(plain(text))} parts instead of {segments}")


def plain(text: str) -> str:
    """The text in the GSM alphabet as far as letters have a likeness there: á → a, “ → "."""
    return "".join(
        letter if letter in BASIC or letter in EXTENDED else likeness(letter) for letter in text.translate(PLAIN)
    )


def likeness(letter: str) -> str:
    """A letter without its accent."""
    return unicodedata.normalize("NFD", letter)[0]
