"""Amounts are whole minor units of their currency: read without rounding, rounded in one way, split without a rest."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from commerce import money
from commerce.money import BadAmount

amounts = some.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [
        ("EUR", "12.50", 1250),
        ("EUR", "12", 1200),
        ("EUR", " -0.01 ", -1),
        ("EUR", "0", 0),
        ("JPY", "1250", 1250),
        ("JPY", "1250.0", 1250),
        ("KWD", "1.005", 1005),
        ("KWD", "1.250", 1250),
        ("KWD", "1.25", 1250),
        ("KWD", "1.5", 1500),
    ],
)
def test_an_amount_is_read_in_the_minor_units_of_its_currency(currency, text, minor):
    assert money.parse(text, currency) == minor


@pytest.mark.parametrize(
    ("currency", "text"),
    [
        *(("EUR", text) for text in ("", "x", "12.505", "1e3", "1_000", "1,50", "١٢", "NaN", "Infinity", "9" * 20)),
        *(("EUR", text) for text in ("12,50", "1e400", "1" * 30, "0x10")),
        ("JPY", "12.5"),
        ("KWD", "1.0005"),
        ("KWD", "1.2505"),
    ],
)
def test_what_is_no_amount_or_has_too_many_decimals_is_refused_never_rounded(currency, text):
    with pytest.raises(BadAmount):
        money.parse(text, currency)


@pytest.mark.parametrize(
    ("currency", "minor", "shown"), [("EUR", 1250, "12,50 €"), ("JPY", 1250, "1.250 JPY"), ("KWD", 1005, "1,005 KWD")]
)
def test_an_amount_is_shown_with_the_decimals_of_its_currency(currency, minor, shown):
    assert money.display(minor, currency, "es").replace("\xa0", " ") == shown


@given(amounts, some.lists(some.integers(0, 10**6), min_size=1, max_size=9))
def test_the_parts_of_a_split_add_up_to_the_cent(amount, weights):
    parts = money.split(amount, weights)

    assert sum(parts) == amount
    if total := sum(weights):
        assert all(abs(part - Fraction(amount * w, total)) < 1 for part, w in zip(parts, weights, strict=True))


def test_a_third_of_a_euro_three_times_is_a_euro():
    assert money.split(100, [1, 1, 1]) == [34, 33, 33]


@given(amounts, some.integers(0, 10_000))
def test_tax_and_shares_round_half_away_from_zero_in_whole_numbers_alone(amount, basis_points):
    assert money.share(amount, basis_points) == money.rounded(Decimal(amount) * basis_points / 10_000)
    within = Fraction(amount * basis_points, 10_000 + basis_points)
    assert abs(money.tax_within(amount, basis_points) - within) <= Fraction(1, 2)
