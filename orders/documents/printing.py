"""A document as PDF: one column of figures, with a code that leads to the order's timeline."""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from commerce.money import display
from orders import qr
from orders.documents.models import Document
from orders.returns.policy import in_words, of_version

LEFT, RIGHT, TOP, BOTTOM = 20 * mm, A4[0] - 20 * mm, A4[1] - 20 * mm, 45 * mm
STEP = 5.5 * mm


def written(amount: int, currency: str, language: str) -> str:
    """An amount that the paper's letters can show."""
    return display(amount, currency, language).replace("\u202f", " ")


def pdf(document: Document, *, language: str) -> bytes:
    """The document, in a language."""
    with translation.override(language):
        return Sheet(document, language).drawn()


class Sheet:
    """One document being drawn, from top to bottom; a full page is followed by another."""

    def __init__(self, document: Document, language: str) -> None:
        self.document = document
        self.facts: dict[str, Any] = document.facts
        self.language = language
        self.file = BytesIO()
        self.canvas = Canvas(self.file, pagesize=A4, invariant=True)
        self.canvas.setTitle(document.title)
        self.y = TOP

    def drawn(self) -> bytes:
        """All of it."""
        titles = {
            "confirmation": _("Order confirmation"),
            "receipt": _("Receipt"),
            "invoice": _("Invoice"),
            "credit_note": _("Credit note"),
        }
        issuer = self.facts.get("issuer") or {"name": settings.SHOP_NAME, "tax_id": ""}
        self.row(f"{issuer['name']} {issuer['tax_id']}".strip(), self.document.title, bold=True, size=16)
        self.row(titles[self.document.kind], f"{self.document.issued_at:%Y-%m-%d}", size=12)
        self.row(_("Order"), str(self.facts["number"]))
        self.gap()
        for line in self.facts["lines"]:
            self.row(f"{line['quantity']} × {line['title']}"[:70], self.money(line["total"]))
        if self.facts["delivery"]:
            self.row(_("Delivery"), self.money(self.facts["delivery"]))
        self.gap()
        self.row(_("Total"), self.money(self.facts["total"]), bold=True, size=12)
        for tax in self.facts["taxes"]:
            rate = f"{tax['basis_points'] / 100:g} %"
            self.row(f"{_('VAT')} {rate}: {_('net')} {self.money(tax['net'])}", self.money(tax["tax"]))
        self.gap()
        for payment in self.facts["payments"]:
            self.row(f"{_('Paid')} ({payment['tender']})", self.money(payment["amount"]))
        self.foot()
        self.canvas.save()
        return self.file.getvalue()

    def money(self, amount: int) -> str:
        """An amount as a person reads it."""
        return written(amount, self.facts["currency"], self.language)

    def gap(self) -> None:
        """Some air."""
        self.y -= STEP

    def row(self, left: str, right: str, *, bold: bool = False, size: int = 10) -> None:
        """One line: words on the left, a figure on the right."""
        if self.y < BOTTOM:
            self.canvas.showPage()
            self.y = TOP
        self.canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
        self.canvas.drawString(LEFT, self.y, left)
        self.canvas.drawRightString(RIGHT, self.y, right)
        self.y -= STEP * size / 10

    def foot(self) -> None:
        """The return policy that holds, and the way to the order's timeline."""
        address = settings.PUBLIC_URL + reverse("order", args=[self.document.order.public_id])
        self.canvas.setFont("Helvetica", 8)
        policy = of_version(self.facts["return_policy"])
        sentence = in_words(policy, language=self.language)[0]
        self.canvas.drawString(LEFT, 20 * mm, f"{_('Return policy')} {policy.version}")
        self.canvas.drawString(LEFT, 16 * mm, sentence[:110])
        qr.draw(self.canvas, address, right=RIGHT, bottom=12 * mm)
