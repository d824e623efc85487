from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "inventory.alerts"
    label = "alerts"
