"""Words as they are compared: without case and accents, so that “cojín” is found by “COJIN”."""

import re
import unicodedata

WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """A text in lower case without accents, its words parted by single spaces."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(WORD.findall(plain))


def search_text(*, titles: list[str], others: list[str]) -> str:
    """What a product is found by: its titles first, a bar, and the rest; each word once in either part."""
    first = dict.fromkeys(fold(" ".join(titles)).split())
    rest = dict.fromkeys(word for word in fold(" ".join(others)).split() if word not in first)
    return f"{' '.join(first)} | {' '.join(rest)}".strip()
