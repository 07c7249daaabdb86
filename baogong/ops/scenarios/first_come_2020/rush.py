"""18:00: thirty thousand requests through three channels at once, each through the one admission there is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, cast

import psycopg
from django.db import connection, transaction

from baogong.engine.sheets.readers import read_table
from baogong.ops.scenarios.first_come_2020 import breaks
from baogong.ops.scenarios.first_come_2020.cast import (
    CLERK,
    FIRST_API,
    FIRST_WEB,
    LAST,
    OFFICE_NAME,
    PER_ORDER,
    SECOND_URBAN,
    URBAN,
    claim_of,
    contact_of,
    region_of,
)
from baogong.ops.scenarios.rationed.people import purpose
from baogong.ops.scenarios.stage import Stage
from baogong.release import services as release
from baogong.release.admission import admit
from baogong.release.errors import PersonUnusable
from baogong.release.facts import ClaimIn
from baogong.release.identity import person
from baogong.release.services import Contact
from baogong.release.writer import Waiting, Writer

BATCH = 500
PATIENCE_S = 900.0
DISTRICTS = {"广安区": URBAN, "前锋区": SECOND_URBAN}


def rush(stage: Stage) -> None:
    """The net's one writer, the clerks at the telephones and a program, each on its own connection, in the same minute."""
    failures: list[BaseException] = []

    def running(act: Callable[[Stage], None]) -> threading.Thread:
        def run() -> None:
            try:
                act(stage)
            except BaseException as error:
                failures.append(error)
            finally:
                connection.close()

        return threading.Thread(target=run, name=act.__name__)

    threads = [running(act) for act in (_by_net, _by_telephone, _by_program)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def judge(stage: Stage) -> None:
    """The minute is over: its claims are shuffled and judged; what the winners typed is kept, what others typed goes."""
    release.judge_openings(now=stage.now)
    while release.keep_contacts(now=stage.now):
        pass


def _by_net(stage: Stage) -> None:
    writer = Writer(lambda _told: None, queue_max=LAST)
    writer.start()
    sealed = _sealer(stage)
    for request in range(FIRST_WEB, FIRST_API):
        writer.put(Waiting(_asked(stage, request, "WEB"), sealed(contact_of(request)), request))
    writer.stop(patience_s=PATIENCE_S)


def _by_program(stage: Stage) -> None:
    """A platform sends what its own users asked, in groups; what they typed comes along, sealed."""
    requests, sealed = breaks.program_requests(stage, range(FIRST_API, LAST)), _sealer(stage)
    for first in range(0, len(requests), BATCH):
        group = requests[first : first + BATCH]
        with transaction.atomic():
            connection.ensure_connection()
            bare = cast("psycopg.Connection[Any]", connection.connection)
            admit(bare, [_asked(stage, request, "API") for request in group], stage.now)
            release.keep_sealed({claim_of(stage, request): sealed(contact_of(request)) for request in group}, stage.now)


def _by_telephone(stage: Stage) -> None:
    """The clerk types from the list of calls; a number that is none is asked for again, and one call is never answered."""
    if breaks.nobody_at_the_telephone(stage):
        return
    table = read_table("30-telephone-requests.csv", stage.data("30-telephone-requests.csv"))
    for number, row in enumerate(table.rows):
        _time, document, phone, address, district = (cell.text for cell in row.cells[:5])
        try:
            release.claim(
                claim_id=stage.request_id("call", number),
                tranche=stage.ids["tranche"],
                units=PER_ORDER,
                channel="PHONE",
                contact=Contact(
                    "RESIDENT_ID", document, phone=phone, address=address, region=DISTRICTS.get(district, "")
                ),
                actor=stage.actors[CLERK],
                now=stage.now,
            )
        except PersonUnusable as refusal:
            stage.say(f"      {row.where}: {refusal.where} is none; the caller is rung back")


def _sealer(stage: Stage) -> Callable[[Contact], str]:
    return release.contact_sealer(purpose(stage.party(OFFICE_NAME)), stage.now)


def _asked(stage: Stage, request: int, channel: str) -> ClaimIn:
    contact, office = contact_of(request), stage.party(OFFICE_NAME)
    who = person(
        office, document=contact.document, number=contact.number, phone=contact.phone, address=contact.address,
        purpose=purpose(office),
    )  # fmt: skip
    return ClaimIn(
        id=claim_of(stage, request),
        tranche=stage.ids["tranche"],
        channel=channel,
        units=PER_ORDER,
        person=who.person,
        phone=who.phone,
        address=who.address,
        document=who.document,
        document_region=who.document_region,
        born_on=who.born_on,
        region=region_of(request),
    )
