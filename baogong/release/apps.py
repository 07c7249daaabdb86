from django.apps import AppConfig


class ReleaseConfig(AppConfig):
    name = "baogong.release"
    label = "release"

    def ready(self) -> None:
        from baogong.release import imports
        from baogong.release.services import forgetting, texts, winners

        imports.register()
        winners.register()
        texts.register()
        forgetting.register()
