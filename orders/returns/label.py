"""The label of a return: to whom the parcel goes, and a code that the counter or the warehouse scans."""

from io import BytesIO

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A6
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from commerce.channels.models import Location
from commerce.rest.problems import Problem
from orders import qr
from orders.returns.models import Return


class NoLabelYet(Problem):
    """It was not announced: nothing could be found by its label."""

    code = "return_without_label"


LEFT, TOP = 10 * mm, A6[1] - 15 * mm


def pdf(returned: Return, *, to: Location | None, language: str) -> bytes:
    """The label, in a language; without personal data, so that it may lie in anybody's hands. Raises NoLabelYet."""
    if not returned.code:
        raise NoLabelYet("announce the return first; then it has a label")
    file = BytesIO()
    canvas = Canvas(file, pagesize=A6, invariant=True)
    with translation.override(language):
        canvas.setTitle(f"{_('Return')} {returned.code}")
        lines = [(16, settings.SHOP_NAME), (12, f"{_('Return')} {returned.code}")]
        if returned.way == Return.Way.POST and to:
            lines += [(11, to.name), (11, to.street), (11, f"{to.postal_code} {to.city}"), (11, to.country)]
        else:
            lines += [(11, _("Show this at the counter of any store."))]
        y = TOP
        for size, text in lines:
            canvas.setFont("Helvetica-Bold" if size > 11 else "Helvetica", size)
            canvas.drawString(LEFT, y, text)
            y -= 1.6 * size
    qr.draw(canvas, returned.code, right=A6[0] - LEFT, bottom=10 * mm, side=1.4 * mm)
    canvas.save()
    return file.getvalue()


def destination() -> Location | None:
    """Where parcels go that come back: the first warehouse."""
    return Location.objects.filter(kind=Location.Kind.WAREHOUSE, is_active=True).order_by("pk").first()
