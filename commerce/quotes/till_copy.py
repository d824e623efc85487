"""A snapshot on its way to a till: whole, or only the parts that are no longer as the till has them; signed.

It is cut into parts by variant. Its cursor is the digests of them all, so a till that sends the cursor of its copy is
sent the parts that differ, whatever made them differ: a price, a title, a tax, a promotion. Nothing is kept of it here.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from commerce.pricing.prices import Offer
from commerce.promotions.taking import Reason, Rule
from commerce.quotes import tokens
from commerce.quotes.snapshot import Snapshot
from commerce.quotes.tokens import QuoteUnknown

PARTS = 64
NAMES = (*(str(number) for number in range(PARTS)), "versions", "promotions")
BYTES = 6
"""Of each part's digest: an equal one by accident would come once in many thousand years of changes."""

Parts = dict[str, Any]


@dataclass(frozen=True)
class Document:
    """What is sent: the bytes, what signs them, and the tag by which asking again is cheap."""

    body: bytes
    signature: str
    tag: str


@dataclass(frozen=True)
class Copy:
    """A snapshot as a till has it, with its cursor."""

    snapshot: Snapshot
    parts: Parts
    cursor: str


class CopyBroken(QuoteUnknown):
    """The snapshot is not what we signed, or lacks parts that the till does not have; it is fetched whole again."""

    code = "snapshot_unknown"


def send(taken: Snapshot, *, cursor: str = "") -> Document:
    """A snapshot as it is sent to a till whose copy has this cursor; without one, or with one that is none, whole."""
    parts = parts_of(taken)
    digests, theirs = [digest(parts[name]) for name in NAMES], digests_in(cursor)
    facts = {name: getattr(taken, name) for name in ("store", "sales_channel", "currency", "taken_at", "changes_at")}
    ours = cursor_of(digests)
    said = facts | {
        "cursor": ours,
        "quote_keys": taken.quote_keys,
        "parts": {
            name: parts[name]
            for name, our, their in zip(NAMES, digests, theirs or [b""] * len(NAMES), strict=True)
            if our != their
        },
    }
    body = orjson.dumps(said, option=orjson.OPT_UTC_Z)
    claims = {"sha256": hashlib.sha256(body).hexdigest(), "store": taken.store, "iat": int(taken.taken_at.timestamp())}
    lasting = [ours, taken.store, str(taken.changes_at), *(key["kid"] for key in taken.quote_keys)]
    tag = hashlib.sha256(" ".join(lasting).encode()).hexdigest()[:32]
    return Document(body, tokens.sign(claims, kind=tokens.SNAPSHOT), f'"{tag}"')


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
    if set(parts) != set(NAMES) or cursor_of([digest(parts[name]) for name in NAMES]) != said["cursor"]:
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
