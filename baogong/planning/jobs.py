"""Background entry points of planning."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from baogong.journal.clock import current_clock
from baogong.planning.services import check_proposed

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="planning.check_proposed", queueing_lock="planning.check_proposed")
def check_waiting(timestamp: int = 0) -> None:
    """
    Hold what waits for approval against the book, so that boards say what cannot be approved any more.

    timestamp  the minute it stands for, given by the queue
    """
    overtaken = check_proposed(now=current_clock().now())
    if overtaken:
        log.info("proposals overtaken: %d", overtaken)
