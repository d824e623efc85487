from django.apps import AppConfig


class QuotesConfig(AppConfig):
    name = "commerce.quotes"
    label = "quotes"
