from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "baogong.delivery"
    label = "delivery"

    def ready(self) -> None:
        from baogong.delivery import imports

        imports.register()
