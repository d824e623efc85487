"""What we sign for tills: a compact JWS (EdDSA), which whoever holds our public keys can prove without asking us.

The private key is derived from SECRET_KEY, so it lies nowhere. When that is changed, the old one stands in
SECRET_KEY_FALLBACKS until the last quote signed with it has ended: its public key is given out for as long.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from jwt.algorithms import OKPAlgorithm

from commerce.ids import secret_keys
from commerce.rest.problems import Problem

ALGORITHM = "EdDSA"
TYPE = "mostrador-quote+jwt"
"""What the header says it is: a token of another purpose, signed with the same key, is none."""

SNAPSHOT = "mostrador-snapshot+jwt"
"""The same of a till's snapshot."""


class QuoteUnknown(Problem):
    """This is no quote of ours, or somebody changed it."""

    code = "quote_unknown"
    status = 404


def private_key(secret: str) -> Ed25519PrivateKey:
    """The signing key that belongs to a secret."""
    seed = hmac.digest(secret.encode(), b"mostrador.quotes.ed25519", "sha256")
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_jwk(secret: str) -> dict[str, str]:
    """The public key that belongs to a secret, as a JWK (RFC 8037) named by its thumbprint."""
    key: dict[str, str] = OKPAlgorithm.to_jwk(private_key(secret).public_key(), as_dict=True)
    said = json.dumps({name: key[name] for name in ("crv", "kty", "x")}, separators=(",", ":"), sort_keys=True)
    named = hashlib.sha256(said.encode()).hexdigest()[:16]
    return {name: key[name] for name in ("kty", "crv", "x")} | {"kid": named, "use": "sig", "alg": ALGORITHM}


def key_set() -> dict[str, list[dict[str, str]]]:
    """The public keys of today and of the quotes that still run, as a JWK set; a till takes it along."""
    return {"keys": [public_jwk(secret) for secret in secret_keys()]}


def sign(claims: Mapping[str, Any], *, kind: str = TYPE) -> str:
    """Claims as a token of one kind."""
    named = public_jwk(settings.SECRET_KEY)["kid"]
    headers = {"kid": named, "typ": kind}
    return jwt.encode(dict(claims), private_key(settings.SECRET_KEY), algorithm=ALGORITHM, headers=headers)


def prove(token: str, *, keys: Sequence[Mapping[str, str]], kind: str = TYPE) -> dict[str, Any]:
    """What a token says, proven by public keys alone; raises QuoteUnknown. Whether it has ended is the caller's say."""
    try:
        header = jwt.get_unverified_header(token)
        key = next(key for key in keys if key["kid"] == header.get("kid"))
        if header.get("typ") != kind:
            raise QuoteUnknown("this offer is not known")
        unchecked = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
        said: dict[str, Any] = jwt.decode(token, jwt.PyJWK(dict(key)), algorithms=[ALGORITHM], options=unchecked)  # type: ignore[arg-type]
    except (jwt.PyJWTError, StopIteration, ValueError) as problem:
        raise QuoteUnknown("this offer is not known") from problem
    return said
