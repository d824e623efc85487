"""Card numbers in what people write are hidden, and no other number is."""

import pytest

from commerce.card_numbers import hide


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("4242424242424242", "•••• 4242"),
        ("my card is 4242 4242 4242 4242, thanks", "my card is •••• 4242, thanks"),
        ("4242-4242-4242-4242 12/27 123", "•••• 4242 12/27 123"),
        ("4242 4242 4242 4242 12 27 123", "•••• 4242 12 27 123"),
        ("4242\u00a04242.4242\n4242", "•••• 4242"),
        ("5555555555554444 or 2223003122003222", "•••• 4444 or •••• 3222"),
        ("378282246310005", "•••• 0005"),
        ("3782 822463 10005", "•••• 0005"),
        ("30569309025904", "•••• 5904"),
        ("6011111111111117 3530111333300000 6200000000000005", "•••• 1117 •••• 0000 •••• 0005"),
        ("6759649826438453", "•••• 8453"),
        ("4222222222222", "•••• 2222"),
        ("4000000000000000006", "•••• 0006"),
        ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "•••• 4242"),
        ("(4242424242424242)", "(•••• 4242)"),
    ],
)
def test_of_a_card_number_the_last_four_digits_are_kept(written, kept):
    assert hide(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "4242424242424241",  # the check digit does not fit
        "1234567812345670",  # Luhn's, and no issuer's
        "490154203237518",  # an IMEI
        "356938035643809",  # an IMEI
        "8410000000017",  # a Spanish barcode
        "4006381333931",  # a German barcode
        "4000000000006",  # a barcode that fits Luhn as well
        "JD014600004242424242424242",  # a parcel
        "00340434161094042557",  # a parcel of twenty digits
        "ES91 2100 0418 4502 0005 1332",  # a bank account
        "+34 600 000 001, +34 600 000 002",
        "2026-11-22 13:05, 2026-11-23 14:05",
        "M-2026-000123 of 1.250,00",
        "ABC4242424242424242",
        "8f14e45f-4242-4242-8424-242424242424a",
        "",
    ],
)
def test_other_numbers_stay_as_they_are(written):
    assert hide(written) == written
