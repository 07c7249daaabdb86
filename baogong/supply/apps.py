from django.apps import AppConfig


class SupplyConfig(AppConfig):
    name = "baogong.supply"
    label = "supply"

    def ready(self) -> None:
        from baogong.journal.services.documents import when_in_force
        from baogong.supply import imports
        from baogong.supply.services import failing, packing
        from baogong.supply.services.funds import RE_EARMARK, move_earmark

        imports.register()
        packing.register()
        failing.register()
        when_in_force(RE_EARMARK, move_earmark)
