"""`manage.py translations`: gather what pages say, keep the Spanish catalog complete, compile it."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.template import templatize

PACKAGES = ("commerce", "inventory", "orders", "notifications")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
"""In the headers, so that the same texts make the same files."""
FOLDER = Path(settings.LOCALE_PATHS[0]) / "es" / "LC_MESSAGES"


class Command(BaseCommand):
    help = "Gather every text of pages and refusals into commerce/locale, and compile it. Fails where Spanish lacks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail where a file would change")

    def handle(self, *, check: bool, **_: Any) -> None:
        written, compiled = built(merged())
        if lacking := untranslated(merged()):
            self.stderr.write("\n".join(f"no Spanish for: {text}" for text in lacking))
        if check:
            if written != (FOLDER / "django.po").read_bytes() or compiled != (FOLDER / "django.mo").read_bytes():
                raise CommandError("the catalog is not what manage.py translations would write")
        else:
            (FOLDER / "django.po").write_bytes(written)
            (FOLDER / "django.mo").write_bytes(compiled)
        if lacking:
            raise CommandError(f"{len(lacking)} texts lack their Spanish")


def texts() -> Iterator[tuple[str, Any, str | None]]:
    """Every translatable text of the house: file, text (or its singular and plural), context."""
    for package in PACKAGES:
        for path in sorted((settings.BASE_DIR / package).rglob("*")):
            if path.suffix == ".py":
                source = path.read_bytes()
            elif path.suffix in (".html", ".txt") and "templates" in path.parts:
                source = templatize(path.read_text(), origin=str(path)).encode()
            else:
                continue
            for _, text, _, context in extract("python", BytesIO(source), KEYWORDS):
                yield str(path.relative_to(settings.BASE_DIR)), text, context


def merged() -> Catalog:
    """The Spanish catalog with every text that is used now, and none that is not."""
    catalog = Catalog(
        locale="es",
        domain="django",
        header_comment="# What pages and refusals say, in Spanish. Kept in order by manage.py translations.",
        project="Mostrador",
        version="1",
        msgid_bugs_address="the issues of the project",
        last_translator="Mostrador contributors",
        language_team="es",
        creation_date=LONG_AGO,
        revision_date=LONG_AGO,
        fuzzy=False,
    )
    template = Catalog(locale="es")
    for file, text, context in texts():
        template.add(text, context=context, locations=[(file, 0)])
    kept = read_po(BytesIO((FOLDER / "django.po").read_bytes()), locale="es", domain="django")
    for message in sorted((m for m in template if m.id), key=lambda m: (str(m.id), m.context or "")):
        known = kept.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        files = sorted({file for file, _ in message.locations})
        catalog.add(
            message.id,
            known.string if known else None,
            context=message.context,
            locations=[(file, 0) for file in files],
            flags=message.flags & {"python-format"},
        )
    return catalog


def untranslated(catalog: Catalog) -> list[str]:
    """The texts that have no Spanish, or not for one and for many."""
    return [
        str(message.id)
        for message in catalog
        if message.id
        and not (all(message.string) if isinstance(message.string, list | tuple) else bool(message.string))
    ]


def built(catalog: Catalog) -> tuple[bytes, bytes]:
    """The catalog as .po and .mo, the same bytes for the same texts."""
    written, compiled = BytesIO(), BytesIO()
    write_po(written, catalog, width=0)
    write_mo(compiled, catalog)
    return written.getvalue(), compiled.getvalue()
