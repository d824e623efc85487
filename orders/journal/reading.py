"""What a till says, read by hand and strictly: a batch has thousands of fields, and one bad fact spoils no other.

Pure. A fact that cannot be understood is told back with the field and the reason; nothing of it is taken.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from commerce.ids import digest
from orders.journal.clocks import Claim
from orders.journal.clocks import read as read_clock
from orders.sales_files import MOST_UNITS
from orders.till_facts import TillTender

MOST_LINES = 500
MOST_TENDERS = 20
MOST_COUPONS = 10
MOST_OF_QUOTE = 4000
MOST_MONEY = 10**12
MOST_SEQUENCE = 10**12 - 1
"""With its till's number it still fits into an order's number; nobody sells as often."""
UUID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
TENDER = re.compile(r"[a-z][a-z_]{0,19}")
STATES = {"captured": "captured", "stored": "authorized"}
OUTCOMES = {"captured": "captured", "declined": "failed"}

OF_ALL = frozenset({"uuid", "sequence", "kind", "occurred_at"})
FIELDS: Mapping[str, frozenset[str]] = {
    "sale": OF_ALL | {"lines", "tenders", "coupons", "quote", "person", "prices", "promotions"},
    "return": OF_ALL | {"lines", "of", "person"},
    "void": OF_ALL | {"of"},
    "payment": OF_ALL | {"of", "tender", "outcome"},
}
LINE = frozenset({"sku", "barcode", "title", "quantity", "unit_price", "discount", "total"})


class Unclear(ValueError):
    """A field that cannot be understood, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


@dataclass(frozen=True, slots=True)
class SaidLine:
    """One line as it was said; its article is named by SKU or barcode."""

    sku: str
    barcode: str
    title: str
    quantity: int
    unit_price: int
    discount: int
    total: int


@dataclass(frozen=True, slots=True)
class Said:
    """One fact as a till said it."""

    uuid: UUID
    sequence: int
    kind: str
    claim: Claim
    claimed_at: str
    digest: str
    body: Mapping[str, Any]
    of: UUID | None = None
    lines: Sequence[SaidLine] = ()
    tenders: Sequence[TillTender] = ()
    coupons: Sequence[str] = ()
    quote: str = ""
    prices: str = ""
    """The version of the price list by which it was sold, as the till knows it: “pvp 7”."""
    promotions: Sequence[tuple[int, int]] = ()
    """The promotions that were applied, each with its version."""
    person: str = ""
    tender: int = 0
    outcome: str = ""

    @property
    def key(self) -> str:
        """Under which it stands in the books."""
        return key_of(self.uuid)


def key_of(uuid: UUID) -> str:
    """Under which a fact stands in the books."""
    return f"till:{uuid}"


def read(body: Any, *, zone: ZoneInfo) -> Said:
    """A fact; raises Unclear."""
    if not isinstance(body, dict):
        raise Unclear("", "is no object")
    kind = body.get("kind")
    if not isinstance(kind, str) or kind not in FIELDS:
        raise Unclear("kind", "is not sale, return, void or payment")
    if unknown := body.keys() - FIELDS[kind]:
        raise Unclear(min(unknown)[:60], "this field is not known")
    try:
        claim = read_clock(body.get("occurred_at"), zone)
    except ValueError as problem:
        raise Unclear("occurred_at", str(problem)) from problem
    said: dict[str, Any] = {}
    if kind in ("void", "payment") or body.get("of") is not None:
        said["of"] = uuid_of(body.get("of"), "of")
    if kind in ("sale", "return"):
        said["lines"] = [line_of(line, f"lines.{n}") for n, line in enumerate(several(body, "lines", MOST_LINES), 1)]
        said["person"] = text(body, "person", 22)
    if kind == "sale":
        tenders = several(body, "tenders", MOST_TENDERS, least=0)
        said["tenders"] = [tender_of(each, f"tenders.{n}") for n, each in enumerate(tenders, 1)]
        said["coupons"] = [code_of(code) for code in several(body, "coupons", MOST_COUPONS, least=0)]
        said["quote"] = text(body, "quote", MOST_OF_QUOTE)
        said["prices"] = text(body, "prices", 60)
        named = several(body, "promotions", MOST_COUPONS, least=0)
        said["promotions"] = [promotion_of(each, f"promotions.{n}") for n, each in enumerate(named, 1)]
    if kind == "payment":
        said["tender"] = whole(body, "tender", most=MOST_TENDERS, least=1)
        said["outcome"] = one_of(body.get("outcome"), OUTCOMES, "outcome")
    return Said(
        uuid=uuid_of(body.get("uuid"), "uuid"),
        sequence=whole(body, "sequence", most=MOST_SEQUENCE, least=1),
        kind=kind,
        claim=claim,
        claimed_at=body["occurred_at"],
        digest=digest(orjson.dumps(in_one_form(body), option=orjson.OPT_SORT_KEYS).decode()),
        body=body,
        **said,
    )


def in_one_form(body: Mapping[str, Any]) -> dict[str, Any]:
    """What was said, its UUIDs in small letters: some tills write the same one in two ways."""
    return {**body, **{name: body[name].lower() for name in ("uuid", "of") if isinstance(body.get(name), str)}}


def line_of(line: Any, where: str) -> SaidLine:
    """A line of a receipt; raises Unclear."""
    if not isinstance(line, dict):
        raise Unclear(where, "is no object")
    if unknown := line.keys() - LINE:
        raise Unclear(f"{where}.{min(unknown)[:60]}", "this field is not known")
    sku, barcode = text(line, "sku", 60, where), text(line, "barcode", 60, where)
    if not sku and not barcode:
        raise Unclear(f"{where}.sku", "neither SKU nor barcode is given")
    return SaidLine(
        sku=sku,
        barcode=barcode,
        title=text(line, "title", 200, where),
        quantity=whole(line, "quantity", most=MOST_UNITS, where=where),
        unit_price=whole(line, "unit_price", most=MOST_MONEY, where=where),
        discount=whole(line, "discount", most=MOST_MONEY, where=where) if "discount" in line else 0,
        total=whole(line, "total", most=MOST_MONEY, where=where),
    )


def tender_of(tender: Any, where: str) -> TillTender:
    """A tender; raises Unclear."""
    if not isinstance(tender, dict) or tender.keys() - {"tender", "amount", "state", "reference"}:
        raise Unclear(where, "has other fields than tender, amount, state and reference")
    name = tender.get("tender")
    if not isinstance(name, str) or not TENDER.fullmatch(name):
        raise Unclear(f"{where}.tender", "is no name like cash or card_terminal")
    return TillTender(
        tender=name,
        amount=whole(tender, "amount", most=MOST_MONEY, where=where),
        status=one_of(tender.get("state", "captured"), STATES, f"{where}.state"),
        reference=text(tender, "reference", 40, where),
    )


def promotion_of(applied: Any, where: str) -> tuple[int, int]:
    """A promotion that a till applied: its number and version; raises Unclear."""
    if not isinstance(applied, dict) or applied.keys() != {"promotion", "version"}:
        raise Unclear(where, "has other fields than promotion and version")
    number, version = (whole(applied, name, most=2**31 - 1, least=1, where=where) for name in ("promotion", "version"))
    return number, version


def code_of(code: Any) -> str:
    """A coupon's code as it was typed; raises Unclear."""
    if not isinstance(code, str) or not 1 <= len(code.strip()) <= 40:
        raise Unclear("coupons", "is no code")
    return code.strip()


def several(body: Mapping[str, Any], name: str, most: int, *, least: int = 1) -> list[Any]:
    """A list of so many at most; raises Unclear."""
    value = body.get(name, [])
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise Unclear(name, f"is no list of {least} to {most}")
    return value


def text(body: Mapping[str, Any], name: str, most: int, where: str = "") -> str:
    """A text that may be missing; raises Unclear."""
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise Unclear(f"{where}.{name}".lstrip("."), f"is no text of up to {most} characters")
    return value.strip()


def whole(body: Mapping[str, Any], name: str, *, most: int, least: int = 0, where: str = "") -> int:
    """A whole number; raises Unclear."""
    value = body.get(name)
    if type(value) is not int or not least <= value <= most:
        raise Unclear(f"{where}.{name}".lstrip("."), f"is no whole number from {least} to {most}")
    return value


def one_of(value: Any, words: Mapping[str, str], name: str) -> Any:
    """A word in our spelling; raises Unclear."""
    if not isinstance(value, str) or value not in words:
        raise Unclear(name, f"is not {' or '.join(words)}")
    return words[value]


def uuid_of(value: Any, name: str) -> UUID:
    """A UUID in its usual form, in small or capital letters; raises Unclear."""
    if not isinstance(value, str) or not UUID_FORM.fullmatch(value):
        raise Unclear(name, "is no UUID")
    return UUID(value)
