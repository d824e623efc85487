"""The back office at /admin/: read-mostly, for the role of that name."""

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from commerce.channels.models import Role
from commerce.rest.access import role_of


class Site(AdminSite):
    """Django's admin, opened by the role and not by the flags of a user."""

    site_header = site_title = "Mostrador"
    index_title = "Back office"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the caller works in the back office."""
        return request.user.is_active and role_of(request) == Role.BACK_OFFICE


class ReadOnly(ModelAdmin):  # type: ignore[type-arg]
    """Rows that only use cases write. They can be seen and searched here; an action calls the use case.

    Subclasses name the columns and what can be searched; foreign keys in the columns are fetched in the same query.
    """

    list_per_page = 50
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True  # whoever is let into this site

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows, with the foreign keys that a list or a page shows."""
        followed = [field.name for field in self.model._meta.fields if field.many_to_one or field.one_to_one]
        return super().get_queryset(request).select_related(*followed)


class Editable(ReadOnly):
    """Rows that the back office keeps by hand: nothing follows from a change of them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True
