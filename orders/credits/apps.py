from django.apps import AppConfig


class CreditsConfig(AppConfig):
    name = "orders.credits"
    label = "credits"
