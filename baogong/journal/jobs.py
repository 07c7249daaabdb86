"""Background entry points of the journal."""

from __future__ import annotations

import logging

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from baogong.journal.clock import current_clock
from baogong.journal.services.imports import lapse_previews
from baogong.journal.services.outbox import deliver_waiting
from baogong.ledger import services as ledger

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="journal.deliver_outbox", queueing_lock="journal.deliver_outbox")
def deliver_outbox(timestamp: int = 0) -> None:
    """
    Deliver what is due. Runs every minute, which finds every retry, and after each message written.

    timestamp  the minute it stands for, given by the queue; the book's own clock decides what is due
    """
    sent, put_off = deliver_waiting(now=current_clock().now())
    if sent or put_off:
        log.info("outbox: %d sent, %d put off", sent, put_off)


def deliver_soon() -> None:
    """Ask a worker for a delivery. One waiting job is enough: the queue refuses a second, and that is well."""
    try:
        deliver_outbox.defer()
    except AlreadyEnqueued:
        log.debug("a delivery is waiting already")


@app.periodic(cron="* * * * *")
@app.task(name="journal.end_old_promises", queueing_lock="journal.end_old_promises")
def end_old_promises(timestamp: int = 0) -> None:
    """
    End promises whose time is over by the book's own clock. Here and not in the ledger, which reads no clock.

    timestamp  the minute it stands for, given by the queue
    """
    with transaction.atomic(durable=True):
        ended = ledger.sweep_expired(now=current_clock().now())
    if ended:
        log.info("promises ended: %s", ended)


@app.periodic(cron="5 * * * *")
@app.task(name="journal.stamp_finished_days", queueing_lock="journal.stamp_finished_days")
def stamp_finished_days(timestamp: int = 0) -> None:
    """
    Stamp the days that are over: soon after each ends, also after a pause. Days are the database's own.

    timestamp  the hour it stands for, given by the queue
    """
    with transaction.atomic(durable=True):
        made = ledger.stamp_days(now=current_clock().now())
    for stamp in made:
        log.info("stamp %d of %s over %d movements: %s", stamp.number, stamp.day, stamp.count, stamp.root.hex())


@app.periodic(cron="27 * * * *")
@app.task(name="journal.lapse_previews", queueing_lock="journal.lapse_previews")
def lapse_lists(timestamp: int = 0) -> None:
    """
    What lists of people tell goes where nobody has written them in time, by the book's own clock.

    timestamp  the hour it stands for, given by the queue
    """
    now, lapsed = current_clock().now(), 0
    while more := lapse_previews(now=now):
        lapsed += more
    if lapsed:
        log.info("lists of people that nobody wrote and that lapsed: %d", lapsed)
