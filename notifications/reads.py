"""The back office's admin shows rows of many tables. Whose they are is known to the table of personal data: so every
list, search and page there leaves a line for each person in it, of tables that are added later, too."""

from collections.abc import Callable

from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse

from commerce import clock
from commerce.customers import disclosure
from commerce.rest.authentication import actor_of
from notifications.privacy.held import HELD


class ReadsMiddleware:
    """Writes down whose rows a page of the admin shows, before it is shown."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> HttpResponse:
        """The page as it was."""
        context = response.context_data or {}
        if request.resolver_match and request.resolver_match.app_name == "admin":
            listed = context.get("cl")
            rows = list(listed.result_list) if listed else [row] if (row := context.get("original")) else []
            if rows:
                note_rows(request, rows)
        return response


def note_rows(request: HttpRequest, rows: list[Model]) -> None:
    """Keep that these rows of one table were seen."""
    model = type(rows[0])
    held = HELD.get(model._meta.label)
    if held is None:
        return
    shown = model._default_manager.filter(pk__in=[row.pk for row in rows])
    people = {pk for way in held.of for pk in shown.values_list(way, flat=True)}
    what = f"back office: {model._meta.verbose_name}"[:40]
    disclosure.note_each(people, what=what, by=actor_of(request), at=clock.now())
