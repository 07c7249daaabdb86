from django.apps import AppConfig


class FreightConfig(AppConfig):
    name = "baogong.freight"
    label = "freight"

    def ready(self) -> None:
        from baogong.freight import imports
        from baogong.freight.services import convoys

        convoys.register()
        imports.register()
