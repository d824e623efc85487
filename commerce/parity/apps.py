from django.apps import AppConfig


class ParityConfig(AppConfig):
    name = "commerce.parity"
    label = "parity"
