"""Product texts: HTML from elsewhere, cut down to what is harmless, and sorted by language."""

from html.parser import HTMLParser

import nh3

TEXT = {"a", "b", "br", "em", "i", "s", "small", "span", "strong", "sub", "sup", "u"}
BLOCKS = {"blockquote", "dd", "div", "dl", "dt", "h2", "h3", "h4", "hr", "li", "ol", "p", "ul"}
TABLES = {"caption", "table", "tbody", "td", "th", "thead", "tr"}
TAGS = TEXT | BLOCKS | TABLES
SCHEMES = {"http", "https", "mailto"}
ATTRIBUTES = {"*": {"lang"}, "a": {"href", "title"}, "th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}}


def clean(html: str) -> str:
    """The allowed part of an HTML text: no scripts, styles, pictures, frames or forms, no handlers, no odd links."""
    return nh3.clean(html.strip(), tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener")


def by_language(html: str, *, base: str) -> dict[str, str]:
    """A cleaned text's parts by language, as its outermost elements say with `lang`; the rest is in the base one."""
    parts = Parts(base)
    parts.feed(html)
    parts.close()
    return {language: "".join(pieces).strip() for language, pieces in parts.found.items()}


class Parts(HTMLParser):
    """Deals the outermost elements of a well-formed text out to their languages."""

    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=False)
        self.base = self.language = base
        self.depth = 0
        self.found: dict[str, list[str]] = {base: []}

    def keep(self, text: str) -> None:
        self.found.setdefault(self.language, []).append(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.language = (dict(attrs).get("lang") or self.base)[:2].lower()
        self.keep(self.get_starttag_text() or "")
        if tag not in ("br", "hr"):
            self.depth += 1

    def handle_endtag(self, tag: str) -> None:
        self.keep(f"</{tag}>")
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.depth == 0 and data.strip():
            self.language = self.base
        self.keep(data)

    def handle_entityref(self, name: str) -> None:
        self.keep(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.keep(f"&#{name};")
