"""The worker's process: takes jobs from the queue in the book's database."""

from __future__ import annotations

import os

from baogong.config.lifeline import follow_parent


def main() -> None:
    follow_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baogong.config.settings")
    import django

    django.setup()
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    # The connector for pages cannot listen; the worker gets one of its own to the same database.
    assert isinstance(app.connector, DjangoConnector)
    with app.replace_connector(app.connector.get_worker_connector()) as working:
        working.run_worker(concurrency=2)


if __name__ == "__main__":
    main()
