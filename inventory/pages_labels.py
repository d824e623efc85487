"""Shelf labels of a store: which prices changed, as a page, as CSV and as labels to print."""

import csv

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.channels.models import Location, SalesChannel
from commerce.csv_files import harmless
from commerce.pricing.price_csv import plain
from commerce.quotes.labels import Label, changed, hang, says
from commerce.rest.authentication import actor_of
from commerce.rest.selling import NoSalesChannel
from inventory.models import Stock
from inventory.pages_store import own_store
from inventory.window import in_language

COLUMNS = (
    "sku",
    "barcode",
    "title",
    "price",
    "compare_at",
    "lowest_30_days",
    "unit_price",
    "unit",
    "currency",
    "version",
    "label_says",
)


def labels_of(store: Location) -> list[Label]:
    """The labels that a store needs for what it has had on its shelves; raises NoSalesChannel."""
    channel = SalesChannel.objects.filter(kind=SalesChannel.Kind.STORE, locations=store).first()
    if channel is None:
        raise NoSalesChannel("nothing is sold through this store yet; the back office must set it up")
    stocked = Stock.objects.filter(location=store).values_list("variant", flat=True)
    return changed(store, list(stocked), sales_channel=channel, at=clock.now(), language=get_language() or "")


@never_cache
def labels(request: HttpRequest, code: str) -> HttpResponse:
    """The prices that are not what their label says. Printed and hung, they are gone from the list."""
    store = own_store(request, code)
    wanted = labels_of(store)
    if request.method == "POST":
        shown = set(request.POST.getlist("said"))
        hung = [label for label in wanted if said(label) in shown]  # what changed meanwhile stays on the list
        hang(store, hung, by=actor_of(request), at=clock.now())
        messages.success(request, _("%(count)s labels hang now.") % {"count": len(hung)})
        return redirect("store-labels", code=code)
    if request.GET.get("as") == "csv":
        return as_csv(wanted, store)
    rows = [(label, title_of(label), said(label)) for label in wanted]
    return render(request, "inventory/labels.html", {"store": store, "tab": "labels", "rows": rows})


def said(label: Label) -> str:
    """A label in one word, to know it again when it was hung."""
    return ":".join("" if part is None else str(part) for part in (label.variant.pk, *says(label.tag)))


def title_of(label: Label) -> str:
    """What the label calls its goods."""
    language = get_language() or "es"
    title = in_language(label.variant.product, "title", language)
    return f"{title} {label.variant.options_in(language)}".strip()


def as_csv(wanted: list[Label], store: Location) -> HttpResponse:
    """The list for a label printer's program."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="labels-{store.code}.csv"'
    writer = csv.writer(answer)
    writer.writerow(COLUMNS)
    for label in wanted:
        tag, money = label.tag, label.tag.currency
        amounts = [
            "" if each is None else plain(each, money)
            for each in (tag.amount, tag.was, tag.lowest, tag.unit_price, label.before)
        ]
        texts = [label.variant.sku, label.variant.barcode or "", title_of(label)]
        writer.writerow([*map(harmless, texts), *amounts[:4], tag.unit, money, tag.version, amounts[4]])
    return answer
