from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "baogong.people"
    label = "people"

    def ready(self) -> None:
        from baogong.people import imports

        imports.register()
