from django.apps import AppConfig


class RestConfig(AppConfig):
    name = "commerce.rest"
    label = "rest"
