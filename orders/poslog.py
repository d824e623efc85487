"""Reads POSLog, the tills' own XML (ARTS/NRF IXRetail), in the dialects we know: version 2.2 (Wincor Nixdorf) and 6
(Retalix R10).

Each RetailTransaction is a receipt; its returned lines are one of their own. A line that was voided or canceled, and
the line it voids, never happened; nor did a transaction that was canceled, for training, or suspended: its lines are
counted by that reason. A post-void undoes the transaction that it links to. Transactions of other kinds (drawers,
shifts) only have their number. A store is known by its number, which is the code of its location. A line's
ExtendedAmount is its total.

The file is somebody else's: it is read as a stream, once to see that it has no DOCTYPE (no entity, inside or outside,
is ever looked up), is not larger than we take, and speaks a dialect we know; and once to read it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, iterparse  # no DOCTYPE comes this far, see looked_through
from xml.parsers import expat
from zoneinfo import ZoneInfo

from commerce.csv_files import Fault, Unreadable, opened
from orders import sales_files
from orders.sales_files import MOST_UNITS, Kind, Mistaken, Outcome, ReadLine, Receipt, SalesFile, Till, Undone

SYSTEM = "poslog"
NAMESPACE = "http://www.nrf-arts.org/IXRetail/namespace/"
IN = {"": NAMESPACE, "p": NAMESPACE}
VERSIONS = ("2.2", "6")
MAX_BYTES = 50_000_000
MAX_DEPTH = 50
LONGEST_NUMBER = 12
CANCELED = frozenset({"canceled", "cancelled", "failed", "aborted"})
SUSPENDED = frozenset({"suspended", "suspendeddeleted", "suspendedretrieved"})
VOIDED = frozenset({"voided", "postvoided", "prevoided"})
PIECE = 65_536
ROOT, TRANSACTION = f"{{{NAMESPACE}}}POSLog", f"{{{NAMESPACE}}}Transaction"


def read_file(path: Path, *, tills: Mapping[str, Till], barcodes: Mapping[str, str]) -> SalesFile:
    """The receipts of a file; knows tills by their location's code, and SKUs by barcode. Raises Unreadable."""
    looked_through(path)
    sales = SalesFile(SYSTEM)
    for number, transaction in enumerate(transactions(path), start=1):
        count_number(sales, transaction, tills)
        retail = transaction.find("p:RetailTransaction", IN)
        if retail is None:
            continue
        items = [item for item in retail.findall("p:LineItem", IN) if part_of(item) is not None]
        sales.rows += len(items)
        kept = standing(items)
        try:
            if why := never_happened(transaction, retail):
                sales.skipped[why] += len(items)
            elif (link := void_link(transaction, retail)) is not None:
                sales.voided += len(items)
                sales.undone.append(undone_by(transaction, link, tills=tills))
            elif says(retail, VOIDED):
                sales.voided += len(items)
                sales.undone.append(undone_by(transaction, None, tills=tills))
            else:
                sales.voided += len(items) - len(kept)
                sales.receipts += receipts_of(transaction, kept, number=number, tills=tills, barcodes=barcodes)
        except Mistaken as problem:
            sales.rejects += [Fault(number, problem.column, str(problem)) for _ in range(max(len(kept), 1))]
    sales.put_in_order()
    return sales


def count_number(sales: SalesFile, transaction: Element, tills: Mapping[str, Till]) -> None:
    """Keep the number of a transaction of any kind: none may be missing. It begins anew with the business day."""
    store = text(transaction, "p:BusinessUnit/p:UnitID") or text(transaction, "p:RetailStoreID")
    said, day = text(transaction, "p:SequenceNumber"), text(transaction, "p:BusinessDayDate")
    station = text(transaction, "p:WorkstationID")
    if store in tills and station and said.isascii() and said.isdigit() and len(said) <= LONGEST_NUMBER:
        place = tills[store].location.code
        sales.numbers.setdefault((place, f"{store}/{station}"[:60], day[:20]), set()).add(int(said))


def never_happened(transaction: Element, retail: Element) -> str:
    """Why a transaction moved no goods and no money; empty where it did."""
    for element in (transaction, retail):
        if flag(element, "TrainingModeFlag"):
            return "training"
        if flag(element, "CancelFlag") or says(element, CANCELED):
            return "canceled"
        if says(element, SUSPENDED):
            return "suspended"
    return ""


def flag(element: Element, name: str) -> bool:
    """Whether a flag is raised; XML knows two ways to say so."""
    return element.get(name, "").strip().lower() in ("true", "1")


def says(element: Element, words: frozenset[str]) -> bool:
    """Whether a transaction's status is one of these, by attribute or element."""
    said = element.get("TransactionStatus") or text(element, "p:TransactionStatus")
    return said.strip().lower() in words


def void_link(transaction: Element, retail: Element) -> Element | None:
    """The link of a (post-)void to the transaction that it undoes; one that names nothing is still a link."""
    links = (link for element in (retail, transaction) for link in element.iterfind("p:TransactionLink", IN))
    return next((link for link in links if "void" in link.get("ReasonCode", "").lower()), None)


def linked(link: Element, transaction: Element) -> str:
    """The key of the transaction that a link names; what it does not say is as in its own. Raises Mistaken."""
    own_store = text(transaction, "p:BusinessUnit/p:UnitID") or text(transaction, "p:RetailStoreID")
    store = text(link, "p:BusinessUnit/p:UnitID") or text(link, "p:RetailStoreID") or own_store
    names = ("WorkstationID", "SequenceNumber", "BusinessDayDate")
    parts = [text(link, f"p:{name}") or text(transaction, f"p:{name}") for name in names]
    if not text(link, "p:SequenceNumber") or any(len(part) > 20 for part in (store, *parts)):
        raise Mistaken("TransactionLink", "names no transaction")
    return f"{SYSTEM}:{store}:{':'.join(parts)}"


def undone_by(transaction: Element, link: Element | None, *, tills: Mapping[str, Till]) -> Undone:
    """What a post-void undoes, or (without a link) a transaction that is void by now; raises Mistaken."""
    head = head_of(transaction, tills=tills)
    return Undone(
        key=f"{head.key}:void",
        of=linked(link, transaction) if link is not None else head.key,
        occurred_at=head.occurred_at,
        place=head.till.location.code,
        device=head.device,
        number=head.number,
        is_own=link is None,
    )


def looked_through(path: Path) -> None:
    """Read the file once without believing anything of it; raises Unreadable."""
    guard = Guard(path.name)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartDoctypeDeclHandler = guard.doctype
    parser.StartElementHandler = guard.start
    parser.EndElementHandler = guard.end
    size = 0
    with opened(path) as stream:
        try:
            while piece := stream.read(PIECE):
                size += len(piece)
                if size > MAX_BYTES:
                    raise Unreadable(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB; send it in parts")
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except expat.ExpatError as problem:
            raise Unreadable(f"{path.name} is no XML, or breaks off: {problem}") from problem
        except (OSError, EOFError) as problem:
            raise Unreadable(f"{path.name} breaks off or is damaged") from problem
    if guard.version not in VERSIONS:
        raise Unreadable(
            f"{path.name} is a POSLog of version {guard.version or 'unknown'}; known are {' and '.join(VERSIONS)}"
        )


class Guard:
    """What is looked for in a file that may mean harm."""

    def __init__(self, name: str) -> None:
        self.name, self.depth, self.version = name, 0, ""

    def doctype(self, *args: Any) -> None:
        """No document of a till has a DOCTYPE; raises Unreadable."""
        raise Unreadable(f"{self.name} has a DOCTYPE, which could name other files; it is not read")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Look at the root's name, the version, and how deep it goes; raises Unreadable."""
        self.depth += 1
        if self.depth == 1 and name != f"{NAMESPACE}}}POSLog":
            raise Unreadable(f"{self.name} is no POSLog: its first element is “{name.rsplit('}', 1)[-1][:40]}”")
        if self.depth > MAX_DEPTH:
            raise Unreadable(f"{self.name} is nested too deeply")
        element = name.rsplit("}", 1)[-1]
        if element in ("POSLog", "Transaction") and "MajorVersion" in attributes:
            self.version = attributes["MajorVersion"][:10]
        elif element == "RetailTransaction" and "Version" in attributes:
            self.version = self.version or attributes["Version"][:10]

    def end(self, name: str) -> None:
        """One level up."""
        self.depth -= 1


def transactions(path: Path) -> Iterator[Element]:
    """The transactions one by one; what was read is let go of."""
    with opened(path) as stream:
        context = iterparse(stream, events=("start", "end"))  # noqa: S314 (looked through before)
        _, root = next(context)
        for event, element in context:
            if event == "end" and element.tag == TRANSACTION:
                yield element
                root.clear()


def part_of(item: Element) -> Element | None:
    """The sale or return of a line item; nothing for tenders, taxes and totals."""
    sale = item.find("p:Sale", IN)
    return sale if sale is not None else item.find("p:Return", IN)


def standing(items: list[Element]) -> list[Element]:
    """The lines that were not voided, and void none."""
    gone = set()
    for item in items:
        if flag(item, "CancelFlag"):
            gone.add(text(item, "p:SequenceNumber"))
        if flag(item, "VoidFlag"):
            gone.add(text(item, "p:SequenceNumber"))
            part = part_of(item)
            gone.add(text(part, "p:ItemLink") if part is not None else "")
    return [item for item in items if text(item, "p:SequenceNumber") not in gone]


@dataclass(frozen=True)
class Head:
    """What a transaction says of itself."""

    till: Till
    key: str
    occurred_at: datetime
    device: str
    number: int


def head_of(transaction: Element, *, tills: Mapping[str, Till]) -> Head:
    """Store, till and time; raises Mistaken."""
    store = text(transaction, "p:BusinessUnit/p:UnitID") or text(transaction, "p:RetailStoreID")
    till = tills.get(store)
    if till is None:
        raise Mistaken("UnitID", f"no sales channel of a store sells at “{store[:30]}”")
    parts = [text(transaction, f"p:{name}") for name in ("WorkstationID", "SequenceNumber", "BusinessDayDate")]
    if not all(parts) or any(len(part) > 20 for part in parts):
        raise Mistaken("SequenceNumber", "workstation, number and business day are needed to know it again")
    said = text(transaction, "p:EndDateTime") or text(transaction, "p:BeginDateTime")
    try:
        moment = datetime.fromisoformat(said)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(till.location.timezone))
        occurred_at = moment.astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise Mistaken("EndDateTime", f"“{said[:40]}” is no time") from problem
    said = parts[1] if parts[1].isascii() and parts[1].isdigit() and len(parts[1]) <= LONGEST_NUMBER else "1"
    return Head(till, f"{SYSTEM}:{store}:{':'.join(parts)}", occurred_at, f"{store}/{parts[0]}", int(said))


def receipts_of(
    transaction: Element, items: list[Element], *, number: int, tills: Mapping[str, Till], barcodes: Mapping[str, str]
) -> list[Receipt]:
    """What was sold, and what was taken back; raises Mistaken."""
    head = head_of(transaction, tills=tills)
    lines: dict[Kind, list[ReadLine]] = {}
    for ordinal, item in enumerate(items, start=1):
        line = line_of(item, row=number, ordinal=ordinal, currency=head.till.sales_channel.currency, barcodes=barcodes)
        lines.setdefault("return" if line.outcome == Outcome.RETURN else "sale", []).append(line)
    return [
        Receipt(
            key=head.key if kind == "sale" else f"{head.key}:return",
            kind=kind,
            occurred_at=head.occurred_at,
            place=head.till.location.code,
            lines=tuple(of_kind),
            device=head.device,
            sequence=head.number,
            of=sale_of(items, transaction) if kind == "return" else "",
        )
        for kind, of_kind in lines.items()
    ]


def sale_of(items: list[Element], transaction: Element) -> str:
    """The sale that returned lines are linked to, if it is one for all of them; raises Mistaken."""
    parts = [part for item in items if (part := part_of(item)) is not None and part.tag.endswith("}Return")]
    links = [link for part in parts for link in part.iterfind("p:TransactionLink", IN)]
    keys = {linked(link, transaction) for link in links}
    return keys.pop() if len(keys) == 1 and len(links) == len(parts) else ""


def line_of(item: Element, *, row: int, ordinal: int, currency: str, barcodes: Mapping[str, str]) -> ReadLine:
    """A line; raises Mistaken."""
    part = part_of(item)
    if part is None:
        raise Mistaken("LineItem", "is neither sale nor return")
    total = amount(part, "p:ExtendedAmount", currency)
    quantity = units(part)
    regular = (
        amount(part, "p:RegularSalesUnitPrice", currency) if part.find("p:RegularSalesUnitPrice", IN) is not None else 0
    )
    return ReadLine(
        row=row,
        ordinal=ordinal,
        outcome=Outcome.SALE if part.tag.endswith("}Sale") else Outcome.RETURN,
        sku=sku_of(part, barcodes),
        title=text(part, "p:Description")[:200],
        quantity=quantity,
        unit_price=amount(part, "p:ActualSalesUnitPrice", currency),
        discount=max(regular * quantity - total, 0),
        total=total,
    )


def sku_of(part: Element, barcodes: Mapping[str, str]) -> str:
    """The article: by a barcode that we know, else by the till's own number. Raises Mistaken."""
    ids = [
        (element.get("POSIDType", ""), text(element, "p:POSItemID")) for element in part.findall("p:POSIdentity", IN)
    ]
    item = part.find("p:ItemID", IN)
    scanned = [code for kind, code in ids if kind == "EAN"]
    if item is not None and "EAN" in item.get("Type", ""):
        scanned.append((item.text or "").strip())
    known = next((barcodes[code] for code in scanned if code in barcodes), "")
    sku = known or next((code for kind, code in ids if code and kind != "EAN"), "") or next(iter(scanned), "")
    if not 1 <= len(sku) <= 60:
        raise Mistaken("POSItemID", "names no article")
    return sku


def units(part: Element) -> int:
    """How many; raises Mistaken. What is weighed counts as one where the till says so beside the weight."""
    for element in part.findall("p:Quantity", IN):
        if element.get("UnitOfMeasureCode", "EA") == "EA":
            said = (element.text or "").strip()
            if said.isascii() and said.isdigit() and len(said) <= 10 and 0 < int(said) <= MOST_UNITS:
                return int(said)
    raise Mistaken("Quantity", "is no whole number of units")


def amount(part: Element, name: str, currency: str) -> int:
    """Money of zero or more in the store's currency; raises Mistaken."""
    element, column = part.find(name, IN), name.removeprefix("p:")
    said = (element.text or "").strip() if element is not None else ""
    if element is not None and element.get("Currency", currency) != currency:
        raise Mistaken(column, f"is in {element.get('Currency', '')[:3]}, not in {currency}")
    return sales_files.amount(said, column, currency)


def text(element: Element, name: str) -> str:
    """The text of an element within; empty where there is none."""
    return (element.findtext(name, "", IN) or "").strip()
