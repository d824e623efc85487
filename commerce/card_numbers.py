"""Card numbers that somebody types where none belongs: only their last four digits are kept.

What counts as a card number is narrower than thirteen digits that fit the check digit, so that order and tracking
numbers, barcodes and the IMEIs of phones stay whole: it begins and is as long as the cards of one issuer.
"""

import re

from django.utils.translation import gettext_lazy

NOTICE = gettext_lazy(
    "We saw a card number in what you wrote and kept its last four digits only. We shall never ask you for it:"
    " cards are asked for on our payment page alone."
)
"""What whoever wrote one is told."""

RUNS = re.compile(r"(?<![\w])\d(?:[\s.\-\u2010-\u2014]{0,2}\d){12,}(?![\w])")
"""Digits in a row or in groups. What stands in the midst of letters is the key of something."""

MOST = 19
"""No card has more digits."""

GROUPS = re.compile(r"\d+")
ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners Club
    r"|(?:6011|64[4-9]\d|65\d{2}|35(?:2[89]|[3-8]\d)|62\d{2})\d{12,15}"  # Discover, JCB, UnionPay
    r"|(?:50|5[6-8]|6\d)\d{14,17}"  # Maestro
)


def hide(text: str) -> str:
    """A text whose card numbers show their last four digits only."""
    return RUNS.sub(lambda run: hide_in_run(run[0]), text)


def hide_in_run(run: str) -> str:
    """Digits in groups without the card numbers: what was typed after one, such as its end, is no part of it."""
    kept, done = "", 0
    groups = list(GROUPS.finditer(run))
    for first, group in enumerate(groups):
        if group.start() >= done and (card := card_from(groups[first : first + MOST])):
            end, last4 = card
            kept, done = kept + run[done : group.start()] + "•••• " + last4, end
    return kept + run[done:]


def card_from(groups: list[re.Match[str]]) -> tuple[int, str] | None:
    """Where a card number that begins with these groups ends, and its last four digits: the longest there is."""
    digits, found = "", None
    for group in groups:
        digits += "".join(str(int(digit)) for digit in group[0][: MOST + 1])
        if len(digits) > MOST:
            break
        if is_card(digits):
            found = group.end(), digits[-4:]
    return found


def is_card(digits: str) -> bool:
    """Whether these are a card's: an issuer's, with Luhn's check digit, and no barcode of thirteen digits."""
    if not ISSUERS.fullmatch(digits):
        return False
    backwards = [int(digit) for digit in reversed(digits)]
    odd, even = backwards[::2], backwards[1::2]
    is_barcode = len(digits) == 13 and (sum(odd) + 3 * sum(even)) % 10 == 0
    return (sum(odd) + sum(digit * 2 - 9 * (digit > 4) for digit in even)) % 10 == 0 and not is_barcode
