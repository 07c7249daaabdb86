"""Lists of parcels: what is in doubt, decided by telephone; everything but what is missing taken in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.delivery.services import stations
from baogong.engine.sheets.kinds import LineOutcome
from baogong.ops.scenarios.lists import Decide, drop_in
from baogong.ops.scenarios.stage import Stage

ALL = 1_000_000


def as_told(said: Mapping[str, str], new: frozenset[str] = frozenset()) -> Decide:
    """
    What a person says of a row that waits, by its waybill; a community's longer name is that community, and what
    nobody can name is left out and goes back to its sender.

    said  waybill → the candidate that is meant
    new   waybills whose room nobody has listed: handed over at the unit
    """

    def decide(line: LineOutcome) -> dict[str, Any]:
        waybill = line.payload["waybill"]
        for candidate in line.candidates:
            if said.get(waybill) == candidate.text or (line.asks == "community" and candidate.text in line.found):
                return {"candidate": candidate.key}
        return {"new": True} if waybill in new and line.may_be_new else {"drop": True}

    return decide


def receive(stage: Stage, file_name: str, *, station: str, keeper: str, decide: Decide, key: object) -> list[str]:
    """The senders' list is read, and all that is expected at the station taken in; the codes of what came."""
    drop_in(stage, "manifest", file_name, by=keeper, decide=decide)
    return receive_all(stage, station, keeper, key)


def receive_all(
    stage: Stage, station: str, keeper: str, *key: object, without: Collection[UUID] = frozenset()
) -> list[str]:
    """All that is expected at the station, `without` those parcels, is scanned and taken in; the codes of what came."""
    place = stage.party(station)
    expected = delivery_.parcels(station=place, states=["EXPECTED"], limit=ALL)
    codes = [one.code for one in expected if one.id not in without]
    if codes:
        stations.receive(
            station=place,
            scans=codes,
            actor=stage.actors[keeper],
            now=stage.now,
            request_id=stage.request_id("receive", *key),
        )
    return codes
