from django.apps import AppConfig


class ReceivablesConfig(AppConfig):
    name = "orders.receivables"
    label = "receivables"
