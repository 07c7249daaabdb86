"""Background entry points of the needs room."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from baogong.journal.clock import current_clock
from baogong.needs.services.renewals import remind_before_stale

log = logging.getLogger(__name__)


@app.periodic(cron="*/15 * * * *")
@app.task(name="needs.remind_before_stale", queueing_lock="needs.remind_before_stale")
def remind(timestamp: int = 0) -> None:
    """
    Remind receivers before their needs go stale, by the book's own clock.

    timestamp  the minute it stands for, given by the queue
    """
    reminded = remind_before_stale(now=current_clock().now())
    if reminded:
        log.info("receivers reminded: %d", reminded)
