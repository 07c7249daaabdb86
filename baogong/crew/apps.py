from django.apps import AppConfig


class CrewConfig(AppConfig):
    name = "baogong.crew"
    label = "crew"

    def ready(self) -> None:
        from baogong.crew import imports, services

        imports.register()
        services.register()
