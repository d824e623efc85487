from django.apps import AppConfig


class FloorConfig(AppConfig):
    name = "inventory.floor"
    label = "floor"
