from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "orders.journal"
    label = "journal"
