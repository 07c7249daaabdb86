from django.apps import AppConfig


class CrewConfig(AppConfig):
    name = "baogong.crew"
    label = "crew"

    def ready(self) -> None:
        from baogong.crew import imports, people_lists
        from baogong.crew.services import shifts

        imports.register()
        people_lists.register()
        shifts.register()
