from django.apps import AppConfig


class StripeConfig(AppConfig):
    name = "orders.stripe"
    label = "stripe"
