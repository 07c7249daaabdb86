from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "baogong.places"
    label = "places"

    def ready(self) -> None:
        from baogong.places import imports

        imports.register()
