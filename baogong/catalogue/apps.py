from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "baogong.catalogue"
    label = "catalogue"

    def ready(self) -> None:
        from baogong.catalogue import imports

        imports.register()
