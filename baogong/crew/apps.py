from django.apps import AppConfig


class CrewConfig(AppConfig):
    name = "baogong.crew"
    label = "crew"

    def ready(self) -> None:
        from baogong.crew import imports
        from baogong.crew.services import shifts

        imports.register()
        shifts.register()
