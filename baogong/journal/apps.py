from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "baogong.journal"
    label = "journal"

    def ready(self) -> None:
        from baogong.journal import clock, jobs  # noqa: F401  (the queue learns its jobs)
        from baogong.journal.services import texting, webhooks
        from baogong.journal.services.events import record
        from baogong.people.services import access
        from baogong.places.recording import record_with

        webhooks.register()
        texting.register()
        record_with(record)
        access.ask_whether_drill(lambda: clock.book_mark().is_drill)
