"""What granian serves where a test sends it a signal: a stream without a book, open to every ticket."""

from __future__ import annotations

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baogong.config.settings")
django.setup()

from baogong.api import live  # noqa: E402


def _every_ticket(ticket: str) -> None: ...


live.refuse_without_ticket = _every_ticket  # type: ignore[attr-defined]


class _Claims:
    def __rsgi_init__(self, loop: Any) -> None: ...
    def __rsgi_del__(self, loop: Any) -> None: ...


application = live.Paths(_Claims(), live.Live(lambda: "1", beat_s=60))
