from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "baogong.journal"
    label = "journal"

    def ready(self) -> None:
        from baogong.journal import clock, jobs  # noqa: F401  (the queue learns its jobs)
        from baogong.journal.services import webhooks
        from baogong.people.services import access

        webhooks.register()
        access.ask_whether_drill(lambda: clock.book_mark().is_drill)
