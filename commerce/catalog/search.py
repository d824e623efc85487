"""Finding products by what somebody typed or scanned, in any of the catalog's languages, best first.

A code that is a SKU or a barcode wins. Otherwise every word must stand somewhere in a product's titles, category, tags,
options or vendor, in any order, without regard to case, accents and plurals. Only where that finds nothing, words are
taken for slips of the finger and replaced by the nearest ones that the catalog knows; those it does not know fall away.
"""

from collections.abc import Sequence

from django.db import connection
from django.db.models import Case, F, Func, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import StrIndex

from commerce.catalog.models import Product, Variant
from commerce.catalog.words import fold

LONGEST = 80
"""Characters of a question that are looked at; nobody types more."""

SMALL_WORDS = frozenset(
    {"a", "al", "con", "de", "del", "e", "el", "en", "la", "las", "los", "o", "para", "por", "sin", "un", "una", "y"}
    | {"an", "and", "for", "from", "in", "of", "on", "or", "the", "to", "with"}
)
"""Words that say nothing about what is looked for."""


def slips_allowed(word: str) -> int:
    """How many letters may be wrong, missing or too many in a word; two that changed places count as one."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2


def find(products: QuerySet[Product], question: str) -> QuerySet[Product]:
    """Those of the products that answer a question, best first; all of them, in their order, if it asks nothing."""
    question = question[:LONGEST].replace("\0", "").strip()
    if by_code := product_of_code(question):
        return products.filter(pk=by_code)
    return find_by_words(products, question)


def find_by_words(products: QuerySet[Product], question: str) -> QuerySet[Product]:
    """The same, for a question that is known to be no code."""
    words = fold(question[:LONGEST]).split()
    words = [word for word in words if word not in SMALL_WORDS] or words
    if not words:
        return products.none() if question.strip() else products
    stems = [[stem(word)] for word in words]
    found = having(products, stems)
    if found.exists():
        return ranked(found, stems)
    meant = [alike for word in words if (alike := nearest(word))]
    return ranked(having(products, meant), meant) if meant else products.none()


def product_of_code(code: str) -> int | None:
    """The product that has a variant with just this SKU or barcode."""
    if not code:
        return None
    return Variant.objects.filter(Q(sku__iexact=code) | Q(barcode=code)).values_list("product", flat=True).first()


def stem(word: str) -> str:
    """A word without its plural, roughly: what is left is looked for inside words, so cutting too much does no harm."""
    if word.endswith("es") and len(word) > 5:
        return word[:-2]
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def having(products: QuerySet[Product], words: Sequence[Sequence[str]]) -> QuerySet[Product]:
    """Those that have, for each place in the question, one of the words that may stand there."""
    for alternatives in words:
        matches = Q()
        for word in alternatives:
            matches |= Q(search_text__contains=word)
        products = products.filter(matches)
    return products


def ranked(products: QuerySet[Product], words: Sequence[Sequence[str]]) -> QuerySet[Product]:
    """Best first: whole words in a title, beginnings of words there, parts of them, words elsewhere."""
    titles = Func(F("search_text"), Value("|"), Value(1), function="split_part", output_field=TextField())
    score: Combinable = Value(0)
    for alternatives in words:
        any_of = "|".join(alternatives)
        score = score + Case(
            When(titles__regex=rf"\m({any_of})(e?s)?\M", then=Value(8)),
            When(titles__regex=rf"\m({any_of})", then=Value(4)),
            When(titles__regex=rf"({any_of})", then=Value(2)),
            default=Value(1),
            output_field=IntegerField(),
        )
    place = StrIndex(F("titles"), Value(words[0][0]))
    return products.alias(titles=titles, score=score, place=place).order_by("-score", "place", "title")


NEAREST = """
SELECT word FROM (
    SELECT DISTINCT unnest(string_to_array(search_text, ' ')) AS word FROM catalog_product WHERE status = 'active'
) AS known
CROSS JOIN LATERAL (
    SELECT CASE WHEN word = ANY(%(swapped)s) THEN 1 ELSE levenshtein_less_equal(word, %(word)s, %(slips)s) END AS slips
) AS compared
WHERE slips <= %(slips)s
ORDER BY slips, left(word, 1) <> left(%(word)s, 1) FETCH FIRST ROW WITH TIES
"""


def nearest(word: str) -> list[str]:
    """The words of the catalog that are most like this one, if any is; the first letter is seldom the wrong one."""
    swapped = [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)]
    with connection.cursor() as cursor:
        cursor.execute(NEAREST, {"word": word, "swapped": swapped, "slips": slips_allowed(word)})
        return [row[0] for row in cursor.fetchall()]
