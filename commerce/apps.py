from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class CommerceConfig(AppConfig):
    name = "commerce"
    label = "commerce"
    default = True

    def ready(self) -> None:
        """Have the settings checked at start."""
        import_module("commerce.checks")


class BackOfficeConfig(admin.AdminConfig):
    """Django's admin with our own site in place of its default one."""

    default = False
    default_site = "commerce.site.Site"
