"""Background entry points of the release room."""

from __future__ import annotations

import logging

from django.contrib.sessions.backends.db import SessionStore
from procrastinate.contrib.django import app

from baogong.journal.clock import current_clock
from baogong.release.services import (
    carry_losers,
    end_waiting,
    expire_unclaimed,
    judge_openings,
    keep_contacts,
    pass_on_kept,
    tell_moved_up,
    tell_running_out,
    watch_promises,
)

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="release.turn_over", queueing_lock="release.turn_over")
def turn_over(timestamp: int = 0) -> None:
    """
    Judge opening minutes that are over, pass on what was not fetched in time or is kept no longer, and tell who moved up and whose
    right runs out soon, by the book's own clock.

    timestamp  the minute it stands for, given by the queue
    """
    now = current_clock().now()
    end_waiting(now=now)
    judged, ended = judge_openings(now=now), 0
    while more := expire_unclaimed(now=now):
        ended += more
    moved_up, told = pass_on_kept(now=now), 0
    while more := tell_moved_up(now=now) + tell_running_out(now=now):
        told += more
    if judged or ended or moved_up or told:
        log.info(
            "claims of opening minutes judged: %d; rights run out: %d; moved up: %d; told: %d",
            judged,
            ended,
            moved_up,
            told,
        )


@app.periodic(cron="* * * * *")
@app.task(name="release.keep_contacts", queueing_lock="release.keep_contacts", lock="release.keep_contacts")
def keep_claimants(timestamp: int = 0) -> None:
    """
    Names and telephones of those who claimed since the last minute, for texting and handing over.

    timestamp  the minute it stands for, given by the queue
    """
    now, kept = current_clock().now(), 0
    while more := keep_contacts(now=now):
        kept += more
    if kept:
        log.info("contacts of claimants kept: %d", kept)


@app.periodic(cron="* * * * *")
@app.task(name="release.watch_promises", queueing_lock="release.watch_promises")
def watch(timestamp: int = 0) -> None:
    """
    Tell offices of promises that run out before they have, by the book's own clock.

    timestamp  the minute it stands for, given by the queue
    """
    told = watch_promises(now=current_clock().now())
    if told:
        log.info("claims whose promise runs out soon: %d", told)


@app.periodic(cron="* * * * *")
@app.task(name="release.carry_losers", queueing_lock="release.carry_losers", lock="release.carry_losers")
def carry(timestamp: int = 0) -> None:
    """
    Who lost stands in the next draw that is open, where the rule keeps them in, by the book's own clock.

    timestamp  the minute it stands for, given by the queue
    """
    carried = carry_losers(now=current_clock().now())
    if carried:
        log.info("entrants carried into the next draw: %d", carried)


@app.periodic(cron="17 * * * *")
@app.task(name="release.forget_visits", queueing_lock="release.forget_visits")
def forget_visits(timestamp: int = 0) -> None:
    """
    What residents typed goes with the visit it was typed in, also where nobody comes back to end it.

    timestamp  the minute it stands for, given by the queue
    """
    SessionStore.clear_expired()
