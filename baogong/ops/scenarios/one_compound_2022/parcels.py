"""The day's parcels: the senders' list, taken in and disinfected at the compound's gate."""

from __future__ import annotations

from baogong.delivery import queries as delivery_
from baogong.delivery.services import stations
from baogong.ops.scenarios.last_mile import parcels
from baogong.ops.scenarios.one_compound_2022.cast import ALONE, HELPING, KEEPER, STATION, waybills_of
from baogong.ops.scenarios.stage import Stage

# handed over at the unit; the building that does not exist goes back to its sender
NO_ROOM = frozenset(f"{waybills_of(day)}00201" for day in (ALONE, HELPING))


def receive(stage: Stage, day: int) -> None:
    decide = parcels.as_told({}, NO_ROOM)
    parcels.receive(stage, f"30-manifest-04{day}.csv", station=STATION, keeper=KEEPER, decide=decide, key=day)
    here = delivery_.parcels(station=stage.party(STATION))
    stations.disinfect(
        station=stage.party(STATION),
        what="PARCELS",
        means="75% 酒精喷洒，静置10分钟",
        scans=[one.code for one in here if one.waybill.startswith(waybills_of(day)) and one.state != "EXPECTED"],
        actor=stage.actors[KEEPER],
        now=stage.now,
        request_id=stage.request_id("disinfect", day),
    )
