"""Making, finding and revoking links."""

from datetime import datetime, timedelta

from commerce.ids import digest, token
from commerce.links.models import Link
from commerce.rest.problems import Problem


class LinkNotFound(Problem):
    """No link of this purpose has that secret."""

    code = "link_not_found"
    status = 404


class LinkExpired(Problem):
    """The link was good once: it has run out, or was revoked."""

    code = "link_expired"
    status = 410


def create(purpose: str, subject: str, *, lasts: timedelta, at: datetime) -> str:
    """Make a link and return its secret, which is stored nowhere."""
    secret = token()
    Link.objects.create(purpose=purpose, subject=subject, digest=digest(secret), created_at=at, expires_at=at + lasts)
    return secret


def find(purpose: str, secret: str, *, at: datetime) -> Link:
    """The live link behind a secret; raises LinkNotFound or LinkExpired."""
    link = Link.objects.filter(purpose=purpose, digest=digest(secret)).first()
    if link is None:
        raise LinkNotFound("this link is not known")
    if link.revoked_at or link.expires_at <= at:
        raise LinkExpired("this link no longer works")
    return link


def revoke(purpose: str, subject: str, *, at: datetime) -> int:
    """Revoke the live links of one purpose to a thing; returns how many there were."""
    live = Link.objects.filter(purpose=purpose, subject=subject, revoked_at=None, expires_at__gt=at)
    return live.update(revoked_at=at)
