"""Ways to reach somebody in one spelling each, so that two channels that mean the same address say the same."""

import re

import idna
import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from phonenumbers import PhoneNumber, PhoneNumberFormat

from commerce.customers.models import ContactPoint
from commerce.rest.problems import Problem

Kind = ContactPoint.Kind

HANDLE = re.compile(r"[\w.:-]{1,100}")
CARD = re.compile(r"[0-9A-Z]{4,40}", re.ASCII)
SHOPIFY_ID = re.compile(r"(?:gid://shopify/Customer/)?(\d{1,20})", re.ASCII)
STRIPE_ID = re.compile(r"cus_\w{4,60}", re.ASCII)
DEVICE = re.compile(r"[\w-]{8,100}", re.ASCII)


class NotAnAddress(Problem):
    """What was given cannot be an address of its kind."""

    code = "not_an_address"
    status = 400


def kind_of(typed: str) -> str:
    """Which kind of address somebody typed where either will do: an email address, or a phone number."""
    return Kind.EMAIL if "@" in typed else Kind.PHONE


def normalize(kind: str, value: str, *, region: str = "ES") -> str:
    """The one spelling of an address: lower-case IDNA email, E.164 phone, bare handle or id; raises NotAnAddress.

    `region` is where a phone number without its country code was given.
    """
    value = value.strip()
    match kind:
        case Kind.EMAIL:
            return email(value)
        case Kind.WHATSAPP:  # the network names people by their number without the plus
            return phone(f"+{value}" if value.isascii() and value.isdigit() else value, region=region)
        case Kind.PHONE:
            return phone(value, region=region)
        case Kind.LOYALTY:  # cards are read aloud in groups, and scanned without
            return matched(CARD, re.sub(r"[\s-]", "", value).upper(), "this is not the number of a card")
        case Kind.SHOPIFY:
            return matched(SHOPIFY_ID, value, "this is not Shopify's id of a customer")
        case Kind.STRIPE:
            return matched(STRIPE_ID, value, "this is not Stripe's id of a customer")
        case Kind.DEVICE:
            return matched(DEVICE, value, "this is not the id of a device")
        case _:
            return handle(value)


def matched(pattern: re.Pattern[str], value: str, otherwise: str) -> str:
    """An id of its form, or what the form says is the id within it; raises NotAnAddress."""
    found = pattern.fullmatch(value)
    if found is None:
        raise NotAnAddress(otherwise)
    return found[found.lastindex or 0]


def email(value: str) -> str:
    """An email address in lower case, its domain as the DNS spells it; raises NotAnAddress."""
    local, at_sign, domain = value.rpartition("@")
    try:
        spelled = local.lower() + at_sign + idna.encode(domain, uts46=True).decode()
        validate_email(spelled)
    except (idna.IDNAError, ValidationError, UnicodeError) as problem:
        raise NotAnAddress("this is not an email address") from problem
    return spelled


def phone(value: str, *, region: str) -> str:
    """A phone number as E.164; raises NotAnAddress."""
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException as problem:
        raise NotAnAddress("this is not a phone number") from problem
    number = fold(number)
    if number.extension or not phonenumbers.is_valid_number(number):
        raise NotAnAddress("this is not a phone number")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def fold(number: PhoneNumber) -> PhoneNumber:
    """The mobile digit that three countries write or leave out, and that networks disagree about, in one way.

    Argentina gets its 9 (a landline there is told apart by nothing, and we write to mobiles), Brazil its ninth digit,
    Mexico loses the 1 that it gave up in 2019.
    """
    digits = str(number.national_number)
    match number.country_code, len(digits):
        case 54, 10:
            digits = "9" + digits
        case 55, 10 if digits[2] in "6789":
            digits = digits[:2] + "9" + digits[2:]
        case 52, 11 if digits[0] == "1":
            digits = digits[1:]
    return PhoneNumber(
        country_code=number.country_code, national_number=int(digits), extension=number.extension or None
    )


def handle(value: str) -> str:
    """A network's own id of a profile, or its name without the @; raises NotAnAddress."""
    bare = value.removeprefix("@").lower()
    if not HANDLE.fullmatch(bare):
        raise NotAnAddress("this is not the name of a profile")
    return bare
