"""Background entry points of the tower."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from baogong.journal.clock import current_clock
from baogong.tower.services import rehearsals
from baogong.tower.services.alerts import recount

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="tower.recount", queueing_lock="tower.recount", lock="tower.recount")
def recount_alerts(timestamp: int = 0) -> None:
    """
    Alerts opened, passed on and closed as their causes come and go, by the book's own clock.

    timestamp  the minute it stands for, given by the queue
    """
    found = recount(now=current_clock().now())
    if not found.is_quiet:
        log.info("alerts: %d opened, %d passed on, %d closed", found.opened, found.escalated, found.closed)


@app.periodic(cron="* * * * *")
@app.task(name="tower.play_rehearsals", queueing_lock="tower.play_rehearsals")
def play_rehearsals(timestamp: int = 0) -> None:
    """
    Play what was asked for, and what a worker that died had begun.

    timestamp  the minute it stands for, given by the queue
    """
    for rehearsal in rehearsals.waiting():
        if rehearsals.play(rehearsal=rehearsal, now=lambda: current_clock().now()):
            log.info("rehearsal played: %s", rehearsal)


def play_soon() -> None:
    """Ask a worker for it. One waiting job is enough: the queue refuses a second, and that is well."""
    try:
        play_rehearsals.defer()
    except AlreadyEnqueued:
        log.debug("a rehearsal is waiting to be played already")
