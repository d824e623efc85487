"""The back office at /admin/: read-mostly, for the role of that name. Every room registers its rows in its admin.py."""

from typing import Any

from django.contrib.admin import ModelAdmin, TabularInline
from django.db.models import Model, QuerySet
from django.http import HttpRequest


class ReadOnly(ModelAdmin):  # type: ignore[type-arg]
    """Rows that only use cases write. They can be seen and searched here; an action calls the use case."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows, with what their foreign keys point to in the same query."""
        followed = [field.name for field in self.model._meta.fields if field.many_to_one or field.one_to_one]
        return super().get_queryset(request).select_related(*followed)


class Editable(ReadOnly):
    """Rows that the back office keeps by hand, and never deletes: others refer to them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever is let in here."""
        return True

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever is let in here."""
        return True


class OnceSet(ReadOnly):
    """Rows that are added, and then stay: they say what applied from an instant on."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever is let in here."""
        return True


class ReadOnlyRows(TabularInline):  # type: ignore[type-arg]
    """Rows within another's page, made by nobody's hand either."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


def percent(margin: int | None) -> str:
    """A margin in basis points as it is read; empty where the cost is not known."""
    return "" if margin is None else f"{margin / 100:.1f} %"
