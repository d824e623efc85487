"""What the role of a member of staff opens in Django's own admin."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from commerce.channels.models import Role


class RoleBackend(BaseBackend):
    """The back office may do there whatever the admin's classes offer; nobody else may do anything."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether a user has a permission of Django's."""
        return self.has_module_perms(user_obj, perm)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether a user may see an app in the admin."""
        staff = getattr(user_obj, "staff_member", None) if user_obj.is_active else None
        return staff is not None and staff.role == Role.BACK_OFFICE
