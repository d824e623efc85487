"""Links in the admin: to see whether one still works, and to revoke it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from commerce import clock
from commerce.backoffice import ReadOnly
from commerce.links.links import revoke
from commerce.links.models import Link


@admin.register(Link)
class LinkAdmin(ReadOnly):
    """What was sent out; the secrets are not stored."""

    list_display = ("purpose", "subject", "created_at", "expires_at", "revoked_at")
    list_filter = ("purpose",)
    search_fields = ("subject",)
    exclude = ("digest",)
    ordering = ("-pk",)
    actions = ("revoke_links",)

    @admin.action(description="Revoke all live links to the same things")
    def revoke_links(self, request: HttpRequest, chosen: QuerySet[Link]) -> None:
        """Makes links useless."""
        for purpose, subject in set(chosen.values_list("purpose", "subject")):
            revoke(purpose, subject, at=clock.now())
