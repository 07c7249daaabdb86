from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "baogong.delivery"
    label = "delivery"

    def ready(self) -> None:
        from baogong.delivery import imports
        from baogong.delivery.services import addresses, placing, rounds

        addresses.register()
        imports.register()
        placing.register()
        rounds.register()
