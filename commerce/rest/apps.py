from importlib import import_module

from django.apps import AppConfig


class RestConfig(AppConfig):
    name = "commerce.rest"
    label = "rest"

    def ready(self) -> None:
        """Make the description of the API know how its callers are told apart."""
        import_module("commerce.rest.openapi")
