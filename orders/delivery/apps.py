from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "orders.delivery"
    label = "delivery"
