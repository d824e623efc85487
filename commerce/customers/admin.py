"""People in the back office. What is looked at is written down (notifications.reads)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest

from commerce import clock
from commerce.backoffice import Editable, ReadOnly, ReadOnlyRows
from commerce.customers.addresses import NotAnAddress, normalize
from commerce.customers.grouping import put_in_group
from commerce.customers.merges import split
from commerce.customers.models import (
    BlockedAddress,
    Consent,
    ContactPoint,
    LoginCode,
    Merge,
    Person,
    PostalAddress,
    Reading,
    Serving,
    Suggestion,
    Taste,
)
from commerce.rest.authentication import actor_of
from commerce.timeline.record import open_journey


class ContactPointInline(ReadOnlyRows):
    """How she is reached."""

    model = ContactPoint


class PostalAddressInline(ReadOnlyRows):
    """Where she lives."""

    model = PostalAddress


class Grouping(ActionForm):
    """Which group the chosen people are put into."""

    group = forms.CharField(max_length=20, required=False, label="group", help_text="empty: none")


@admin.register(Person)
class PersonAdmin(ReadOnly):
    """Everybody we deal with."""

    action_form = Grouping
    actions = ("put_into_group",)

    list_display = ("public_id", "given_name", "family_name", "language", "group", "created_at", "root")
    list_filter = ("language", "group")
    search_fields = ("public_id", "given_name", "family_name", "contact_points__value")
    ordering = ("-pk",)
    inlines = (ContactPointInline, PostalAddressInline)

    @admin.action(description="Put into the group (or, left empty, out of theirs)")
    def put_into_group(self, request: HttpRequest, rows: QuerySet[Person]) -> None:
        """Each of the chosen, by the name that price lists and promotions have for the group."""
        group = request.POST.get("group", "").strip()[:20]
        for person in rows.order_by("pk"):
            put_in_group(person, group=group, by=actor_of(request), channel="back_office", at=clock.now())


@admin.register(Merge)
class MergeAdmin(ReadOnly):
    """Who was found to be whom, and why."""

    list_display = ("person", "into", "evidence", "merged_at", "merged_by", "split_at")
    list_filter = ("evidence",)
    search_fields = ("person__public_id", "into__public_id")
    ordering = ("-pk",)
    actions = ("take_back",)

    @admin.action(description="Take back: they are two people")
    def take_back(self, request: HttpRequest, rows: QuerySet[Merge]) -> None:
        """Each finding that still holds."""
        for edge in rows.filter(split_at=None):
            at = clock.now()
            split(edge, journey=open_journey(at=at), by=actor_of(request), channel="back_office", at=at)


@admin.register(ContactPoint)
class ContactPointAdmin(ReadOnly):
    """Addresses, with how each was proved."""

    list_display = ("value", "kind", "person", "verified_at", "verified_how")
    list_filter = ("kind", "verified_how")
    search_fields = ("value",)
    ordering = ("-pk",)


class BlockedForm(forms.ModelForm):  # type: ignore[type-arg]
    """Takes an address as it is written anywhere, and keeps its one spelling."""

    def clean(self) -> dict[str, Any]:
        """The address normalized; an error beside it if it is none."""
        said = super().clean() or {}
        try:
            said["value"] = normalize(said.get("kind", ""), said.get("value", ""))
        except NotAnAddress as problem:
            self.add_error("value", problem.detail)
        return said


@admin.register(BlockedAddress)
class BlockedAddressAdmin(Editable):
    """Addresses that find and join nobody."""

    form = BlockedForm
    list_display = ("kind", "value", "reason")
    list_filter = ("kind",)
    search_fields = ("value", "reason")
    ordering = ("kind", "value")


@admin.register(Suggestion)
class SuggestionAdmin(ReadOnly):
    """Who may be whom; decided at /desk/same/, where it is seen what would follow."""

    list_display = ("one", "other", "evidence", "status", "found_at", "decided_at", "decided_by")
    list_filter = ("status",)
    ordering = ("-pk",)


@admin.register(PostalAddress)
class PostalAddressAdmin(ReadOnly):
    """Where things are sent."""

    list_display = ("recipient", "street", "postal_code", "city", "person", "entered_at", "entered_in")
    search_fields = ("recipient", "postal_code", "city")
    ordering = ("-pk",)


@admin.register(Consent)
class ConsentAdmin(ReadOnly):
    """What people chose; the latest for an address and use counts."""

    list_display = ("contact_point", "contact_channel", "purpose", "granted", "chosen_at", "wording", "method")
    list_filter = ("contact_channel", "purpose", "granted")
    search_fields = ("contact_point__value",)
    ordering = ("-pk",)


@admin.register(Taste)
class TasteAdmin(ReadOnly):
    """What people like, as they said it; taken back on their page at the desk."""

    list_display = ("person", "kind", "value", "source", "entered_at", "entered_in", "removed_at")
    list_filter = ("kind", "source")
    search_fields = ("person__public_id",)
    ordering = ("-pk",)


@admin.register(LoginCode)
class LoginCodeAdmin(ReadOnly):
    """Log-ins asked for; the codes themselves are stored nowhere."""

    list_display = ("public_id", "contact_point", "tries", "created_at", "used_at")
    ordering = ("-pk",)


@admin.register(Reading)
class ReadingAdmin(ReadOnly):
    """Who among the staff looked at whom."""

    list_display = ("person", "actor", "what", "read_at")
    search_fields = ("actor", "person__public_id")
    ordering = ("-pk",)


@admin.register(Serving)
class ServingAdmin(ReadOnly):
    """Who among the staff acted for whom, on what proof and what for."""

    list_display = ("began_at", "actor", "person", "proof", "reason", "ends_at")
    list_filter = ("proof", "reason")
    search_fields = ("actor", "person__public_id")
    ordering = ("-pk",)
