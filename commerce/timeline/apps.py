from django.apps import AppConfig
from django.utils.module_loading import import_string


class TimelineConfig(AppConfig):
    name = "commerce.timeline"
    label = "timeline"

    def ready(self) -> None:
        import_string("commerce.timeline.checks.wiring_points_somewhere")
