"""The back office's own site: who is let in, and what its first page says."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse

from commerce import clock
from commerce.timeline.backlog import work_due


class Site(AdminSite):
    """Django's admin, opened by the role (commerce.channels.roles) and not by a flag of the user."""

    site_header = site_title = "Mostrador"
    index_title = "Back office"

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the caller works in the back office."""
        return request.user.has_module_perms("admin")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The first page, which says if work is left lying."""
        if alarm := work_due(at=clock.now()).sentence():
            messages.error(request, alarm)
        return super().index(request, extra_context)
