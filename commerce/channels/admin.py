"""Places, sales channels, staff and machines in the back office."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from commerce import clock
from commerce.backoffice import Editable, ReadOnly
from commerce.channels import devices, second_factor
from commerce.channels.models import Device, Firm, Location, RecoveryCode, SalesChannel, SecondFactor, StaffMember

admin.site.unregister(Group)
admin.site.unregister(User)


@admin.register(Firm)
class FirmAdmin(Editable):
    """Partners whose shops sell with us."""

    list_display = ("name", "tax_id")
    search_fields = ("name", "tax_id")


@admin.register(Location)
class LocationAdmin(Editable):
    """Where stock lies, with its hours."""

    list_display = ("code", "name", "kind", "city", "is_active", "offers_pickup", "firm")
    list_filter = ("kind", "is_active", "firm")
    list_select_related = ("firm",)
    search_fields = ("code", "name", "city")


@admin.register(SalesChannel)
class SalesChannelAdmin(Editable):
    """Where purchases are made, and from where they are served."""

    list_display = ("code", "name", "kind", "currency", "country", "hold_minutes")
    filter_horizontal = ("locations",)


class StaffMemberInline(admin.StackedInline):  # type: ignore[type-arg]
    """The role of a log-in, and the locations it is bound to."""

    model = StaffMember
    filter_horizontal = ("locations",)


@admin.register(User)
class StaffUserAdmin(UserAdmin):
    """Log-ins of the staff. Shoppers are people; their log-ins have nothing to see."""

    inlines = (StaffMemberInline,)
    list_display = ("username", "first_name", "last_name", "role", "is_active", "last_login")
    list_filter = ("staff_member__role", "is_active")
    list_select_related = ("staff_member",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (None, {"fields": ("first_name", "last_name", "is_active", "last_login")}),
    )
    readonly_fields = ("last_login",)
    filter_horizontal = ()
    actions = ("forget_second_factor",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """The staff."""
        return super().get_queryset(request).filter(person=None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: what somebody did stays hers. A log-in is made inactive."""
        return False

    @admin.action(description="Let them set up a new second factor")
    def forget_second_factor(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        """For colleagues who have lost their app and their recovery codes; nobody does it for herself."""
        for user in rows.exclude(username=request.user.get_username()):
            second_factor.forget(user)
            self.log_change(request, user, "second factor forgotten")

    @admin.display(ordering="staff_member__role")
    def role(self, user: User) -> str:
        """What she does here."""
        staff = getattr(user, "staff_member", None)
        return staff.get_role_display() if staff else ""


@admin.register(Group)
class UnusedGroupAdmin(ReadOnly, GroupAdmin):
    """Django's groups, which open nothing here: roles do."""


@admin.register(StaffMember)
class StaffMemberAdmin(ReadOnly):
    """Who works where; changed with her log-in."""

    list_display = ("user", "role")
    list_filter = ("role", "locations")
    search_fields = ("user__username", "user__first_name", "user__last_name")


@admin.register(Device)
class DeviceAdmin(Editable):
    """Tills and machines. A new one's key is shown once, on the page that follows."""

    list_display = ("name", "role", "location", "created_at", "revoked_at")
    list_filter = ("role", "location")
    search_fields = ("name",)
    fields = ("name", "role", "location")
    actions = ("rotate", "revoke", "restore")

    def get_readonly_fields(self, request: HttpRequest, obj: Device | None = None) -> tuple[str, ...]:
        """What a machine may do is fixed when it is let in."""
        return ("role", "location") if obj else ()

    def save_model(self, request: HttpRequest, obj: Device, form: ModelForm, change: bool) -> None:
        """Let a new machine in, and show its key; of a known one only the name can change."""
        if change:
            obj.save(update_fields=["name"])
            return
        made, key = devices.issue(obj.name, role=obj.role, location=obj.location, at=clock.now())
        obj.pk = made.pk
        self.show(request, obj, key)

    @admin.action(description="Give another key, and end the old one")
    def rotate(self, request: HttpRequest, rows: QuerySet[Device]) -> None:
        """One key for each machine that was not shut out."""
        for device in rows.filter(revoked_at=None):
            self.show(request, device, devices.rotate(device))

    @admin.action(description="Shut out")
    def revoke(self, request: HttpRequest, rows: QuerySet[Device]) -> None:
        """These keys open nothing any more."""
        for device in rows:
            devices.revoke(device, at=clock.now())

    @admin.action(description="Let in again")
    def restore(self, request: HttpRequest, rows: QuerySet[Device]) -> None:
        """These keys open again what they did; what tills told meanwhile is booked soon."""
        for device in rows:
            devices.restore(device)

    def show(self, request: HttpRequest, device: Device, key: str) -> None:
        """The one time that a key can be read."""
        messages.warning(request, f"The key of {device.name}, shown only now: {key}")


@admin.register(SecondFactor)
class SecondFactorAdmin(ReadOnly):
    """Who has set up an authenticator app; secrets are stored nowhere."""

    list_display = ("user", "created_at", "confirmed_at")
    ordering = ("-pk",)


@admin.register(RecoveryCode)
class RecoveryCodeAdmin(ReadOnly):
    """Which recovery codes were used; the codes themselves are stored nowhere."""

    list_display = ("user", "used_at")
    fields = ("user", "used_at")
    ordering = ("-pk",)
