from django.apps import AppConfig
from django.contrib.admin import apps as admin


class CommerceConfig(AppConfig):
    name = "commerce"
    label = "commerce"
    default = True


class BackOfficeConfig(admin.AdminConfig):
    """Django's admin with our own site in place of its default one."""

    default = False
    default_site = "commerce.backoffice.Site"
