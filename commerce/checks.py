"""Mistakes in the settings of a public site, told at start with what to do about them."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

LOCAL = ("localhost", "127.0.0.1", "::1")


@register(Tags.security)
def fit_for_the_public(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Whether MOSTRADOR_ENV=production has what it needs; elsewhere the defaults are right."""
    return list(findings()) if settings.PRODUCTION else []


def findings() -> Iterator[CheckMessage]:
    """What is wrong with these settings for a site on the open net."""
    if settings.SECRET_KEY.startswith("local-only"):
        yield Error(
            "SECRET_KEY is the one of a laptop, which everybody knows",
            hint="Set SECRET_KEY to 50 random characters, and keep them secret.",
            id="mostrador.E101",
        )
    if not settings.ALLOWED_HOSTS:
        yield Error(
            "no host name is allowed, so every request is refused",
            hint="Set ALLOWED_HOSTS, such as ALLOWED_HOSTS=shop.example.com.",
            id="mostrador.E102",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Warning(
            "every host name is allowed, so a forged one may stand in our links",
            hint="Name the hosts in ALLOWED_HOSTS.",
            id="mostrador.W103",
        )
    public = urlsplit(settings.PUBLIC_URL)
    if public.scheme != "https" or public.hostname in LOCAL:
        yield Error(
            f"PUBLIC_URL is {settings.PUBLIC_URL}, which nobody outside can open",
            hint="Set PUBLIC_URL to the address that stands in messages, such as https://shop.example.com.",
            id="mostrador.E104",
        )
    if settings.EMBEDDED_DATABASE:
        yield Error(
            "the database is the one that starts by itself under var/",
            hint="Set DATABASE_URL to a PostgreSQL (15 or newer) that is backed up.",
            id="mostrador.E105",
        )
    if not settings.CELERY_BROKER_URL:
        yield Error(
            "there is no broker, so work waits until the relay looks for it",
            hint="Set CELERY_BROKER_URL to a RabbitMQ (amqp://…) or Redis (redis://…).",
            id="mostrador.E106",
        )
    if settings.SECURE_SSL_REDIRECT and not settings.TRUSTED_PROXIES:
        yield Warning(
            "nobody tells us which requests came encrypted, so all are sent to https again and again",
            hint="Set TRUSTED_PROXIES to the number of proxies in front, each adding X-Forwarded-For and -Proto.",
            id="mostrador.W107",
        )
