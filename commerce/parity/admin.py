"""Comparisons in the admin: a picture of how the channels agreed over time, and of each comparison by channel."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from commerce import clock
from commerce.backoffice import ReadOnly
from commerce.carts.models import ParityRun
from commerce.parity import comparing

DRAWN = 60
"""Comparisons in the picture."""


@dataclass(frozen=True)
class Bar:
    """One bar of a picture: where it stands, and how much of it is what."""

    name: str
    whole: int
    differing: int
    declared: int

    @property
    def agreeing(self) -> int:
        """How many baskets cost the same."""
        return self.whole - self.differing - self.declared


@admin.register(ParityRun)
class ParityRunAdmin(ReadOnly):
    """Whether the same basket costs the same in every channel; compared at every change and every night."""

    list_display = ("at", "baskets", "difference_count", "declared_count")
    ordering = ("-pk",)
    change_list_template = "parity/runs.html"
    change_form_template = "parity/run.html"

    @admin.display(description="differences")
    def difference_count(self, run: ParityRun) -> int:
        """How many baskets cost something else somewhere, against our will."""
        return len(run.differences)

    @admin.display(description="declared")
    def declared_count(self, run: ParityRun) -> int:
        """How many differ by a price list or promotion that says why."""
        return len(run.declared)

    def get_urls(self) -> list[URLPattern]:
        """Besides Django's: to compare now."""
        ours = path("compare/", self.admin_site.admin_view(self.compare), name="parity_compare")
        return [ours, *super().get_urls()]

    def compare(self, request: HttpRequest) -> HttpResponse:
        """Compare a sample at once, and show what came of it."""
        if request.method != "POST":
            return redirect("admin:carts_parityrun_changelist")
        done = comparing.run(at=clock.now())
        said = f"{done.baskets} baskets through {len(done.adapters)} ways: {len(done.differences)} differences"
        messages.add_message(request, messages.WARNING if done.differences else messages.SUCCESS, said)
        return redirect("admin:carts_parityrun_change", done.pk)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with the last comparisons as a picture."""
        runs = list(ParityRun.objects.order_by("-pk")[:DRAWN])[::-1]
        picture = [(12 * place, run, bar_of(run)) for place, run in enumerate(runs)]
        return super().changelist_view(request, {"picture": picture, "width": 12 * DRAWN})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One comparison: each way in as a bar, and each difference with the rule that caused it."""
        run = self.get_object(request, object_id)
        context: dict[str, Any] = {"run": run}
        if run:
            context["bars"] = [bar_of(run, name) for name in run.adapters[1:]]
            context["sections"] = [("Differences", run.differences), ("Declared differences", run.declared)]
        return super().change_view(request, object_id, form_url, context)


def bar_of(run: ParityRun, name: str = "") -> Bar:
    """How many of a comparison's baskets cost the same, in one way in or in all."""

    def among(found: list[dict[str, Any]]) -> int:
        baskets = [str(each["basket"]) for each in found if name in ("", each["adapters"][1])]
        return len(set(baskets))

    differing = min(among(run.differences), run.baskets)
    return Bar(name, run.baskets, differing, min(among(run.declared), run.baskets - differing))
