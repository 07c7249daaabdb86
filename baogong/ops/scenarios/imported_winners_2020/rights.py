"""A right is used: typed in at the shop, ordered online, told by the shop's paper later; and by both at one moment."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from baogong.engine.sheets.dates import read_date
from baogong.journal.services import EvidenceIn
from baogong.ops.scenarios.imported_winners_2020.cast import AT_THE_SHOP, OFFICE, ON, ONLINE, SHOP, STORE
from baogong.ops.scenarios.rationed import book, office
from baogong.ops.scenarios.rationed.people import Written, written
from baogong.ops.scenarios.stage import LOCAL, Stage
from baogong.release import services
from baogong.release.errors import RightRedeemed

WAITS_S = 30  # until the second of two at once stands at the first one's lock


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody shows a number at a channel."""

    at: datetime
    channel: str
    tag: bytes
    row: Written = field(compare=False)


def tries(stage: Stage) -> list[Try]:
    """
    All whose number is one, in order of time; the shop before the net where both are at the same second.

    Where it is none, nobody can be looked up, and nothing is given.
    """
    own = stage.party(OFFICE)
    found = []
    for channel, file_name in (("SHOP", AT_THE_SHOP), ("ONLINE", ONLINE)):
        for row in written(stage, file_name):
            moment, who = read_date(row.cells["时间"]), row.who(own)
            if who is None:
                continue
            assert isinstance(moment, datetime)
            found.append(Try(moment.replace(tzinfo=LOCAL), channel, who.person, row))
    return sorted(found, key=lambda one: one.at)


def at_once(all_tries: list[Try]) -> list[tuple[Try, Try]]:
    """Two tries of one person in the same second, by the two channels."""
    met: defaultdict[tuple[bytes, datetime], list[Try]] = defaultdict(list)
    for one in all_tries:
        met[one.tag, one.at].append(one)
    return [(both[0], both[1]) for both in met.values() if len(both) == 2]


def use_all(stage: Stage, *, without: Callable[[Try], bool]) -> None:
    """The day at the shop and on the net; who came before, or has no right, is told so and gets nothing."""
    found = tries(stage)
    pairs = {one: (first, second) for first, second in at_once(found) for one in (first, second)}
    used = {one.person: one for one in book.claims_now(stage, OFFICE) if one.used_in is not None}
    turn = 0
    for one in found:
        stage.move_to(one.at)
        known = used.get(one.tag)
        if without(one) or (known is not None and (known.used_in, known.used_at) == (one.channel, one.at)):
            continue
        if one not in pairs:
            _use(stage, one)
        elif one == pairs[one][0] and known is None:  # in a play that goes on, they have met already
            first, second = pairs[one] if turn % 2 == 0 else reversed(pairs[one])
            _both_at_once(partial(_use, stage, first), partial(_use, stage, second))
            turn += 1


def _use(stage: Stage, one: Try) -> None:
    right = services.right_of(
        tranche=office.tranche_on(stage.ids["release"], ON), document="RESIDENT_ID", number=one.row.cells["证件号码"]
    )
    if right is None:
        stage.say(f"      {one.at:%H:%M} {one.channel}: this number is on no list")
        return
    try:
        redeem(stage, right, one)
    except RightRedeemed as error:
        stage.say(f"      {one.at:%H:%M} {one.channel}: {error.found}")


def redeem(stage: Stage, right: UUID, one: Try) -> None:
    channel, signed_by = one.channel, one.row.cells.get("签名", "")
    services.redeem(
        claim=right,
        channel=channel,
        at_place=stage.party(SHOP if channel == "SHOP" else STORE),
        evidence=[EvidenceIn("SIGNATURE", by_name=signed_by)] if signed_by else [],
        used_at=one.at,
        contact=one.row.contact() if channel == "ONLINE" else None,
        actor=stage.actors["bao" if channel == "SHOP" else "mei"],
        now=stage.now,
        request_id=stage.request_id("redeem", right, channel),
    )


def _both_at_once(first: Callable[[], None], then: Callable[[], None]) -> None:
    """
    Two connections: `then` asks while `first` has written and not committed, and waits at its lock for the answer.

    Whoever is first is known beforehand, so that two plays tell the same.
    """
    has_written = threading.Event()
    faults: list[BaseException] = []

    def kept(act: Callable[[], Any]) -> Callable[[], None]:
        def run() -> None:
            try:
                act()
            except BaseException as fault:  # told in the play's own thread
                faults.append(fault)
            finally:
                has_written.set()
                connection.close()

        return run

    def write_and_wait() -> None:
        with transaction.atomic():
            first()
            has_written.set()
            _until_somebody_waits()

    def ask_meanwhile() -> None:
        has_written.wait(WAITS_S)
        then()

    both = [threading.Thread(target=kept(act)) for act in (write_and_wait, ask_meanwhile)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    if faults:
        raise faults[0]


def _until_somebody_waits() -> None:
    ends_at = time.monotonic() + WAITS_S
    while time.monotonic() < ends_at:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
