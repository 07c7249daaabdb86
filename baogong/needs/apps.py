from django.apps import AppConfig


class NeedsConfig(AppConfig):
    name = "baogong.needs"
    label = "needs"

    def ready(self) -> None:
        from baogong.needs import household_lists, imports, share, sourcing

        imports.register()
        household_lists.register()
        share.register()
        sourcing.register()
