from django.apps import AppConfig


class TowerConfig(AppConfig):
    name = "baogong.tower"
    label = "tower"

    def ready(self) -> None:
        from baogong.tower import jobs  # noqa: F401  (the queue learns its jobs)
        from baogong.tower.services import bulletins, texts

        texts.register()
        bulletins.register()
