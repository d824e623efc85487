from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "orders.cases"
    label = "cases"
