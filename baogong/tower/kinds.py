"""
What an alert is about, and whose it is.

A kind's duties are the chain it goes along: the first is told at once, the next where nobody has taken it in time.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models

from baogong.kernel.actor import Duty


class Kind(models.TextChoices):
    SEAL_CROSSED = "SEAL_CROSSED", "A seal was crossed without a valid pass"
    TRUCK_LATE = "TRUCK_LATE", "A truck is late"
    ROUND_LATE = "ROUND_LATE", "A courier's round is late"
    TASK_LATE = "TASK_LATE", "A task is past its time"
    SIGNATURE_LATE = "SIGNATURE_LATE", "A second signature is overdue"
    CLAIMS_AT_RISK = "CLAIMS_AT_RISK", "Promised hours run out with claims not handed over"
    PARCELS_AT_RISK = "PARCELS_AT_RISK", "Promised hours run out with parcels not handed over"
    GOODS_AT_RISK = "GOODS_AT_RISK", "Promised goods on no truck are due"
    RUNS_OUT = "RUNS_OUT", "Stock runs out"
    COURIER_OVERLOADED = "COURIER_OVERLOADED", "A courier has too much to do"
    STATION_OVERLOADED = "STATION_OVERLOADED", "More stands at a station than its rounds bring"
    GOODS_LOST = "GOODS_LOST", "Goods were lost or damaged on the road"
    PARCELS_LOST = "PARCELS_LOST", "Parcels were lost"
    PEOPLE_MISSING = "PEOPLE_MISSING", "People are not accounted for at a roll call"
    COURIER_OUT = "COURIER_OUT", "A courier is out of something"
    REFUSED_IN_FORCE = "REFUSED_IN_FORCE", "What was done alone was refused by the second hand"


OFFICE_FIRST = (Duty.COMMAND, Duty.APPROVER)
PLACE_FIRST = (Duty.KEEPER, Duty.COMMAND, Duty.APPROVER)
CHAINS: Mapping[Kind, tuple[Duty, ...]] = {
    Kind.ROUND_LATE: PLACE_FIRST,
    Kind.PARCELS_AT_RISK: PLACE_FIRST,
    Kind.COURIER_OVERLOADED: PLACE_FIRST,
    Kind.STATION_OVERLOADED: PLACE_FIRST,
    Kind.PARCELS_LOST: PLACE_FIRST,
    Kind.COURIER_OUT: PLACE_FIRST,
    Kind.PEOPLE_MISSING: PLACE_FIRST,
    Kind.CLAIMS_AT_RISK: (Duty.CLERK, Duty.COMMAND, Duty.APPROVER),
}


def chain_of(kind: str) -> tuple[Duty, ...]:
    return CHAINS.get(Kind(kind), OFFICE_FIRST)
