"""QR codes on paper."""

import segno
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas


def draw(canvas: Canvas, text: str, *, right: float, bottom: float, side: float = 0.8 * mm) -> float:
    """Draw a code whose right and lower edges lie there; returns how wide it is."""
    code = segno.make(text, error="m", micro=False)
    for row, cells in enumerate(code.matrix):
        for column, dark in enumerate(cells):
            if dark:
                x, y = right - (len(cells) - column) * side, bottom + (len(cells) - row) * side
                canvas.rect(x, y, side, side, stroke=0, fill=1)
    return len(code.matrix) * side
