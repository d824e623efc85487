from django.apps import AppConfig


class LinksConfig(AppConfig):
    name = "commerce.links"
    label = "links"
