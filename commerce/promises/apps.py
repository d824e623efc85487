from django.apps import AppConfig


class PromisesConfig(AppConfig):
    name = "commerce.promises"
    label = "promises"
