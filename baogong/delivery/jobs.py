"""Background entry points of the last 100 metres."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from baogong.delivery.services.running_out import tell_run_outs
from baogong.journal.clock import current_clock

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="delivery.tell_run_outs", queueing_lock="delivery.tell_run_outs")
def tell(timestamp: int = 0) -> None:
    """
    Tell keepers of couriers whose shift or proof runs out with goods in hand, by the book's own clock.

    timestamp  the minute it stands for, given by the queue
    """
    told = tell_run_outs(now=current_clock().now())
    if told:
        log.info("shifts and proofs run out with goods in hand: %d", told)
