"""Public ids: opaque, random, made by the application, so that nothing can be guessed by counting."""

import hashlib
import secrets
from typing import Any
from unicodedata import normalize

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

# No 0/O, 1/I/L, U: ids are sometimes read aloud.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

# Every byte below the largest multiple of the alphabet's length stands for a letter, the others are thrown away: each
# letter is equally likely, and a till's upload of thousands of lines does not wait for its ids.
FAIR = 256 - 256 % len(ALPHABET)
LETTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
UNFAIR = bytes(range(FAIR, 256))

# Letters of other scripts that look like Latin ones, first; then Latin ones that are easily mistaken for each other.
OTHER_SCRIPTS = str.maketrans("АВЕКМНОРСТХУІЅЈΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTXYISJABEZHIKMNOPTYX")
LOOK_ALIKES = str.maketrans("OILU", "011V")


def public_id() -> str:
    """A new id of 22 characters (more than 100 random bits)."""
    return spoken_code(22)


def spoken_code(length: int) -> str:
    """A random code that is easy to say and to type."""
    letters = b""
    while len(letters) < length:
        letters += secrets.token_bytes(2 * length).translate(LETTERS, UNFAIR)
    return letters[:length].decode()


def fold(code: str) -> str:
    """A code as it is stored and compared: upper case, no spaces or dashes, look-alike letters of any script as one."""
    letters = "".join(c for c in normalize("NFKC", code).upper() if c.isalnum())
    return letters.translate(OTHER_SCRIPTS).translate(LOOK_ALIKES)


def token() -> str:
    """A new secret for links and keys (256 random bits); only its digest is stored."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a secret. Plain SHA-256 is enough: the secret itself is long and random."""
    return hashlib.sha256(secret.encode()).hexdigest()


class PublicIdField(models.CharField):
    """The column of a public id, given when the row is made. It is looked up whole, never by its beginning."""

    def __init__(self, **options: Any) -> None:
        """Its options are those of a column of text, with what all public ids have in common."""
        given: dict[str, Any] = {"max_length": 22, "unique": True, "default": public_id, "editable": False}
        super().__init__(**(given | options))

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """The type, spelled in full: for one that begins with "varchar" Django makes a second index, for LIKE."""
        return f"character varying({self.max_length})"


def secret_keys() -> tuple[str, ...]:
    """The key of the installation, which signs today, and those before it, under which things may still be known."""
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
