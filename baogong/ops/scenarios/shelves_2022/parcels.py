"""The day's parcels: the senders' list, sprayed on arrival; households that ask for the door beforehand."""

from __future__ import annotations

from baogong.delivery import queries as delivery_
from baogong.delivery.queries import ParcelView
from baogong.delivery.services import residents, stations
from baogong.ops.scenarios.last_mile import parcels
from baogong.ops.scenarios.shelves_2022.cast import KEEPER, STATION
from baogong.ops.scenarios.stage import Stage
from baogong.people.services import links

ALL = 1_000_000
MEANS = "75% 酒精喷洒，静置10分钟"
CANNOT_COME = 61  # every so manieth parcel's household cannot come down that day, and says so by its link
CODE = "2580"


def of_day(day: int) -> list[ParcelView]:
    """What came that day."""
    found = delivery_.parcels(limit=ALL)
    return [one for one in found if one.waybill.startswith(f"JN04{day}") and one.state != "EXPECTED"]


def receive(stage: Stage, day: int) -> None:
    """10:00: the list is read, everything taken in, and sprayed for the first time."""
    parcels.receive(
        stage, f"30-manifest-04{day}.csv", station=STATION, keeper=KEEPER, decide=parcels.as_told({}), key=day
    )
    stations.disinfect(
        station=stage.party(STATION),
        what="PARCELS",
        means=MEANS,
        scans=[one.code for one in of_day(day)],
        actor=stage.actors[KEEPER],
        now=stage.now,
        request_id=stage.request_id("disinfect", day),
    )


def ask_for_the_door(stage: Stage, day: int) -> None:
    """11:30: households that were told by their links that something came, and cannot come down."""
    for one in of_day(day):
        if int(one.waybill[-5:]) % CANNOT_COME or one.wants_door:
            continue
        token = residents.make_parcels_link(
            subject=one.door or one.id, code=CODE, actor=stage.actors["lin"], now=stage.now
        )
        link = links.open_link(token, residents.LINK, stage.now)
        residents.ask_for_door(link=link, parcels=[one.id], code=CODE, now=stage.now)
