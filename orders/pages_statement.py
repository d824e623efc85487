"""What she has to pay, in her account and on paper."""

from io import BytesIO

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from commerce import clock
from commerce.customers.models import Person
from commerce.customers.sessions import person_of
from commerce.naming import named
from commerce.templatetags.shop import day
from orders.documents.printing import BOTTOM, LEFT, RIGHT, STEP, TOP, written
from orders.statement import Due, statement, totals


def own(request: HttpRequest) -> Person:
    """Whose account this is; the table of doors lets nobody else in."""
    person = person_of(request)
    if person is None:
        raise RuntimeError("the door to a statement stands open for people alone")
    return person


@never_cache
def statement_page(request: HttpRequest) -> HttpResponse:
    """What is due, by when, and the way to pay it."""
    dues = statement(own(request), at=clock.now())
    return render(request, "orders/statement.html", {"dues": dues, "totals": totals(dues)})


@never_cache
def statement_pdf(request: HttpRequest) -> HttpResponse:
    """The same on paper."""
    content = drawn(statement(own(request), at=clock.now()), language=get_language() or "es")
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="statement.pdf"'}
    )


def drawn(dues: list[Due], *, language: str) -> bytes:
    """One line for each part that is due, and the sums; as many pages as that takes."""
    file = BytesIO()
    canvas, y = Canvas(file, pagesize=A4, invariant=True), TOP
    canvas.setTitle(_("Statement"))
    rows = [(_("Statement"), day(clock.now()), True), ("", "", False)]
    for due in dues:
        until = day(due.due_at) if due.due_at else _("now")
        late = f" · {_('overdue')}" if due.is_overdue else ""
        how = f" ({named(due.kind)})" if due.kind else ""
        rows.append(
            (f"{_('Order')} {due.number}{how}: {until}{late}", written(due.amount, due.currency, language), False)
        )
    rows += [("", "", False)]
    rows += [(_("To be paid"), written(total, currency, language), True) for currency, total, _late in totals(dues)]
    for left, right, bold in rows:
        if y < BOTTOM:
            canvas.showPage()
            y = TOP
        canvas.setFont("Helvetica-Bold" if bold else "Helvetica", 10)
        canvas.drawString(LEFT, y, left[:90])
        canvas.drawRightString(RIGHT, y, right)
        y -= STEP
    canvas.save()
    return file.getvalue()
