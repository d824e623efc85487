"""One spelling per address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.customers.addresses import NotAnAddress, normalize


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        (" Nuria.Carmona@Example.COM ", "nuria.carmona@example.com"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
        ("a@faß.example", "a@xn--fa-hia.example"),
    ],
)
def test_an_email_is_lower_case_and_its_domain_as_the_dns_spells_it(written: str, spelled: str) -> None:
    assert normalize("email", written) == spelled


@pytest.mark.parametrize(
    ("one", "other", "spelled"),
    [
        ("+54 9 11 2345-6789", "+54 11 2345-6789", "+5491123456789"),
        ("+55 11 98765-4321", "+55 11 8765-4321", "+5511987654321"),
        ("+52 55 1234 5678", "+52 1 55 1234 5678", "+525512345678"),
        ("621 000 101", "0034621000101", "+34621000101"),
    ],
)
def test_spellings_of_one_phone_become_one(one: str, other: str, spelled: str) -> None:
    assert {normalize("phone", one), normalize("phone", other)} == {spelled}


def test_a_brazilian_landline_gets_no_ninth_digit() -> None:
    assert normalize("phone", "+55 11 3876-5432") == "+551138765432"


def test_a_whatsapp_id_is_a_number_without_its_plus() -> None:
    assert normalize("whatsapp", "5215512345678") == normalize("phone", "+52 55 1234 5678")


def test_a_number_without_country_code_is_read_where_it_was_given() -> None:
    assert normalize("phone", "020 7946 0018", region="GB") == "+442079460018"


@pytest.mark.parametrize(
    ("kind", "written", "spelled"),
    [
        ("loyalty", " 1234 5678-ab ", "12345678AB"),
        ("shopify", "gid://shopify/Customer/7012345", "7012345"),
        ("shopify", "7012345", "7012345"),
        ("stripe", "cus_NffrFeUfNV2Hib", "cus_NffrFeUfNV2Hib"),
        ("device", "b3f1c2d4-AbC", "b3f1c2d4-AbC"),
        ("x", "@Nuria", "nuria"),
        ("messenger", "4321", "4321"),
    ],
)
def test_ids_of_other_systems_have_one_spelling_each(kind: str, written: str, spelled: str) -> None:
    assert normalize(kind, written) == spelled


@pytest.mark.parametrize(
    ("kind", "value"),
    [("loyalty", "12"), ("loyalty", "a@b.example"), ("shopify", "gid://shopify/Order/7"), ("stripe", "pi_123456"),
     ("device", "a b c d e f"), ("shopify", "１２３")],
)  # fmt: skip
def test_what_is_no_id_of_that_system_is_refused(kind: str, value: str) -> None:
    with pytest.raises(NotAnAddress):
        normalize(kind, value)


def test_a_handle_loses_its_at_sign() -> None:
    assert normalize("instagram", "@Nuria.Casa") == normalize("instagram", "nuria.casa") == "nuria.casa"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", ""),
        ("email", "nuria"),
        ("email", "a@b"),
        ("email", "a@b.example\nBcc: c@d.example"),
        ("email", "a@" + "b" * 300 + ".example"),
        ("email", "a\x00@b.example"),
        ("phone", ""),
        ("phone", "12"),
        ("phone", "+34 621 000 101 ext. 5"),
        ("phone", "+999 123456789"),
        ("instagram", ""),
        ("instagram", "two words"),
        ("x", "x" * 101),
    ],
)
def test_what_is_no_address_is_refused(kind: str, value: str) -> None:
    with pytest.raises(NotAnAddress):
        normalize(kind, value)


@given(kind=st.sampled_from(["email", "phone", "whatsapp", "instagram"]), value=st.text(max_size=40))
def test_whatever_is_typed_is_an_address_that_stays_as_it_is_or_is_refused(kind: str, value: str) -> None:
    try:
        spelled = normalize(kind, value)
    except NotAnAddress:
        return

    assert normalize(kind, spelled) == spelled
