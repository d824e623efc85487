"""A snapshot on its way to a till: whole, or only the parts that are no longer as the till has them; signed.

It is cut into parts by variant. Its cursor is the digests of them all, so a till that sends the cursor of its copy is
sent the parts that differ, whatever made them differ: a price, a title, a tax, a promotion. After a dot the cursor says
how things stood, so that where nothing was written since, nothing is reckoned. Nothing is kept of it here.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from commerce.pricing.prices import Offer
from commerce.promotions.taking import Reason, Rule
from commerce.quotes import tokens
from commerce.quotes.snapshot import Snapshot, State
from commerce.quotes.tokens import QuoteUnknown

PARTS = 64
NAMES = (*(str(number) for number in range(PARTS)), "versions", "promotions")
BYTES = 6
"""Of each part's digest: an equal one by accident would come once in many thousand years of changes."""

Parts = dict[str, Any]


@dataclass(frozen=True)
class Document:
    """What is sent: the bytes, and what signs them."""

    body: bytes
    signature: str


@dataclass(frozen=True)
class Copy:
    """A snapshot as a till has it, with its cursor."""

    snapshot: Snapshot
    parts: Parts
    cursor: str


class CopyBroken(QuoteUnknown):
    """The snapshot is not what we signed, or lacks parts that the till does not have; it is fetched whole again."""

    code = "snapshot_unknown"


def send(now: State, *, cursor: str = "", take: Callable[[], Snapshot]) -> Document:
    """A snapshot as it is sent to a till whose copy has this cursor; without one, or with one that is none, whole.

    It is not taken at all where the cursor says that the copy was taken as things stand.
    """
    digests, stood = cursor.rpartition(".")[::2]
    if digests_in(digests) and stood == now.tag:
        return document(now, cursor=cursor, parts={})
    parts = parts_of(take())
    ours, theirs = [digest(parts[name]) for name in NAMES], digests_in(digests)
    differ = [name for name, our, their in zip(NAMES, ours, theirs or [b""] * len(NAMES), strict=True) if our != their]
    return document(now, cursor=f"{cursor_of(ours)}.{now.tag}", parts={name: parts[name] for name in differ})


def document(now: State, *, cursor: str, parts: Parts) -> Document:
    """What is said of how things stand, signed."""
    body = orjson.dumps(
        {
            "store": now.store,
            "sales_channel": now.sales_channel.code,
            "currency": now.sales_channel.currency,
            "taken_at": now.at,
            "changes_at": now.changes_at,
            "cursor": cursor,
            "quote_keys": now.quote_keys,
            "parts": parts,
        },
        option=orjson.OPT_UTC_Z,
    )
    claims = {"sha256": hashlib.sha256(body).hexdigest(), "store": now.store, "iat": int(now.at.timestamp())}
    return Document(body, tokens.sign(claims, kind=tokens.SNAPSHOT))


def read(body: bytes, signature: str, *, keys: Sequence[Mapping[str, str]], before: Copy | None = None) -> Copy:
    """What a till does with what it is sent: prove it, and put it over the copy that it had; raises CopyBroken.

    `keys` are those it trusts: of its last snapshot, or at first those of the API.
    """
    try:
        proven = tokens.prove(signature, keys=keys, kind=tokens.SNAPSHOT)
    except QuoteUnknown as problem:
        raise CopyBroken("this snapshot is not signed by us") from problem
    if proven["sha256"] != hashlib.sha256(body).hexdigest():
        raise CopyBroken("this snapshot was changed on its way")
    said = orjson.loads(body)
    parts: Parts = (before.parts if before else {}) | said["parts"]
    whole = said["cursor"].partition(".")[0]
    if set(parts) != set(NAMES) or cursor_of([digest(parts[name]) for name in NAMES]) != whole:
        raise CopyBroken("parts of this snapshot are missing")
    versions = dict(parts["versions"])
    offers: dict[int, list[tuple[int, Offer]]] = {}
    for name in NAMES[:PARTS]:
        for start, facts in parts[name]:
            began, version = datetime.fromisoformat(facts["began"]), versions[facts["price_list"]]
            offer = Offer(**facts | {"began": began, "version": version})
            offers.setdefault(offer.variant_id, []).append((start, offer))
    planned = said["changes_at"]
    snapshot = Snapshot(
        store=said["store"],
        sales_channel=said["sales_channel"],
        currency=said["currency"],
        taken_at=datetime.fromisoformat(said["taken_at"]),
        changes_at=planned and datetime.fromisoformat(planned),
        offers=offers,
        rules=[rule_in(facts) for facts in parts["promotions"]],
        quote_keys=said["quote_keys"],
    )
    return Copy(snapshot, parts, said["cursor"])


def parts_of(taken: Snapshot) -> Parts:
    """A snapshot cut into parts, each as JSON knows it."""
    parts: Parts = {name: [] for name in NAMES}
    for variant, breaks in taken.offers.items():
        # A list's version stands apart: one new price must not make every other one look new.
        parts[str(variant % PARTS)] += [[start, vars(offer) | {"version": None}] for start, offer in breaks]
        parts["versions"] += [[offer.price_list, offer.version] for _, offer in breaks]
    parts["versions"] = sorted(set(map(tuple, parts["versions"])))
    parts["promotions"] = [vars(rule) for rule in taken.rules]
    as_json: Parts = orjson.loads(orjson.dumps(parts, default=sorted, option=orjson.OPT_UTC_Z))
    return as_json


def rule_in(facts: Mapping[str, Any]) -> Rule:
    """A promotion out of JSON, which knows no sets, pairs and instants."""
    sets = {name: None if facts[name] is None else frozenset(facts[name]) for name in ("product_ids", "variant_ids")}
    instants = {name: facts[name] and datetime.fromisoformat(facts[name]) for name in ("began", "ends")}
    tiers = tuple((start, points) for start, points in facts["tiers"])
    refused = facts["refused"] and Reason(facts["refused"])
    return Rule(**{**facts, **sets, **instants, "tiers": tiers, "refused": refused})


def digest(part: Any) -> bytes:
    """What tells one state of a part from another."""
    return hashlib.sha256(orjson.dumps(part, option=orjson.OPT_SORT_KEYS)).digest()[:BYTES]


def cursor_of(digests: Sequence[bytes]) -> str:
    """The digests of all parts as a till sends them back."""
    return base64.urlsafe_b64encode(b"".join(digests)).decode().rstrip("=")


def digests_in(cursor: str) -> list[bytes]:
    """The digests that a cursor says; none where it is no cursor of ours."""
    try:
        joined = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        return []
    return [joined[i : i + BYTES] for i in range(0, len(joined), BYTES)] if len(joined) == BYTES * len(NAMES) else []
